"""What accounts held over time, each and together, and the limit that one owner has."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from surveillance.chart.axis import Scale, price_ticks
from surveillance.chart.marks import (
    GRID,
    LEFT,
    PALE,
    QUIET,
    RIGHT,
    STRONG,
    backed,
    label,
    line,
    steps,
)
from surveillance.chart.strips import Strip
from surveillance.model import Window
from surveillance.surroundings import Surroundings, Track

_LIMIT = "#a01c2c"
_NAMED = 4
_NEAR = 5
"""How many times as far as the position the limit may lie and still be drawn: else it is said."""


def strip(around: Surroundings, window: Window, height: int) -> Strip:
    """Return what the accounts held in a window, in contracts, under the limit if there is one."""
    together = total(around.holdings)
    limit = None if around.limit is None else Decimal(around.limit)
    inside = within(together, window)
    reach = [value for _, value in inside] or [Decimal(0)]
    furthest = max(reach, key=abs)
    is_near = limit is not None and abs(furthest) * _NEAR >= limit
    lines = [Decimal(0), *reach, *([limit.copy_sign(furthest)] if limit and is_near else [])]
    lines += [Decimal(v) for track in around.holdings for _, v in _of(track, window)]

    def draw(x: Scale, top: Decimal) -> Iterable[str]:
        low, high = min(lines), max(lines)
        room = (high - low) / 10 or Decimal(1)
        y = Scale(low - room, high + room, top + height, top)
        yield from _axis(y, top, height)
        for track in around.holdings if len(around.holdings) > 1 else ():
            yield steps(_of(track, window), x, y, stroke=PALE["buy"], stroke_width=1.2)
        yield steps(inside, x, y, stroke=STRONG["buy"], stroke_width=2)
        if limit is not None and is_near:
            yield from _limit(limit.copy_sign(furthest), y)

    names = [track.name for track in around.holdings]
    accounts = f" of {', '.join(names)} together" if 1 < len(names) <= _NAMED else ""
    accounts = accounts or (f" of {len(names)} accounts together" if len(names) > 1 else "")
    under = "" if limit is None else f"; the limit is {limit:,f}"
    words = f"position{accounts} up to {furthest:,f} contracts{under}"
    pale = ", each pale" if len(names) > 1 else ""
    far = "" if limit is None or is_near else f", far below the limit of {limit:,f}"
    title = f"Position{accounts}{pale}; contracts, short below zero{far}"
    return Strip(title, height, draw, words)


def total(tracks: Sequence[Track]) -> list[tuple[datetime, Decimal]]:
    """Return what accounts held together at each time that one of them was reported."""
    latest: dict[str, Decimal] = {}
    path: dict[datetime, Decimal] = {}
    reports = sorted((ts, each.name, value) for each in tracks for ts, value in each.points)
    for ts, name, value in reports:
        latest[name] = Decimal(value)
        path[ts] = sum(latest.values(), Decimal(0))
    return list(path.items())


def within(
    path: Sequence[tuple[datetime, Decimal]], window: Window
) -> list[tuple[datetime, Decimal]]:
    """Return what of a path lies inside, begun with the last of before, so that it has a start."""
    before = [value for ts, value in path if ts < window.start][-1:]
    inside = [(ts, value) for ts, value in path if window.start <= ts <= window.end]
    return [*((window.start, value) for value in before), *inside]


def _of(track: Track, window: Window) -> list[tuple[datetime, Decimal]]:
    return within([(ts, Decimal(value)) for ts, value in track.points], window)


def _axis(y: Scale, top: Decimal, height: int) -> Iterable[str]:
    for value, words in price_ticks(y, most=4):
        if top + 6 <= y(value) <= top + height - 2:
            yield line(LEFT, y(value), RIGHT, y(value), stroke=GRID, stroke_width=0.8)
            yield label(LEFT - 6, y(value) + 3, words, text_anchor="end")
    yield line(LEFT, y(Decimal(0)), RIGHT, y(Decimal(0)), stroke=QUIET, stroke_width=0.8)


def _limit(limit: Decimal, y: Scale) -> Iterable[str]:
    at = y(limit)
    yield line(LEFT, at, RIGHT, at, stroke=_LIMIT, stroke_width=1.4, stroke_dasharray="5 3")
    yield from backed(Decimal(LEFT + 6), at - 3, f"limit {abs(limit):,f}", _LIMIT, "start")
