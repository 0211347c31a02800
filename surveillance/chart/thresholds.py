"""Alerts against a threshold: all traders large, and each segment small beside the others.

Segments differ in size by orders of magnitude, so each has a scale of its own: what is compared is
where its curve bends, not how high it stands. Today's value is the dashed line; filled marks are
values that add alerts to today's, hollow ones values that do not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from surveillance.chart.axis import Scale
from surveillance.chart.marks import INK, STRONG, element, label, line, number
from surveillance.chart.tally import Panel, page

_LARGE = 230
_SMALL, _ACROSS = 150, 3
_LINE, _TODAY = STRONG["buy"], STRONG["sell"]


def thresholds_svg(
    title: str,
    unit: str,
    values: Sequence[float],
    today: float,
    alerts: Sequence[int],
    by_segment: Mapping[str, Sequence[int]],
) -> str:
    """Draw how many alerts each value would raise, in all and per segment, as a standalone SVG."""
    shown = dict(sorted(by_segment.items()))
    rows = -(-len(shown) // _ACROSS)
    height = _LARGE + rows * _SMALL + 8
    pairs = ", ".join(f"{value:g}: {count}" for value, count in zip(values, alerts, strict=True))
    return page(title, f"Alerts by value of {title}, in {unit}. {pairs}.", height, (
        *_all(title, unit, values, today, alerts),
        *(part for place, (name, counts) in enumerate(shown.items())
          for part in _segment(place, name, values, today, counts)),
    ))  # fmt: skip


def _all(
    title: str, unit: str, values: Sequence[float], today: float, alerts: Sequence[int]
) -> Iterator[str]:
    panel = Panel(60, 700, 34, _LARGE - 46, max(alerts, default=0))
    yield from panel.frame(f"All traders: alerts by {title}", 11)
    x = _across(panel, values)
    for value in _apart(values, today, x, 46):
        yield label(x(_exact(value)), panel.bottom + 15, f"{value:g}", text_anchor="middle")
    yield label((panel.left + panel.right) // 2, panel.bottom + 31, unit, text_anchor="middle")
    yield from _curve(panel, x, values, today, alerts)
    for value, count in zip(values, alerts, strict=True):
        at, y = x(_exact(value)), panel.y(Decimal(count)) - 8
        where = (at + 4, "start") if value == today else (at, "middle")
        yield label(where[0], y, f"{count:,}", 8.5, INK, text_anchor=where[1])


def _segment(
    place: int, name: str, values: Sequence[float], today: float, counts: Sequence[int]
) -> Iterator[str]:
    left = 60 + place % _ACROSS * 228
    top = _LARGE + place // _ACROSS * _SMALL + 24
    panel = Panel(left, left + 184, top, top + _SMALL - 58, max(counts, default=0))
    yield from panel.frame(name.replace("_", " ") or "no segment")
    x = _across(panel, values)
    for value in _apart((values[0], values[-1]), today, x, 22):
        yield label(x(_exact(value)), panel.bottom + 14, f"{value:g}", 8.5, text_anchor="middle")
    yield from _curve(panel, x, values, today, counts)


def _curve(
    panel: Panel, x: Scale, values: Sequence[float], today: float, counts: Sequence[int]
) -> Iterator[str]:
    at = x(_exact(today))
    yield line(
        at, panel.top - 3, at, panel.bottom, stroke=_TODAY, stroke_width=1.2, stroke_dasharray="4 3"
    )
    yield label(at + 4, panel.top + 3, "today", 8, _TODAY)
    points = [
        (x(_exact(value)), panel.y(Decimal(count)))
        for value, count in zip(values, counts, strict=True)
    ]
    drawn = " ".join(f"{number(a)},{number(b)}" for a, b in points)
    yield element("polyline", points=drawn, fill="none", stroke=_LINE, stroke_width=1.6)
    now = counts[values.index(today)]
    for (a, b), count in zip(points, counts, strict=True):
        fill = _LINE if count > now else "#ffffff"
        yield element("circle", cx=a, cy=b, r=3, fill=fill, stroke=_LINE, stroke_width=1.4)


def _across(panel: Panel, values: Sequence[float]) -> Scale:
    low, high = _exact(values[0]), _exact(values[-1])
    room = (high - low) / 24 or Decimal(1)
    return Scale(low - room, high + room, Decimal(panel.left), Decimal(panel.right))


def _apart(values: Sequence[float], today: float, x: Scale, least: int) -> Iterable[float]:
    """Return the values that have room to be named, today's and the outermost before others."""
    named = [today]
    for value in (values[0], values[-1], *values):
        if all(abs(x(_exact(value)) - x(_exact(other))) >= least for other in named):
            named.append(value)
    return sorted(named)


def _exact(value: float) -> Decimal:
    return Decimal(str(value))
