"""A figure before and after an event, with its interval: a point and a whisker each ten minutes."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.marks import INK, QUIET, element, label, line
from surveillance.chart.tally import page

_LEFT, _WIDE, _TOP, _HIGH = 64, 620, 44, 150


class Point(NamedTuple):
    """A figure at a minute from the event, and the limits of its interval, if it has one."""

    minute: int
    value: float
    low: float | None
    high: float | None


def around_svg(title: str, unit: str, usual: float, points: Sequence[Point]) -> str:
    """Draw points around an event as a standalone SVG, 720 wide; a line shows what is usual."""
    ends = [usual, *(each.value for each in points)]
    ends += [end for each in points for end in (each.low, each.high) if end is not None]
    low, high = min(ends), max(ends)
    scale = _HIGH / ((high - low) or 1.0)

    def at(value: float) -> Decimal:
        return Decimal(round((_TOP + (high - value) * scale) * 100)) / 100

    parts = [label(12, 20, title, 12, INK, font_weight="bold"), label(12, 34, unit, 8.5)]
    parts += [
        line(_LEFT, at(usual), _LEFT + _WIDE, at(usual), stroke=QUIET, stroke_width=0.8),
        label(_LEFT - 6, at(usual) + 3, f"{usual:g}", 8.5, text_anchor="end"),
        label(_LEFT - 6, at(high) + 3, f"{high:.3g}", 8.5, text_anchor="end"),
        label(_LEFT - 6, at(low) + 3, f"{low:.3g}", 8.5, text_anchor="end"),
    ]
    step = Decimal(_WIDE) / max(1, len(points))
    for place, point in enumerate(points):
        parts += _point(_LEFT + step * place + step / 2, point, at)
    words = "; ".join(f"{each.minute} min: {each.value:g}" for each in points)
    return page(title, words or "nothing", _TOP + _HIGH + 28, parts)


def _point(x: Decimal, point: Point, at: Callable[[float], Decimal]) -> Iterator[str]:
    if point.low is not None and point.high is not None:
        yield line(x, at(point.low), x, at(point.high), stroke=QUIET, stroke_width=3)
    yield element("circle", cx=x, cy=at(point.value), r=3.5, fill=INK)
    yield label(x, _TOP + _HIGH + 16, f"{point.minute:+d}", 8.5, text_anchor="middle")
