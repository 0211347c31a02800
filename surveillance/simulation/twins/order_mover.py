"""A trader who moves a large order whenever the price has moved, and leaves it in the book."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import SECOND

KIND = "order mover"
RESEMBLES = "layering"
DIFFERS = "as much is back within a second or two"


def plan(stage: Stage) -> None:
    """Have two people keep three large orders in the book for an hour, some times a day."""
    for trader in stage.twins(KIND, 2):
        for moment in stage.market.times(stage.chance, 3 * stage.days).tolist():
            side = 1 if stage.chance.random() < 0.5 else -1
            where, orders = int(stage.chance.integers(0, 2)), list[Order]()
            stage.exchange.at(moment, _lay, stage, trader, where, side, orders, 30)


def _lay(stage: Stage, trader: int, where: int, side: int, orders: list[Order], left: int) -> None:
    """Lay three orders where the price is now, trade a little, and move them after it."""
    here = stage.exchange
    for step in range(3 if left else 0):
        wish = here.best(where, side) * (1 - side * 0.0004 * (step + 1))
        lots = here.market.lots(where, 15_000, here.now)
        orders.append(here.submit(trader, where, side, here.passive(where, side, wish), lots))
    if left:
        later = here.now + int(stage.chance.uniform(60, 180) * SECOND)
        here.at(later - 2 * SECOND, stage.crowd.take, trader, where, -side, 2_000)
        here.at(later, _move, stage, trader, where, side, orders, left - 1)


def _move(stage: Stage, trader: int, where: int, side: int, orders: list[Order], left: int) -> None:
    here = stage.exchange
    for order in orders:
        here.cancel(order)
    here.at(here.now + SECOND, _lay, stage, trader, where, side, list[Order](), left)
