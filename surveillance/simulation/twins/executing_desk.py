"""A house desk that buys an order up in the market and passes it on to the client at cost."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import DAY, HOUR, MINUTE, SECOND

KIND = "executing desk"
RESEMBLES = "front_running"
DIFFERS = "the client takes the position over at what it cost"


def plan(stage: Stage) -> None:
    """Have a desk of the house work the first part of some clients' orders."""
    desk, clients = stage.twins(KIND, role="house")[0], stage.pick("institution")
    stage.employ(desk, "client_orders positions")
    for day in range(1, stage.days, 2):
        moment = day * DAY + int(stage.chance.uniform(9, 18) * HOUR)
        side = 1 if stage.chance.random() < 0.5 else -1
        client = clients[int(stage.chance.integers(len(clients)))]
        stage.exchange.at(moment, _work, stage, desk, client, side)


def _work(stage: Stage, desk: int, client: int, side: int) -> None:
    """Take 300,000 USD in parts; the client's own order for the rest follows."""
    here, fills = stage.exchange, list[Order]()
    for step in range(12):
        here.at(here.now + step * 20 * SECOND, _take, stage, desk, side, fills)
    here.at(here.now + 5 * MINUTE, _pass_on, stage, desk, client, side, fills)
    order = stage.crowd.slice
    here.at(here.now + 5 * MINUTE, order, client, 0, side, 700_000, 15.0, 20)


def _take(stage: Stage, desk: int, side: int, fills: list[Order]) -> None:
    fills.append(stage.crowd.take(desk, 0, side, 25_000))


def _pass_on(stage: Stage, desk: int, client: int, side: int, fills: list[Order]) -> None:
    """Hand over what was bought in one block, at what it cost on average."""
    here, numbers = stage.exchange, {order.number for order in fills}
    mine = [trade for trade in here.trades[-40_000:]
            if numbers & {trade.buy_order, trade.sell_order}]  # fmt: skip
    lots = sum(trade.quantity for trade in mine)
    if lots:
        price = round(sum(trade.quantity * trade.price for trade in mine) / lots)
        if not here.block(0, side, price, lots, client, desk):
            here.at(here.now + SECOND, _pass_on, stage, desk, client, side, fills)
