"""The hits of a pattern in a chart: each by its time and score, under the line of the queue."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.axis import Scale, time_scale
from surveillance.chart.marks import (
    BOTTOM,
    GRID,
    INK,
    LEFT,
    PALE,
    QUIET,
    RIGHT,
    STRONG,
    TOP,
    Drawing,
    dot,
    label,
    line,
)
from surveillance.model import ALERT_LINE, SHADOW_LINE, Window
from surveillance.times import epoch_us

_LEAST_ROOM = timedelta(minutes=30)


class Mark(NamedTuple):
    """One hit: when it became true, its score, and whether it is an alert of its own by now."""

    at: datetime
    score: float
    is_alert: bool


def window_of(marks: Sequence[Mark]) -> Window:
    """Return the time from the first to the last hit, with room on both sides."""
    first, last = min(marks).at, max(marks).at
    room = max((last - first) / 12, _LEAST_ROOM)
    return Window(first - room, last + room)


def draw(marks: Sequence[Mark], window: Window) -> Drawing:
    """Draw the hits; those that are alerts of their own by now are pale."""
    x = time_scale(window, LEFT, RIGHT)
    y = Scale(Decimal(35), Decimal(65), Decimal(BOTTOM), Decimal(TOP))
    risen = sum(mark.is_alert for mark in marks)
    summary = f"{len(marks)} hits below the line, {risen} of them alerts of their own by now"
    legend = (
        (dot(Decimal(0), Decimal(0), "sell", STRONG["sell"]), "hit below the line"),
        (dot(Decimal(0), Decimal(0), "sell", PALE["sell"]), "an alert of its own by now"),
    )
    return Drawing((*_lines(y), *_dots(marks, x, y)), legend, (), summary)


def _lines(y: Scale) -> Iterator[str]:
    for score, words in (
        (ALERT_LINE, f"alert line {ALERT_LINE:g}"),
        (SHADOW_LINE, f"kept from {SHADOW_LINE:g}"),
    ):
        at, is_line = y(Decimal(score)), score == ALERT_LINE
        yield line(LEFT, at, RIGHT, at, stroke=INK if is_line else GRID, stroke_width=0.9)
        yield label(LEFT - 6, at + 3, words, 8, QUIET, text_anchor="end")


def _dots(marks: Sequence[Mark], x: Scale, y: Scale) -> Iterator[str]:
    for mark in marks:
        colour = (PALE if mark.is_alert else STRONG)["sell"]
        across, up = x(Decimal(epoch_us(mark.at))), y(Decimal(str(mark.score)))
        yield line(across, up, across, BOTTOM, stroke=colour, stroke_width=1)
        yield dot(across, up, "sell", colour, 4)
