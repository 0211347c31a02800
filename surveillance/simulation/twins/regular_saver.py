"""A saver who buys as much of the thin coin every day, announcements or not."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR, MINUTE

KIND = "regular saver"
RESEMBLES = "insider_listing"
DIFFERS = "it buys as much on every day, and keeps it"


def plan(stage: Stage) -> None:
    """Have two people buy some times every day."""
    where = stage.market.spot("DRIFT")
    for trader in stage.twins(KIND, 2):
        for day in range(stage.days):
            for hour in (9, 12, 15, 18):
                moment = day * DAY + hour * HOUR + int(stage.chance.uniform(0, 20) * MINUTE)
                stage.exchange.at(moment, stage.crowd.take, trader, where, 1, 5_000)
