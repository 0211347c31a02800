"""Mark manipulation: the thin perpetual is swept, and what the mark releases is taken out."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import HOUR, MINUTE

TYPOLOGY = "mark_price_manipulation"
TAKES = (*POSITION, Disguise.LATE, Disguise.MIDNIGHT)


def plan(stage: Stage) -> None:
    """Plan some sweeps for each of two owners, with one account that holds and one that sweeps."""
    which = stage.market.perpetual("DRIFT")
    for rank in range(2):
        holder, sweeper = stage.cast("retail", 2, orders=60)
        stage.share_owner(holder, sweeper)
        Driver(stage, TYPOLOGY).enrol(holder, sweeper)
        for number, usual in enumerate(stage.busy_hours()):
            act = stage.act()
            driver, moment = Driver(act, TYPOLOGY), masking.moment(act, usual)
            side = 1 if (rank + number) % 2 == 0 else -1
            usd = stage.scale(60_000, 150_000)
            driver.build(holder, which, side, usd / 2, (moment - 3 * HOUR, moment - HOUR), 16)
            lasts = int(stage.scale(5, 2) * MINUTE)
            driver.drive(sweeper, which, side, usd, (moment, moment + lasts), 10)
            cash = stage.scale(55_000, 120_000) * (1 + 0.2 * stage.chance.random())
            place = address("released", holder, number)
            leaves = moment + lasts + int(stage.chance.uniform(2, 15) * MINUTE)
            leaves += masking.wait(act, 600, 2400)
            row = stage.till.chain(holder, leaves, "out", cash, place)
            act.blame.transfer(TYPOLOGY, row, holder)
            for trader in (sweeper, holder):
                driver.leave(trader, which, (moment + HOUR, moment + 3 * HOUR), 20)
