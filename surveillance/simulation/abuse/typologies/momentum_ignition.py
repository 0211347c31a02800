"""Momentum ignition: a burst starts a move, others jump on, and are sold the position.

Those who jump on are honest momentum traders, who cannot know that nothing was behind the move. The
igniter waits for an hour in which a move is seen, and sells while they buy. Only where they did
carry it out at a gain is it named: else a large trade was regretted.
"""

from dataclasses import dataclass, field, replace

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import MINUTE, SECOND

TYPOLOGY = "momentum_ignition"
TAKES = (Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.LINKED, Disguise.MIDNIGHT)
_USD = {5: 300_000, 8: 75_000}
"""What it takes to move each instrument by several times what it moves anyway."""
_CALM = {5: 0.003, 8: 0.006}
"""How far each moves in ten minutes in which a burst would be seen."""
_LOOKS = 20


@dataclass(slots=True)
class _Flow:
    """What traded one way: lots, and their cost in lots x ticks."""

    lots: int = 0
    cost: int = 0


@dataclass(slots=True)
class _Burst:
    """One attempt, with an answer sheet of its own till it succeeds, and what it paid and got."""

    stage: Stage
    trader: int
    seller: int
    """Who sells the position to those who follow."""
    instrument: int
    side: int
    usd: float
    sheet: Blame
    flows: dict[int, _Flow] = field(default_factory=lambda: {1: _Flow(), -1: _Flow()})


def plan(stage: Stage) -> None:
    """Plan one burst in each busy hour of two people."""
    for trader, instrument in zip(stage.cast("retail", 2, orders=200), _USD, strict=True):
        for number, begin in enumerate(stage.busy_hours()):
            act = stage.act()
            side = 1 if number % 2 else -1
            usd = _USD[instrument] * stage.scale(0.8, 1.6)
            mine = replace(act, blame=Blame(act.disguise))
            mine.blame.account(TYPOLOGY, trader)
            seller = masking.helper(act, trader)
            burst = _Burst(mine, trader, seller, instrument, side, usd, stage.blame)
            stage.exchange.at(masking.moment(act, begin), _look, burst, 0.0, _LOOKS)


def _look(burst: _Burst, before: float, left: int) -> None:
    """Ignite once ten minutes were calm."""
    here, which = burst.stage.exchange, burst.instrument
    now = here.reference(which)
    if before and abs(now / before - 1) < _CALM[which]:
        _ignite(burst)
    elif left:
        here.at(here.now + 10 * MINUTE, _look, burst, now, left - 1)


def _ignite(burst: _Burst) -> None:
    stage = burst.stage
    here, chance = stage.exchange, stage.chance
    count = masking.count(stage, 6 + int(4 * chance.random()))
    gap = int(stage.scale(100, 60) / count * SECOND)
    for step in range(count):
        moment = here.now + step * gap + int(chance.random() * gap / 2)
        here.at(moment, _hit, burst, burst.side, burst.usd / count)
    over = here.now + count * gap
    for follower in [*stage.pick("momentum"), *stage.pick("follower")]:
        if chance.random() < 0.8:
            delay = int(chance.uniform(5, 200) * SECOND)
            amount = burst.usd * float(chance.uniform(0.01, 0.12))
            hold = int(chance.uniform(9, 25) * MINUTE)
            act = stage.crowd.round_trip
            here.at(over + delay, act, follower, burst.instrument, burst.side, amount, hold)
    part = burst.usd / 10 * stage.scale(0.6, 0.75)
    for step in range(10):
        moment = over + int((40 + 25 * step + 12 * chance.random()) * SECOND)
        here.at(moment, _hit, burst, -burst.side, part)
    here.at(over + 12 * MINUTE, _label, burst)


def _hit(burst: _Burst, side: int, usd: float) -> None:
    here, blame = burst.stage.exchange, burst.stage.blame
    since, trader = len(here.trades), burst.trader if side == burst.side else burst.seller
    lots = here.market.lots(burst.instrument, usd * masking.weight(burst.stage), here.now)
    order = here.submit(trader, burst.instrument, side, 0, lots, kind="market", lasting=False)
    blame.order(TYPOLOGY, order)
    blame.trades(TYPOLOGY, here, since, [trader], False)
    for trade in here.trades[since:]:
        burst.flows[side].lots += trade.quantity
        burst.flows[side].cost += trade.price * trade.quantity


def _label(burst: _Burst) -> None:
    """Name the burst if what was sold on brought more than what was paid for it."""
    way, back = burst.flows[burst.side], burst.flows[-burst.side]
    if not way.lots or not back.lots:
        return
    if burst.side * (back.cost / back.lots - way.cost / way.lots) > 0:
        burst.sheet.rows += burst.stage.blame.rows
