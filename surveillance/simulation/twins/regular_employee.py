"""An employee who deals at the same minute every day, and one day a client does after that."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR, MINUTE

KIND = "regular employee"
RESEMBLES = "front_running"
DIFFERS = "it deals at that minute on the days before, too"


def plan(stage: Stage) -> None:
    """Have an employee deal every morning; on later days a client's order follows."""
    trader, client = stage.twins(KIND, role="staff")[0], stage.pick("institution")[-1]
    stage.employ(trader, "client_orders")
    minute = int(stage.chance.uniform(9, 15) * HOUR)
    for day in range(stage.days):
        moment, act = day * DAY + minute, stage.crowd.take
        usd = stage.chance.uniform(25_000, 50_000)
        stage.exchange.at(moment, act, trader, 0, 1, usd)
        stage.exchange.at(moment + 3 * HOUR, act, trader, 0, -1, usd)
        if day >= 3 and stage.chance.random() < 0.7:
            order = stage.crowd.slice
            stage.exchange.at(moment + 2 * MINUTE, order, client, 0, 1, 900_000, 20.0, 25)
