"""Index manipulation: a position in the perpetual, and one outside venue is pushed for minutes."""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import MINUTE, SECOND

TYPOLOGY = "index_constituent_manipulation"
TAKES = (Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.KEPT, Disguise.CLOSED_LATE)


def plan(stage: Stage) -> None:
    """Plan some pushes of the thin coin's index for each of two people."""
    market = stage.market
    which = market.perpetual("DRIFT")
    for rank, trader in enumerate(stage.cast("retail", 2, orders=60)):
        Driver(stage, TYPOLOGY).enrol(trader)
        for number, moment in enumerate(stage.busy_hours()):
            driver = Driver(stage.act(), TYPOLOGY)
            side = 1 if (number + rank) % 2 == 0 else -1
            usd = stage.scale(25_000, 60_000)
            lasts = int(stage.scale(6, 12) * MINUTE)
            size = side * stage.scale(0.03, 0.12) * (0.8 + 0.4 * stage.chance.random())
            venue = ("VENUE-A", "VENUE-C")[number % 2]
            driver.build(trader, which, side, usd, (moment - 45 * MINUTE, moment - MINUTE), 14)
            market.push_outside("DRIFT", venue, moment, moment + lasts, size)
            driver.leave(trader, which, (moment + 90 * SECOND, moment + lasts - 20 * SECOND), 10)
