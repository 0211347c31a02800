"""Expiry pinning: the underlying is pushed while the settlement price of a position is averaged."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import HOUR, MINUTE

TYPOLOGY = "expiry_pinning"
TAKES = (*POSITION, Disguise.LINKED)
_WINDOW = 30 * MINUTE


def plan(stage: Stage) -> None:
    """Plan three people with a position that expires; a part of the push reaches other venues."""
    market = stage.market
    spot = market.spot("BTC")
    for rank, trader in enumerate(stage.cast("retail", 3, orders=60)):
        side = 1 if rank % 2 else -1
        act = stage.act()
        driver, pusher = Driver(act, TYPOLOGY), masking.helper(act, trader)
        driver.enrol(trader)
        expires, usd = market.expiry, stage.scale(140_000, 420_000)
        built = (max(0, expires - 20 * HOUR), expires - 2 * HOUR)
        driver.build(trader, market.near("BTC"), side, usd, built, 24)
        parts = round(stage.scale(25, 50))
        window = (expires - _WINDOW + MINUTE, expires - 20_000_000)
        driver.drive(pusher, spot, side, usd * stage.scale(0.5, 0.9), window, parts)
        driver.leave(pusher, spot, (expires + 4 * MINUTE, expires + 50 * MINUTE), 12)
    size = stage.scale(0.0002, 0.001)
    market.push_outside("BTC", "VENUE-B", market.expiry - _WINDOW, market.expiry, size)
