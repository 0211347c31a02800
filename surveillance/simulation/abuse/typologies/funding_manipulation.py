"""Funding manipulation: a hedged short is paid what another account's pushes add to the premium.

The short keeps twice its worth as margin, as who is hedged can, and lives through the pushes; if it
is liquidated for all that, there is nothing left to be paid on and the pushes end.
"""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import HOUR, MINUTE

TYPOLOGY = "funding_manipulation"
TAKES = (Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.CLOSED_LATE)
_EVERY = 8 * HOUR


def plan(stage: Stage) -> None:
    """Plan an owner who pushes before most of the funding times after the first day."""
    driver, market = Driver(stage, TYPOLOGY), stage.market
    which, spot = market.perpetual("DRIFT"), market.spot("DRIFT")
    holder, pusher = stage.cast("retail", 2, orders=60)
    stage.share_owner(holder, pusher)
    driver.enrol(holder, pusher)
    stage.margin.set_leverage(holder, 0.5)
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
        begin = paid - int(stage.scale(110, 60) * MINUTE)
        span = (begin, paid - 2 * MINUTE)
        pushing = Driver(stage.act(), TYPOLOGY)
        stage.exchange.at(begin, _push, pushing, holder, pusher, size, span)


def _push(driver: Driver, holder: int, pusher: int, usd: float, span: tuple[int, int]) -> None:
    """Push until just before funding and trade back after it, while the short outweighs that."""
    stage, which = driver.stage, driver.stage.market.perpetual("DRIFT")
    held = -stage.exchange.held(holder, which)
    if held > 1.5 * stage.market.lots(which, usd, stage.exchange.now):
        driver.drive(pusher, which, 1, usd, span, round(stage.scale(20, 10)))
        _, end = span
        back = (end + 5 * MINUTE, end + 52 * MINUTE)
        driver.leave(pusher, which, back, 10)
