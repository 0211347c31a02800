"""Cross-product manipulation: spot of the thin coin is driven for a position in its perpetual."""

from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import MINUTE

TYPOLOGY = "cross_product_manipulation"


def plan(stage: Stage) -> None:
    """Plan some drives for each of two people."""
    driver, market = Driver(stage, TYPOLOGY), stage.market
    spot, perpetual = market.spot("DRIFT"), market.perpetual("DRIFT")
    for rank, trader in enumerate(stage.cast("retail", 2, orders=60)):
        driver.enrol(trader)
        for number, moment in enumerate(stage.busy_hours()):
            side = 1 if (rank + number) % 2 == 0 else -1
            usd = stage.scale(20_000, 45_000)
            driver.build(trader, perpetual, side, usd, (moment - 50 * MINUTE, moment - MINUTE), 14)
            lasts = int(stage.scale(5, 3) * MINUTE)
            driver.drive(trader, spot, side, usd * 1.6, (moment, moment + lasts), 9)
            done = moment + lasts
            driver.leave(trader, perpetual, (done, done + 6 * MINUTE), 10)
            driver.leave(trader, spot, (done + 9 * MINUTE, done + 40 * MINUTE), 14)
