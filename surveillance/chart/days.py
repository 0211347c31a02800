"""Alerts a day of two versions of a rule: pale bars for the one in force, strong for the other."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.marks import PALE, STRONG, element, label
from surveillance.chart.tally import Panel, page

_HEIGHT = 210
_NAMED = 12
"""About as many days as there is room to name."""


class Day(NamedTuple):
    """One day: its date, and the alerts of the version in force and of the studied one."""

    name: str
    before: int
    after: int


def days_svg(title: str, days: Sequence[Day], *, has_before: bool) -> str:
    """Draw the alerts of each day as a standalone SVG."""
    most = max((max(day.before, day.after) for day in days), default=0)
    panel = Panel(60, 700, 52, _HEIGHT - 34, most)
    counts = "; ".join(f"{day.name}: {day.before} in force, {day.after} as studied" for day in days)
    parts = (*panel.frame(title, 11), *_legend(has_before), *_bars(panel, days, has_before))
    return page(title, counts or "no alert on any day", _HEIGHT, parts)


def _legend(has_before: bool) -> Iterator[str]:
    names = [(PALE["buy"], "in force")] if has_before else []
    for place, (colour, name) in enumerate([*names, (STRONG["buy"], "as studied")]):
        left = 540 + 84 * (place + (0 if has_before else 1))
        yield element("rect", x=left, y=36, width=9, height=9, fill=colour)
        yield label(left + 13, 44, name, 8.5)


def _bars(panel: Panel, days: Sequence[Day], has_before: bool) -> Iterator[str]:
    if not days:
        middle = (panel.left + panel.right) // 2
        words = "No alert of either version in this window"
        yield label(middle, (panel.top + panel.bottom) // 2, words, 10, text_anchor="middle")
        return
    wide = min(Decimal(90), Decimal(panel.right - panel.left) / len(days))
    every = -(-len(days) // _NAMED)
    for place, day in enumerate(days):
        start = panel.left + wide * place
        each = wide * Decimal("0.38")
        if has_before:
            yield from _bar(panel, start + wide * Decimal("0.1"), each, day.before, PALE["buy"])
        yield from _bar(panel, start + wide * Decimal("0.52"), each, day.after, STRONG["buy"])
        if place % every == 0:
            at = start + wide / 2
            yield label(at, panel.bottom + 14, day.name[5:], 8, text_anchor="middle")


def _bar(panel: Panel, left: Decimal, wide: Decimal, count: int, colour: str) -> Iterator[str]:
    top = panel.y(Decimal(count))
    yield element("rect", x=left, y=top, width=wide, height=panel.bottom - top, fill=colour)
    if wide >= 11:
        yield label(left + wide / 2, top - 3, f"{count:,}", 8, text_anchor="middle")
