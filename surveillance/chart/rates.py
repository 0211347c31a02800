"""Rates side by side: a bar each, the words beside it, and a line that they should not pass."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.axis import Scale, price_ticks
from surveillance.chart.marks import GRID, INK, PALE, QUIET, STRONG, element, label, line
from surveillance.chart.tally import page

_ROW, _TOP, _LEFT, _RIGHT = 19, 44, 190, 640


class Rate(NamedTuple):
    """A bar: name, value, the lowest and highest of its parts, and whether it is the whole."""

    name: str
    value: float
    low: float
    high: float
    is_whole: bool = False


def rates_svg(title: str, rates: Sequence[Rate], mark: float) -> str:
    """Draw rates as a standalone SVG, 720 wide; ``mark`` is what they should stay below."""
    most = max([mark, *(rate.high for rate in rates)]) or 1.0
    x = Scale(Decimal(0), _exact(most) * Decimal("1.05"), Decimal(_LEFT), Decimal(_RIGHT))
    bottom = _TOP + _ROW * max(1, len(rates))
    parts = [label(12, 20, title, 12, INK, font_weight="bold")]
    for value, words in price_ticks(x):
        at = x(value)
        parts.append(line(at, _TOP - 6, at, bottom, stroke=GRID, stroke_width=0.8))
        parts.append(label(at, Decimal(bottom + 13), words, 8, text_anchor="middle"))
    for place, rate in enumerate(rates):
        parts += _row(Decimal(_TOP + _ROW * place), rate, x)
    at = x(_exact(mark))
    dashes = {"stroke": STRONG["sell"], "stroke_dasharray": "4 3"}
    parts.append(line(at, _TOP - 8, at, bottom, **dashes))
    parts.append(label(at + 4, Decimal(_TOP - 3), "aim for everybody", 8, STRONG["sell"]))
    values = "; ".join(f"{rate.name}: {rate.value:g}" for rate in rates)
    return page(title, values or "nobody", bottom + 24, parts)


def _row(top: Decimal, rate: Rate, x: Scale) -> Iterator[str]:
    middle = top + Decimal(_ROW) / 2
    weight = {"font_weight": "bold"} if rate.is_whole else {}
    yield label(Decimal(_LEFT - 10), middle + 3, rate.name, 8.5, INK, text_anchor="end", **weight)
    end = x(_exact(rate.value))
    colour = STRONG["buy"] if rate.is_whole else PALE["buy"]
    wide = max(Decimal(1), end - _LEFT)
    yield element("rect", x=_LEFT, y=middle - 5, width=wide, height=10, fill=colour)
    if rate.low < rate.high:
        low, high = x(_exact(rate.low)), x(_exact(rate.high))
        yield line(low, middle, high, middle, stroke=QUIET, stroke_width=1.2)
        for end in (low, high):
            yield line(end, middle - 3, end, middle + 3, stroke=QUIET, stroke_width=1.2)
    yield label(Decimal(_RIGHT + 60), middle + 3, f"{rate.value:,.2f}", 8.5, text_anchor="end")


def _exact(value: float) -> Decimal:
    return Decimal(str(value))
