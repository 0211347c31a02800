"""Liquidation hunting: a crowd is pushed over its limit, and its forced orders close a position.

A hunter takes the price down step by step, and after each step lies in wait with what it would
close. Only a hunt that brought somebody down and closed against it is named: one that never came
near a level is a large trade that lost money, and nobody could tell it from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.simulation.venue.feeds import FLAG_LIQUIDATION
from surveillance.simulation.venue.margin import LiquidationLevel
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import MINUTE, SECOND

TYPOLOGY = "liquidation_hunting"
TAKES = (Disguise.UNEVEN, Disguise.CLOSED_LATE)
_LOOKS, _STEPS = 40, 32


@dataclass(slots=True)
class _Hunt:
    """One hunt, which way, for whom; ``stage`` has an answer sheet of its own till it succeeds."""

    stage: Stage
    trader: int
    side: int
    goal: float
    prey: dict[int, int]
    net: Order | None = None
    before: int = 0
    caught: int = 0


def plan(stage: Stage) -> None:
    """Plan when each of two people looks for a crowd that stands near its liquidation."""
    for trader in stage.cast("retail", 2, orders=60):
        stage.margin.set_leverage(trader, 2.0)
        for moment in stage.busy_hours():
            stage.exchange.at(moment, _look, stage.act(), trader, _LOOKS)


def _look(stage: Stage, trader: int, left: int) -> None:
    """Hunt if enough stands within reach, else look again later."""
    here, which = stage.exchange, stage.market.perpetual("DRIFT")
    terms, mark = stage.market.instruments[which], stage.margin.mark(which)
    reach = stage.scale(0.01, 0.02)
    for side in (1, -1):
        near = [
            level for level in stage.margin.levels(which, side)
            if level.trader != trader and level.price
            and 0 < side * (mark / level.price - 1) < reach
        ]  # fmt: skip
        size = sum(abs(level.lots) * level.price for level in near)
        usd = size * terms.tick * terms.lot / UNIT**2
        if usd >= stage.scale(12_000, 20_000):
            _stalk(
                replace(stage, blame=Blame(stage.disguise)), trader, -side, near, usd, stage.blame
            )
            return
    if left:
        here.at(here.now + 12 * MINUTE, _look, stage, trader, left - 1)


def _stalk(
    stage: Stage, trader: int, side: int, near: Sequence[LiquidationLevel], usd: float,
    sheet: Blame,
) -> None:  # fmt: skip
    """Take a position first, and push a few minutes later."""
    here, which = stage.exchange, stage.market.perpetual("DRIFT")
    stage.blame.account(TYPOLOGY, trader)
    prey = {level.trader: abs(level.lots) for level in near}
    hunt = _Hunt(stage, trader, side, near[-1].price, prey)
    end = here.now + 6 * MINUTE
    size = min(usd * 0.5, 20_000)
    Driver(stage, TYPOLOGY).build(trader, which, side, size, (here.now, end), 5)
    hunt.before = len(stage.margin.rows)
    here.at(end + MINUTE, _push, hunt, _STEPS)
    here.at(here.now + 45 * MINUTE, _label, hunt, sheet)


def _push(hunt: _Hunt, left: int) -> None:
    """Strike again until the mark has passed the goal, and then close what is left."""
    stage, here, side = hunt.stage, hunt.stage.exchange, hunt.side
    which, driver = stage.market.perpetual("DRIFT"), Driver(stage, TYPOLOGY)
    if hunt.net:
        here.cancel(hunt.net)
    if side * (stage.margin.mark(which) - hunt.goal) >= 0 or not left:
        _wait(hunt)
        begin, end = here.now + 3 * MINUTE, here.now + 15 * MINUTE
        here.at(begin, _leave, hunt, (begin, end))
        return
    driver.take(hunt.trader, which, side, stage.scale(12_000, 22_000), 0.02)
    here.at(here.now + 2 * SECOND, _wait, hunt)
    here.at(here.now + 15 * SECOND, _push, hunt, left - 1)


def _wait(hunt: _Hunt) -> None:
    """Rest an order at the touch for what would be forced out, in its way."""
    here, side = hunt.stage.exchange, hunt.side
    which = hunt.stage.market.perpetual("DRIFT")
    lots = min(side * here.held(hunt.trader, which), sum(hunt.prey.values()))
    if lots > 0:
        price = here.passive(which, -side, here.best(which, -side) - 4 * side)
        hunt.net = here.submit(
            hunt.trader,
            which,
            -side,
            price,
            lots,
            watcher=lambda order, lots: _caught(hunt, order, lots),
        )
        hunt.stage.blame.order(TYPOLOGY, hunt.net)


def _caught(hunt: _Hunt, order: Order, lots: int) -> None:
    here = hunt.stage.exchange
    hunt.caught += lots if here.trades[-1].flag == FLAG_LIQUIDATION else 0
    hunt.stage.blame.trades(TYPOLOGY, here, len(here.trades) - 1, [order.trader], False)


def _leave(hunt: _Hunt, span: tuple[int, int]) -> None:
    if hunt.net:
        hunt.stage.exchange.cancel(hunt.net)
    which = hunt.stage.market.perpetual("DRIFT")
    Driver(hunt.stage, TYPOLOGY).leave(hunt.trader, which, span, 8)


def _label(hunt: _Hunt, sheet: Blame) -> None:
    """Name the hunt if of those hunted some were liquidated, and a tenth of it came its way."""
    brought_down = {row.trader for row in hunt.stage.margin.rows[hunt.before :]}
    if brought_down & hunt.prey.keys() and 10 * hunt.caught >= sum(hunt.prey.values()):
        sheet.rows += hunt.stage.blame.rows
