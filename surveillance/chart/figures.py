"""What was measured beside its lines: the picture of a hit that names no row of activity."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from surveillance.chart.marks import (
    BOTTOM,
    INK,
    LEFT,
    PALE,
    RIGHT,
    STRONG,
    TOP,
    Drawing,
    element,
    label,
    line,
)
from surveillance.model import Scalar

_MOST, _BAR_LEFT = 8, LEFT + 150


def draw(measures: Mapping[str, Scalar], lines: Mapping[str, Scalar]) -> Drawing:
    """Draw numbers as bars, each with its line where it has one; the longest is the full width."""
    numbers = {name: value for name in measures if (value := _number(measures[name])) is not None}
    shown = list(numbers)[:_MOST]
    step = Decimal(BOTTOM - TOP) / max(1, len(shown))
    elements = [
        part
        for place, name in enumerate(shown)
        for part in _bar(name, numbers[name], _number(lines.get(name)), TOP + step * place)
    ]
    listed = "; ".join(f"{name.replace('_', ' ')} {numbers[name]:f}" for name in shown)
    return Drawing(tuple(elements), (), (), listed)


def _bar(name: str, value: Decimal, least: Decimal | None, top: Decimal) -> Iterator[str]:
    full = max(abs(value), abs(least or Decimal(0))) * Decimal("1.15") or Decimal(1)
    reach = Decimal(RIGHT - 70 - _BAR_LEFT) / full
    yield label(Decimal(_BAR_LEFT - 8), top + 12, name.replace("_", " "), 9, INK, text_anchor="end")
    beyond = least is not None and value >= least
    colour = STRONG["sell"] if beyond else PALE["buy"]
    wide = max(Decimal(1), abs(value) * reach)
    yield element("rect", x=_BAR_LEFT, y=top + 4, width=wide, height=10, fill=colour)
    if least is not None:
        at = _BAR_LEFT + abs(least) * reach
        yield line(at, top, at, top + 18, stroke=INK, stroke_width=1.4)
    yield label(Decimal(RIGHT), top + 12, f"{value:,.4g}", 9, INK, text_anchor="end")


def _number(value: Scalar) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
