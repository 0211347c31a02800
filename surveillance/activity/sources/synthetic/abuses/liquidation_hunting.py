"""Liquidation hunting: a crowd is pushed over its limit, and its forced orders close a position."""

from surveillance.activity.sources.synthetic.driving import Driver
from surveillance.activity.sources.synthetic.exchange import Order
from surveillance.activity.sources.synthetic.settings import MINUTE, SECOND
from surveillance.activity.sources.synthetic.stage import Stage
from surveillance.activity.sources.synthetic.terms import UNIT

TYPOLOGY = "liquidation_hunting"
_LOOKS = 40


def plan(stage: Stage) -> None:
    """Plan when each of two people looks for a crowd that stands near its liquidation."""
    for trader in stage.cast("retail", 2, orders=60):
        Driver(stage, TYPOLOGY).enrol(trader)
        for moment in stage.busy_hours():
            stage.exchange.at(moment, _look, stage, trader, _LOOKS)


def _look(stage: Stage, trader: int, left: int) -> None:
    """Hunt if enough stands within reach, else look again later."""
    here, which = stage.exchange, stage.market.perpetual("DRIFT")
    terms, mark = stage.market.instruments[which], stage.margin.mark(which)
    reach = stage.scale(0.015, 0.03)
    for side in (1, -1):
        near = [
            row for row in stage.margin.levels(which, side)
            if row[2] != trader and row[0] and 0 < side * (mark / row[0] - 1) < reach
        ]  # fmt: skip
        usd = sum(abs(row[1]) * row[0] for row in near) * terms.tick * terms.lot / UNIT**2
        if usd >= stage.scale(20_000, 30_000):
            driver = Driver(stage, TYPOLOGY)
            span = (here.now, here.now + 6 * MINUTE)
            driver.build(trader, which, -side, min(usd * 0.5, 20_000), span, 5)
            here.at(span[1] + MINUTE, _push, stage, trader, -side, near[-1][0], 24)
            return
    if left:
        here.at(here.now + 12 * MINUTE, _look, stage, trader, left - 1)


def _push(stage: Stage, trader: int, side: int, goal: float, left: int) -> None:
    """Strike again until the mark has passed the goal, and then close what is left."""
    here, which = stage.exchange, stage.market.perpetual("DRIFT")
    driver = Driver(stage, TYPOLOGY)
    if side * (stage.margin.mark(which) - goal) >= 0 or not left:
        driver.leave(trader, which, (here.now + 5 * MINUTE, here.now + 20 * MINUTE), 8)
        _net(stage, trader, side, 90, None)
        return
    driver.take(trader, which, side, stage.scale(12_000, 22_000), 0.02)
    _net(stage, trader, side, 8, None)
    here.at(here.now + 15 * SECOND, _push, stage, trader, side, goal, left - 1)


def _net(stage: Stage, trader: int, side: int, left: int, old: Order | None) -> None:
    """Keep an order at the touch, in the way of whoever is forced out."""
    here, which = stage.exchange, stage.market.perpetual("DRIFT")
    if old:
        here.cancel(old)
    held = side * here.positions.get((trader, which), (0, 0))[0]
    if held > 0 and left:
        price = here.passive(which, -side, here.best(which, -side) - 4 * side)
        order = here.submit(trader, which, -side, price, held)
        order.watcher = lambda filled, _: _caught(stage, filled)
        stage.blame.order(TYPOLOGY, order)
        here.at(here.now + 2 * SECOND, _net, stage, trader, side, left - 1, order)


def _caught(stage: Stage, order: Order) -> None:
    here = stage.exchange
    stage.blame.trades(TYPOLOGY, here, len(here.trades) - 1, [order.trader], False)
