"""Ahead of stops: somebody who can see them pushes the price towards them and leaves into them."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.dealing import Deal
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR, MINUTE, SECOND

TYPOLOGY = "ahead_of_stops"
TAKES = (Disguise.UNEVEN, Disguise.KEPT, Disguise.CLOSED_LATE, Disguise.LINKED)
_NEAR = 0.006
"""How near to the last price stops must be to be worth it."""


def plan(stage: Stage) -> None:
    """Plan an employee who looks at the stops of the thin coin every few hours."""
    trader = stage.cast("staff", 1, orders=15)[0]
    stage.employ(trader, "stops liquidations")
    stage.blame.account(TYPOLOGY, trader)
    for day in range(stage.days):
        act = stage.act()
        hand = masking.helper(act, trader)
        for _ in range(round(stage.scale(2, 5))):
            moment = day * DAY + int(stage.chance.uniform(9, 21) * HOUR)
            stage.exchange.at(moment, _look, act, hand, 12)


def _look(stage: Stage, trader: int, tries: int) -> None:
    """Look where stops gather near the price, and have customers place some if nobody did."""
    where, here = stage.market.perpetual("DRIFT"), stage.exchange
    last = here.last(where)
    near = [order for order in here.stops(where) if abs(order.price / last - 1) < _NEAR]
    for side in (1, -1):
        some = [order for order in near if order.side == side]
        if len(some) >= 3:
            _push(stage, trader, where, side)
            return
    if tries:
        _gather(stage, where, last)
        here.at(here.now + 4 * MINUTE, _look, stage, trader, tries - 1)


def _gather(stage: Stage, where: int, last: int) -> None:
    """Have customers put stops under, or over, a round price, as they do."""
    retail, chance = stage.pick("retail"), stage.chance
    side = 1 if chance.random() < 0.5 else -1
    for trader in chance.choice(retail, 5, replace=False).tolist():
        trigger = round(last * (1 + side * chance.uniform(0.003, 0.005)))
        lots = stage.market.lots(where, chance.uniform(1_500, 5_000), stage.exchange.now)
        stage.exchange.stop(trader, where, side, trigger, lots)


def _push(stage: Stage, trader: int, where: int, side: int) -> None:
    """Take in steps until the first stop goes off, then leave into what it releases."""
    deal = Deal(stage, TYPOLOGY, trader, where, side)
    waiting = len(stage.exchange.stops(where))
    _step(stage, deal, waiting, 9)


def _step(stage: Stage, deal: Deal, waiting: int, steps: int) -> None:
    here = stage.exchange
    if len(here.stops(deal.instrument)) < waiting - 1:
        deal.leave(here.now + 2 * SECOND, here.now + 50 * SECOND, 4)
        return
    if not steps:
        deal.leave(here.now + MINUTE, here.now + 20 * MINUTE, 6)
        return
    deal.add(stage.scale(5_000, 14_000))
    here.at(here.now + 5 * SECOND, _step, stage, deal, waiting, steps - 1)
