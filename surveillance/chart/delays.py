"""How long things took, a row each, on a logarithmic scale: median to 90th percentile, and most."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import log10
from typing import NamedTuple

from surveillance.chart.axis import Scale
from surveillance.chart.marks import GRID, INK, PALE, QUIET, STRONG, element, label, line
from surveillance.chart.tally import page

_ROW, _TOP, _LEFT, _RIGHT = 19, 62, 190, 700
_MARKS = ((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"),
          (21_600, "6 h"), (86_400, "1 day"), (604_800, "7 days"))  # fmt: skip


class Delay(NamedTuple):
    """A row: its name, and seconds until it was known and until it was filed, in the middle."""

    name: str
    median: int
    p90: int
    most: int
    filed: int


def delays_svg(title: str, delays: Sequence[Delay]) -> str:
    """Draw delays as a standalone SVG, 720 wide; less than a second stands at one second."""
    bottom = _TOP + _ROW * max(1, len(delays))
    medians = "; ".join(
        f"{delay.name}: {delay.median} s, filed {delay.filed} s" for delay in delays
    )
    parts = [label(12, 20, title, 12, INK, font_weight="bold"), *_legend(), *_grid(bottom)]
    for place, delay in enumerate(delays):
        parts += _row(_TOP + _ROW * place, delay)
    return page(title, medians or "nothing was found", bottom + 24, parts)


def _legend() -> Iterator[str]:
    yield element("rect", x=14, y=31, width=18, height=7, fill=PALE["buy"])
    yield element("circle", cx=14, cy=34.5, r=3.2, fill=STRONG["buy"])
    yield label(38, 38, "median to 90th percentile until the rule was true", 8.5)
    yield line(268, 30, 268, 39, stroke=STRONG["buy"], stroke_width=1.4)
    yield label(274, 38, "longest", 8.5)
    yield _diamond(Decimal(330), Decimal("34.5"))
    yield label(338, 38, "median until a tick files it", 8.5)


def _grid(bottom: int) -> Iterator[str]:
    for seconds, words in _MARKS:
        x = _at(seconds)
        yield line(x, _TOP - 8, x, bottom, stroke=GRID, stroke_width=0.8)
        yield label(x, Decimal(bottom + 13), words, 8, text_anchor="middle")


def _row(top: int, delay: Delay) -> Iterator[str]:
    middle = Decimal(top) + Decimal(_ROW) / 2
    low, high = _at(delay.median), _at(delay.p90)
    yield label(Decimal(_LEFT - 10), middle + 3, delay.name, 8.5, INK, text_anchor="end")
    yield line(_LEFT, middle, _RIGHT, middle, stroke=GRID, stroke_width=0.5)
    wide = max(Decimal(1), high - low)
    yield element("rect", x=low, y=middle - 4, width=wide, height=8, fill=PALE["buy"])
    most = _at(delay.most)
    yield line(most, middle - 5, most, middle + 5, stroke=STRONG["buy"], stroke_width=1.4)
    yield element("circle", cx=low, cy=middle, r=3.2, fill=STRONG["buy"])
    yield _diamond(_at(delay.filed), middle)


def _diamond(x: Decimal, y: Decimal) -> str:
    points = " ".join(f"{x + a},{y + b}" for a, b in ((0, -4), (4, 0), (0, 4), (-4, 0)))
    return element("polygon", points=points, fill="#ffffff", stroke=QUIET, stroke_width=1.3)


def _at(seconds: int) -> Decimal:
    """Return where a time lies; the logarithm is rounded, so that every machine draws the same."""
    ends = [Decimal(str(round(log10(at), 6))) for at in (_MARKS[0][0], _MARKS[-1][0])]
    x = Scale(ends[0], ends[1], Decimal(_LEFT), Decimal(_RIGHT))
    return round(x(Decimal(str(round(log10(max(1, seconds)), 6)))), 2)
