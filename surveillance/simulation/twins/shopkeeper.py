"""A shopkeeper who pays in the takings of each day, whatever they were."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

KIND = "shopkeeper"
RESEMBLES = "structuring"
DIFFERS = "the sums lie on both sides of the threshold"


def plan(stage: Stage) -> None:
    """Have two people pay in one to three times a day."""
    for trader in stage.twins(KIND, 2):
        for day in range(stage.days):
            for hour in stage.chance.uniform(9, 20, int(stage.chance.integers(1, 4))).tolist():
                usd = round(stage.chance.uniform(6_000, 13_500), 2)
                stage.till.bank(trader, day * DAY + int(hour * HOUR), "in", usd)
