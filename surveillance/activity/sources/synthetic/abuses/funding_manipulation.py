"""Funding manipulation: a hedged short is paid what another account's pushes add to the premium."""

from surveillance.activity.sources.synthetic.driving import Driver
from surveillance.activity.sources.synthetic.settings import HOUR, MINUTE
from surveillance.activity.sources.synthetic.stage import Stage

TYPOLOGY = "funding_manipulation"
_EVERY = 8 * HOUR


def plan(stage: Stage) -> None:
    """Plan an owner who pushes before most of the funding times after the first day."""
    driver, market = Driver(stage, TYPOLOGY), stage.market
    which, spot = market.perpetual("DRIFT"), market.spot("DRIFT")
    holder, pusher = stage.cast("retail", 2, orders=60)
    stage.share_owner(holder, pusher)
    driver.enrol(holder, pusher)
    usd = stage.scale(110_000, 200_000)
    driver.build(holder, which, -1, usd, (HOUR, 20 * HOUR), 70)
    driver.build(holder, spot, 1, usd, (HOUR, 20 * HOUR), 70)
    times = range(3 * _EVERY, market.end, _EVERY)
    chosen = stage.chance.permutation(len(times))[
        : max(4, round(len(times) * stage.scale(0.3, 0.8)))
    ]
    for place in sorted(chosen.tolist()):
        paid = times[place]
        size = usd * stage.scale(0.25, 0.45)
        span = (paid - int(stage.scale(110, 60) * MINUTE), paid - 2 * MINUTE)
        driver.drive(pusher, which, 1, size, span, round(stage.scale(20, 10)))
        driver.leave(pusher, which, (paid + 3 * MINUTE, paid + 50 * MINUTE), 10)
