"""A buyer who comes back to one seller's iceberg again and again, because it is the best price."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import DAY, HOUR, MINUTE

KIND = "patient pair"
RESEMBLES = "matched_orders"
DIFFERS = "nothing comes back: one sells a position, and the other keeps it"


def plan(stage: Stage) -> None:
    """Have one of two strangers sell to whoever comes, and the other come often, on some days."""
    seller, buyer = stage.twins(KIND, 2)
    where = stage.market.future("ETH")
    for day in range(0, stage.days, 2):
        moment = day * DAY + int(stage.chance.uniform(9, 18) * HOUR)
        stage.exchange.at(moment, _offer, stage, seller, buyer, where)


def _offer(stage: Stage, seller: int, buyer: int, where: int) -> None:
    here = stage.exchange
    price = here.passive(where, -1, here.best(where, -1) - 1)
    lots = here.market.lots(where, 80_000, here.now)
    ice = here.submit(seller, where, -1, price, lots, kind="iceberg", shown=max(1, lots // 8))
    for step in range(12):
        moment = here.now + int((1 + 4 * step + stage.chance.uniform(0, 3)) * MINUTE)
        here.at(moment, _come, stage, ice, buyer)
    here.at(here.now + HOUR, here.cancel, ice)


def _come(stage: Stage, ice: Order, buyer: int) -> None:
    """Take some while it is the best price, and let the seller follow a price that left."""
    here, which = stage.exchange, ice.instrument
    best = here.best(which, -1)
    if ice.resting and ice.price > best:
        here.replace(ice, here.passive(which, -1, best), ice.remaining)
    stage.crowd.take(buyer, which, 1, stage.chance.uniform(3_000, 8_000))
