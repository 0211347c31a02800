"""Momentum ignition: a burst starts a move, others jump on, and are sold the position.

Those who jump on are honest momentum traders, who cannot know that nothing was behind the move.
"""

from surveillance.activity.sources.synthetic.settings import MINUTE, SECOND
from surveillance.activity.sources.synthetic.stage import Stage

TYPOLOGY = "momentum_ignition"
_USD = {5: 300_000, 8: 45_000}
"""What it takes to move each instrument."""


def plan(stage: Stage) -> None:
    """Plan one burst in each busy hour of two people."""
    for trader, instrument in zip(stage.cast("retail", 2, orders=200), _USD, strict=True):
        stage.blame.account(TYPOLOGY, trader)
        for number, begin in enumerate(stage.busy_hours()):
            side = 1 if number % 2 else -1
            usd = _USD[instrument] * stage.scale(0.8, 1.6)
            stage.exchange.at(begin, _ignite, stage, trader, instrument, side, usd)


def _ignite(stage: Stage, trader: int, instrument: int, side: int, usd: float) -> None:
    here, chance = stage.exchange, stage.chance
    count = 6 + int(4 * chance.random())
    gap = int(stage.scale(100, 60) / count * SECOND)
    for step in range(count):
        moment = here.now + step * gap + int(chance.random() * gap / 2)
        here.at(moment, _hit, stage, trader, instrument, side, usd / count)
    over = here.now + count * gap
    for follower in [*stage.pick("momentum"), *stage.pick("follower")]:
        if chance.random() < 0.8:
            delay = int(chance.uniform(5, 200) * SECOND)
            amount = usd * float(chance.uniform(0.01, 0.12))
            hold = int(chance.uniform(9, 25) * MINUTE)
            act = stage.crowd.round_trip
            here.at(over + delay, act, follower, instrument, side, amount, hold)
    for step in range(10):
        moment = over + int((100 + 45 * step + 20 * chance.random()) * SECOND)
        here.at(moment, _hit, stage, trader, instrument, -side, usd / 10 * stage.scale(0.6, 0.75))


def _hit(stage: Stage, trader: int, instrument: int, side: int, usd: float) -> None:
    here = stage.exchange
    since = len(here.trades)
    lots = here.market.lots(instrument, usd, here.now)
    order = here.submit(trader, instrument, side, 0, lots, kind="market", lasting=False)
    stage.blame.order(TYPOLOGY, order)
    stage.blame.trades(TYPOLOGY, here, since, [trader], False)
