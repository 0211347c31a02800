"""Squeeze: one owner holds much of the long side of the thin perpetual and drives its index up."""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.paths import VENUES
from surveillance.times import DAY, HOUR, MINUTE

TYPOLOGY = "squeeze"
TAKES = (Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.CLOSED_LATE)
_STEPS = 8


def plan(stage: Stage) -> None:
    """Plan one squeeze: a day to build, hours of driving, and sales into whoever is forced out."""
    driver, market = Driver(stage.act(), TYPOLOGY), stage.market
    which = market.perpetual("DRIFT")
    holder, helper = stage.cast("retail", 2, orders=60)
    stage.share_owner(holder, helper)
    driver.enrol(holder, helper)
    start = int(stage.chance.uniform(0.3, max(0.31, stage.days - 2.4)) * DAY)
    peak = start + int(stage.scale(26, 20) * HOUR)
    usd = stage.scale(220_000, 560_000)
    for trader in (holder, helper):
        driver.build(trader, which, 1, usd / 2, (start, peak - 5 * HOUR), 60)
        driver.drive(trader, which, 1, usd / 8, (peak - 5 * HOUR, peak), 16)
        driver.leave(trader, which, (peak + 10 * MINUTE, peak + 5 * HOUR), 30)
    step = stage.scale(0.10, 0.25) / _STEPS
    for number in range(_STEPS):
        begin = peak - 4 * HOUR + number * 30 * MINUTE
        for venue in VENUES["DRIFT"]:
            market.push_outside("DRIFT", venue, begin, peak + 2 * HOUR + number * 20 * MINUTE, step)
