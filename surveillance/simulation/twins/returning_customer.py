"""A customer who was away for months, pays in again and buys coins with it."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

KIND = "returning customer"
RESEMBLES = "dormant_activation"
DIFFERS = "what came in is traded, and stays"


def plan(stage: Stage) -> None:
    """Have two people come back, pay in more than others do, and keep what they buy."""
    where = stage.market.spot("BTC")
    for trader in stage.twins(KIND, 2):
        stage.people[trader].sleeps(int(stage.chance.uniform(110, 300)))
        ts = int(DAY * stage.chance.uniform(0.1, 0.6))
        usd = round(stage.chance.uniform(8_000, 20_000), 2)
        stage.till.bank(trader, ts, "in", usd)
        stage.exchange.at(ts + 2 * HOUR, stage.crowd.take, trader, where, 1, round(0.6 * usd))
