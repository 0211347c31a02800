"""Cross-product manipulation: spot of the thin coin is driven for a position in its perpetual."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import MINUTE

TYPOLOGY = "cross_product_manipulation"
TAKES = (*POSITION, Disguise.LINKED, Disguise.MIDNIGHT)


def plan(stage: Stage) -> None:
    """Plan some drives for each of two people."""
    market = stage.market
    spot, perpetual = market.spot("DRIFT"), market.perpetual("DRIFT")
    for rank, trader in enumerate(stage.cast("retail", 2, orders=60)):
        Driver(stage, TYPOLOGY).enrol(trader)
        for number, usual in enumerate(stage.busy_hours()):
            act = stage.act()
            driver, pusher = Driver(act, TYPOLOGY), masking.helper(act, trader)
            moment = masking.moment(act, usual)
            side = 1 if (rank + number) % 2 == 0 else -1
            usd = stage.scale(20_000, 45_000)
            driver.build(trader, perpetual, side, usd, (moment - 50 * MINUTE, moment - MINUTE), 14)
            lasts = int(stage.scale(5, 3) * MINUTE)
            driver.drive(pusher, spot, side, usd * 1.6, (moment, moment + lasts), 9)
            done = moment + lasts
            driver.leave(trader, perpetual, (done, done + 6 * MINUTE), 10)
            driver.leave(pusher, spot, (done + 9 * MINUTE, done + 40 * MINUTE), 14)
