"""Prices to compare with, such as the mark beside the index, and moments of which a rule knows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from surveillance.chart.axis import Scale
from surveillance.chart.holdings import within
from surveillance.chart.marks import BOTTOM, INK, RIGHT, TOP, Label, Strokes, line, sparse, steps
from surveillance.model import Window
from surveillance.surroundings import Moment, Track
from surveillance.times import epoch_us

_STROKES: tuple[Strokes, ...] = (
    {"stroke": "#7b2d8e", "stroke_width": 1.6},
    {"stroke": "#2f7d4f", "stroke_width": 1.6, "stroke_dasharray": "5 3"},
)

_TALK = ("news", "social")
"""What is said of things; where there is no room the thing itself is named."""


def paths(tracks: Sequence[Track], window: Window) -> list[list[tuple[datetime, Decimal]]]:
    """Return the values of each reference in a window."""
    return [within([(ts, Decimal(v)) for ts, v in track.points], window) for track in tracks]


def drawn(tracks: Sequence[Track], window: Window, x: Scale, y: Scale) -> Iterable[str]:
    """Draw references as lines of their own."""
    for path, stroke in zip(paths(tracks, window), _STROKES, strict=False):
        yield steps(path, x, y, **stroke)


def legend(tracks: Sequence[Track]) -> list[tuple[str, str]]:
    """Return the legend of references."""
    pairs = zip(tracks, _STROKES, strict=False)
    return [(line(-8, 0, 8, 0, **stroke), track.name) for track, stroke in pairs]


def moments(moments: Sequence[Moment], x: Scale) -> Iterable[str]:
    """Draw moments as upright lines, with their words where there is room."""
    first = sorted(moments, key=lambda moment: moment.words in _TALK)
    places = [(x(Decimal(epoch_us(moment.ts))), moment.words) for moment in first]
    for at, _ in places:
        yield line(at, TOP, at, BOTTOM, stroke=INK, stroke_width=1, stroke_dasharray="2 3")
    labels = (Label(at + 4, Decimal(TOP + 9), words, INK, "start") for at, words in places)
    turned = (
        each._replace(x=each.x - 8, anchor="end") if each.x > RIGHT - 70 else each
        for each in labels
    )
    yield from sparse(turned, Decimal(80), Decimal(10))


def summary(tracks: Sequence[Track], window: Window) -> list[str]:
    """Say from where to where each reference went."""
    said = []
    for track, path in zip(tracks, paths(tracks, window), strict=True):
        if path:
            values = [value for _, value in path]
            said.append(f"{track.name} from {min(values):f} to {max(values):f}")
    return said
