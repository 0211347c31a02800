"""Times and lengths of time, as people write them and as the engine counts them.

The engine knows times without a zone and whole microseconds since the epoch; both mean UTC.
"""

import re
from datetime import UTC, datetime, timedelta

from surveillance.errors import SurveillanceError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RIPENING = timedelta(hours=2)
"""Some rules know only a while after the last activity; the window of a run reaches as far."""
_WEEK = timedelta(weeks=1)
_MONDAY = timedelta(days=4)
"""The epoch was a Thursday."""
SECOND = 1_000_000
"""What the engine counts in: whole microseconds."""
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_UNITS = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def span(text: str) -> timedelta:
    """Read a length of time such as ``500ms``, ``30s``, ``24h`` or ``-5s``."""
    length = re.fullmatch(r"(-?\d+(?:\.\d+)?)(us|ms|s|m|h|d)", str(text).strip())
    if length is None:
        raise ValueError(
            f"expected a length of time such as 500ms, 30s, 5m, 24h or 7d, was {text!r}"
        )
    try:
        return float(length[1]) * _UNITS[length[2]]
    except OverflowError:
        raise ValueError(f"expected a length of time that can be counted, was {text!r}") from None


def micros(length: timedelta) -> int:
    """Return a length of time in whole microseconds."""
    return length // timedelta(microseconds=1)


def naive(us: int) -> datetime:
    """Return the engine's time, which has no zone, so many microseconds after the epoch."""
    return (EPOCH + timedelta(microseconds=us)).replace(tzinfo=None)


def epoch_us(moment: datetime) -> int:
    """Return a time in whole microseconds since the epoch, as the engine counts it."""
    return micros(moment - EPOCH)


def end_of_hop(moment: datetime, hop: timedelta) -> datetime:
    """Return the end of the hop that a time lies in.

    Hops are aligned to the epoch, and whole weeks to its first Monday.
    """
    origin = EPOCH if hop % _WEEK else EPOCH + _MONDAY
    return origin + ((moment - origin) // hop + 1) * hop


def utc(moment: datetime) -> datetime:
    """Return a time of the engine, which has no zone, as an aware one."""
    return moment.replace(tzinfo=UTC)


def format_time(moment: datetime) -> str:
    """Write a UTC time as RTS 2025/416 does: ``2026-03-02T00:00:00.000000Z``."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time or date; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise SurveillanceError(
            f"expected a time such as 2026-03-02 or 2026-03-02T14:30:00Z, was {text!r}"
        ) from None
