"""What sets a group apart: a bar a feature, to the right where it is higher than elsewhere."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.marks import INK, PALE, QUIET, element, label, line
from surveillance.chart.tally import page

_ROW, _TOP, _ZERO, _WIDE = 22, 40, 400, 130
_WHOLE = 1_000


class Bar(NamedTuple):
    """A feature, its middle in the group and elsewhere, and how far apart they are."""

    name: str
    here: float
    elsewhere: float
    effect: float


def traits_svg(title: str, bars: Sequence[Bar]) -> str:
    """Draw traits as a standalone SVG, 720 wide; the longest bar is the strongest trait."""
    most = max((abs(bar.effect) for bar in bars), default=0.0) or 1.0
    parts = [label(12, 20, title, 12, INK, font_weight="bold")]
    bottom = _TOP + _ROW * max(1, len(bars))
    parts.append(line(_ZERO, _TOP - 6, _ZERO, bottom, stroke=QUIET, stroke_width=0.8))
    for place, bar in enumerate(bars):
        parts += _row(Decimal(_TOP + _ROW * place), bar, most)
    words = "; ".join(f"{bar.name}: {bar.here:g}, elsewhere {bar.elsewhere:g}" for bar in bars)
    return page(title, words or "nothing sets it apart", bottom + 12, parts)


def _row(top: Decimal, bar: Bar, most: float) -> Iterator[str]:
    middle = top + Decimal(_ROW) / 2
    wide = max(1, round(_WIDE * abs(bar.effect) / most))
    is_high = bar.effect > 0
    yield label(230, middle + 3, bar.name, 8.5, INK, text_anchor="end")
    yield element(
        "rect",
        x=_ZERO if is_high else _ZERO - wide,
        y=middle - 5,
        width=wide,
        height=10,
        fill=PALE["buy"] if is_high else PALE["sell"],
    )
    words = f"{plain(bar.here)} (elsewhere {plain(bar.elsewhere)})"
    yield label(_ZERO + _WIDE + 12, middle + 3, words, 8.5)


def plain(value: float) -> str:
    """Write a number to four digits, or as a whole one; never with an exponent that is large."""
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:,.4g}"
