"""A fund that tracks the settlement price: it rests at the best price and lets others come."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.traders.robots import Pegger
from surveillance.simulation.traders.takers import SETTLEMENT
from surveillance.times import DAY, MINUTE

KIND = "tracker"
RESEMBLES = "marking_the_close"
DIFFERS = "it rests and never takes, so the price is not pressed"


def plan(stage: Stage) -> None:
    """Have one fund buy into the settlement of a future on every day."""
    pegger = Pegger(stage.exchange, stage.twins(KIND)[0], stage.chance)
    where = stage.market.future("BTC")
    for day in range(stage.days):
        close, usd = day * DAY + SETTLEMENT, stage.chance.uniform(60_000, 120_000)
        stage.exchange.at(close - 6 * MINUTE, pegger.work, where, 1, usd, close)
