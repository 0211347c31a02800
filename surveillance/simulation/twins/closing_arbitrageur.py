"""An arbitrageur who buys a future into the settlement against the perpetual."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.traders.takers import SETTLEMENT
from surveillance.times import DAY, HOUR, MINUTE

KIND = "closing arbitrageur"
RESEMBLES = "marking_the_close"
DIFFERS = "as much is traded the other way in another product at the same time"


def plan(stage: Stage) -> None:
    """Have two people do it before every other settlement, and undo it an hour later."""
    market = stage.market
    for rank, trader in enumerate(stage.twins(KIND, 2)):
        asset = ("BTC", "ETH")[rank]
        for day in range(rank, stage.days, 2):
            side = 1 if stage.chance.random() < 0.5 else -1
            usd, close = stage.chance.uniform(90_000, 200_000), day * DAY + SETTLEMENT
            for where, way in ((market.future(asset), side), (market.perpetual(asset), -side)):
                act = stage.crowd.slice
                stage.exchange.at(close - 4 * MINUTE, act, trader, where, way, usd, 3.8, 14)
                stage.exchange.at(close + HOUR, act, trader, where, -way, usd, 20.0, 14)
