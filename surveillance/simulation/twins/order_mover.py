"""A trader who moves a large order whenever the price has moved, and leaves it in the book."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import HOUR, SECOND

KIND = "order mover"
RESEMBLES = "layering"
DIFFERS = "as much is back within a second or two"


def plan(stage: Stage) -> None:
    """Have two people keep three large orders in the book for hours, some times a day."""
    for trader in stage.twins(KIND, 2):
        for moment in stage.market.times(stage.chance, 2 * stage.days).tolist():
            side = 1 if stage.chance.random() < 0.5 else -1
            where = int(stage.chance.integers(0, 2))
            stage.exchange.at(moment, _lay, stage, trader, where, side, 20)


def _lay(stage: Stage, trader: int, where: int, side: int, left: int) -> None:
    """Lay three orders where the price is now; and trade a little before they are moved."""
    here, orders = stage.exchange, list[Order]()
    for step in range(3):
        wish = here.best(where, side) * (1 - side * 0.0004 * (step + 1))
        lots = here.market.lots(where, 15_000, here.now)
        orders.append(here.submit(trader, where, side, here.passive(where, side, wish), lots))
    if left:
        later = here.now + int(stage.chance.uniform(120, 400) * SECOND)
        here.at(later - 2 * SECOND, stage.crowd.take, trader, where, -side, 2_000)
        here.at(later, _move, stage, orders, left - 1)
    else:
        for order in orders:
            here.at(here.now + HOUR, here.cancel, order)


def _move(stage: Stage, orders: list[Order], left: int) -> None:
    here, first = stage.exchange, orders[0]
    for order in orders:
        here.cancel(order)
    again = (first.trader, first.instrument, first.side, left)
    here.at(here.now + SECOND, _lay, stage, *again)
