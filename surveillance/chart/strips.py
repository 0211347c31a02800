"""Strips: what stands under the main part of a chart, on the same time axis."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.axis import Scale
from surveillance.chart.marks import BOTTOM, GRID, INK, LEFT, RIGHT, label, line

_BETWEEN = 18


class Strip(NamedTuple):
    """A titled part of a chart: how it is drawn below a height, and what it shows in words."""

    title: str
    height: int
    draw: Callable[[Scale, Decimal], Iterable[str]]
    summary: str


def below(strips: Sequence[Strip]) -> int:
    """Return where the last strip ends."""
    return BOTTOM + sum(_BETWEEN + strip.height for strip in strips)


def drawn(strips: Sequence[Strip], x: Scale) -> Iterable[str]:
    """Draw strips one below the other."""
    top = Decimal(BOTTOM)
    for strip in strips:
        yield line(LEFT, top, RIGHT, top, stroke=GRID, stroke_width=0.8)
        yield label(LEFT, top + 12, strip.title, 8.5, INK, font_weight="bold")
        yield from strip.draw(x, top + _BETWEEN)
        top += _BETWEEN + strip.height
