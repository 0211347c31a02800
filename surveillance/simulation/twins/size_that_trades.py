"""A trader who shows size that is meant: much of it trades before the rest goes."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import SECOND

KIND = "size that trades"
RESEMBLES = "spoofing"
DIFFERS = "a good part of what it shows trades"


def plan(stage: Stage) -> None:
    """Have two people sell or buy size at the best price, some times a day."""
    for trader in stage.twins(KIND, 2):
        for moment in stage.market.times(stage.chance, 4 * stage.days).tolist():
            side = 1 if stage.chance.random() < 0.5 else -1
            where = int(stage.chance.integers(0, 2))
            stage.exchange.at(moment, _rest, stage, trader, where, side, 40)


def _rest(stage: Stage, trader: int, where: int, side: int, tries: int) -> None:
    here = stage.exchange
    lots = max(4, here.depth(where, side) // 3)
    price = here.passive(where, side, here.best(where, side) + side)
    order = here.submit(trader, where, side, price, lots)
    here.at(here.now + 20 * SECOND, _look, stage, order, tries)


def _look(stage: Stage, order: Order, tries: int) -> None:
    """Once a third has traded, take the rest away and a little back; wait for it at the best."""
    here = stage.exchange
    if 3 * order.remaining <= 2 * order.quantity or not tries:
        stage.crowd.take(order.trader, order.instrument, -order.side, 2_500)
        here.at(here.now + 2 * SECOND, here.cancel, order)
        return
    best = here.best(order.instrument, order.side)
    if order.resting and order.side * best > order.side * order.price:
        price = here.passive(order.instrument, order.side, best + order.side)
        here.replace(order, price, order.remaining)
    here.at(here.now + 20 * SECOND, _look, stage, order, tries - 1)
