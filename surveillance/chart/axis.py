"""The axes of a chart: where a value lands in the picture, and which round values to name.

Values are scaled as decimals and coordinates rounded once, to two places, so that the picture
of one scene has the same bytes on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.times import DAY, EPOCH, HOUR, MINUTE, SECOND, epoch_us, parse_time

_STEPS = (
    *(unit * 10**power for power in range(6) for unit in (1, 2, 5)),
    *(SECOND * seconds for seconds in (1, 2, 5, 10, 15, 30)),
    *(MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(DAY * days for days in (1, 2, 7, 14, 30, 90, 180, 365, 1825)),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values between ``low`` and ``high`` to coordinates between ``start`` and ``end``."""

    low: Decimal
    high: Decimal
    start: Decimal
    end: Decimal

    def __call__(self, value: Decimal) -> Decimal:
        """Return the coordinate of a value; values outside stop at the edge of the plot."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) * (self.end - self.start) / (self.high - self.low)


def time_scale(window: Window, start: int, end: int) -> Scale:
    """Map the times of a window to coordinates."""
    low, high = epoch_us(window.start), epoch_us(window.end)
    return Scale(Decimal(low), Decimal(high), Decimal(start), Decimal(end))


def time_of(row: Mapping[str, str | None]) -> datetime | None:
    """Return when a row of the evidence was, or None where a venue wrote what is no time."""
    try:
        return parse_time(row.get("ts") or "")
    except SurveillanceError:
        return None


def price_scale(values: Sequence[Decimal], start: int, end: int) -> Scale:
    """Map prices to coordinates with a little room at both edges, also for one single price."""
    low, high = min(values), max(values)
    room = (high - low) / 12 or abs(high) / 1000 or Decimal(1)
    return Scale(low - room, high + room, Decimal(start), Decimal(end))


def price_ticks(scale: Scale, most: int = 6) -> list[tuple[Decimal, str]]:
    """Return at most ``most`` round values between the edges, with their labels."""
    step = _round_step((scale.high - scale.low) / most)
    first = (scale.low / step).to_integral_value(ROUND_CEILING)
    last = (scale.high / step).to_integral_value(ROUND_FLOOR)
    values = [step * (first + index) for index in range(int(last - first) + 1)]
    places = max(0, -int(step.normalize().as_tuple().exponent))
    return [(value, f"{value:,.{places}f}") for value in values]


def time_ticks(window: Window, most: int = 7) -> list[tuple[Decimal, str]]:
    """Return at most about ``most`` round UTC times in a window, with labels as fine as needed."""
    low, high = epoch_us(window.start), epoch_us(window.end)
    step = next((step for step in _STEPS if (high - low) / step <= most), _STEPS[-1])
    return [
        (Decimal(at), _time_label(at, step)) for at in range(-(-low // step) * step, high, step)
    ]


def _round_step(least: Decimal) -> Decimal:
    power = Decimal(1).scaleb(least.adjusted())
    return next(power * unit for unit in (1, 2, 5, 10) if power * unit >= least)


def _time_label(at: int, step: int) -> str:
    moment = EPOCH + timedelta(microseconds=at)
    if step >= DAY:
        return moment.strftime("%Y-%m-%d")
    if step >= HOUR and moment.hour == 0:
        return moment.strftime("%m-%d")
    if step >= MINUTE:
        return moment.strftime("%H:%M")
    places = next(n for n in range(7) if step % 10 ** (6 - n) == 0)
    whole = moment.strftime("%H:%M:%S")
    return f"{whole}.{moment.microsecond:06d}"[: len(whole) + 1 + places] if places else whole
