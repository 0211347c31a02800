"""What is traded here: spot, perpetuals, dated futures and two option chains, on three coins.

DRIFT is the thin coin that bigger venues have and nobody watches: few makers, wide spreads, a
price that a modest sum can move. One future and one chain expire inside the span.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from surveillance.simulation.settings import SimulationSettings
from surveillance.times import DAY, HOUR

UNIT = 100_000_000
"""Decimals are whole multiples of 1e-8."""
ASSETS = ("BTC", "ETH", "DRIFT")
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument; ``premium`` is its price over the underlying, ``share`` its part of flow.

    ``impact`` is by how much a dollar taken moves its price, as a fraction; ``expires`` is in
    microseconds since the start.
    """

    number: int
    name: str
    kind: str
    underlying: str
    tick: int
    lot: int
    premium: float
    share: float
    impact: float
    expires: int | None = None
    expires_at: datetime | None = None
    strike: int | None = None
    right: str | None = None


def expiry_of(settings: SimulationSettings) -> int:
    """Return when the near instruments expire: the last Friday, or else day, of the span."""
    days = range(settings.days)
    fridays = [day for day in days if (settings.opens + timedelta(day)).weekday() == _FRIDAY]
    return (fridays or days)[-1] * DAY + 8 * HOUR


def instruments_of(settings: SimulationSettings) -> tuple[Instrument, ...]:
    """List the instruments; the far ones expire well after the simulated span."""
    near, far = expiry_of(settings), (settings.days + 18) * DAY + 8 * HOUR
    dates = {at: settings.opens + timedelta(microseconds=at) for at in (near, far)}
    instruments: list[Instrument] = []

    def add(
        kind: str, asset: str, tick: int, lot: int, premium: float, share: float, impact: float,
        expires: int | None = None, strike: int | None = None, right: str | None = None,
    ) -> None:  # fmt: skip
        name = {"perpetual": f"{asset}-PERP", "spot": f"{asset}-SPOT"}.get(kind)
        if expires is not None:
            name = f"{asset}-{dates[expires]:%Y%m%d}"
        if right is not None:
            name = f"{name}-{strike}-{right[0].upper()}"
        instruments.append(
            Instrument(
                len(instruments), str(name), kind, asset, tick, lot, premium, share, impact,
                expires, None if expires is None else dates[expires], strike, right,
            )
        )  # fmt: skip

    add("perpetual", "BTC", UNIT, UNIT // 1000, 0.0003, 0.34, 2.4e-9)
    add("perpetual", "ETH", UNIT // 10, UNIT // 100, 0.0004, 0.21, 3.8e-9)
    add("spot", "BTC", UNIT, UNIT // 10000, 0.0, 0.16, 5e-9)
    add("spot", "ETH", UNIT // 10, UNIT // 1000, 0.0, 0.11, 7.3e-9)
    add("future", "BTC", UNIT, UNIT // 1000, 0.004, 0.09, 8.9e-9, far)
    add("future", "ETH", UNIT // 4, UNIT // 100, 0.005, 0.06, 1.3e-8, far)
    add("option", "BTC", 5 * UNIT, UNIT // 100, 0.0, 0.03, 2.7e-8, far, 62_000, "call")
    add("spot", "DRIFT", UNIT // 5000, UNIT, 0.0, 0.035, 1e-7)
    add("perpetual", "DRIFT", UNIT // 5000, UNIT, 0.0005, 0.045, 8e-8)
    add("future", "BTC", UNIT, UNIT // 1000, 0.001, 0.04, 1.5e-8, near)
    for strike in (58_000, 60_000, 62_000):
        for right in ("call", "put"):
            add("option", "BTC", 5 * UNIT, UNIT // 100, 0.0, 0.006, 1e-7, near, strike, right)
    for strike in (2_900, 3_100):
        for right in ("call", "put"):
            add("option", "ETH", UNIT // 2, UNIT // 10, 0.0, 0.004, 1e-7, far, strike, right)
    return tuple(instruments)
