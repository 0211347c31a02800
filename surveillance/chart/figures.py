"""What was measured beside its lines: the picture of a hit that names no row of activity."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from textwrap import wrap

from surveillance.chart.marks import (
    BOTTOM,
    INK,
    LEFT,
    PALE,
    QUIET,
    RIGHT,
    STRONG,
    TOP,
    Drawing,
    element,
    label,
    line,
)
from surveillance.chart.strips import Strip
from surveillance.model import Scalar

_MOST, _BAR_LEFT, _ROW, _WIDE, _LINE = 8, LEFT + 150, 24, 100, 15
_DIGEST = re.compile(r"[0-9a-f]{32,}$")


def draw(measures: Mapping[str, Scalar], lines: Mapping[str, Scalar]) -> Drawing:
    """Draw numbers as bars, each with its line where it has one, and below them what is in words.

    The longer of a number and its line is nearly the full width.
    """
    numbers = {name: value for name in measures if (value := _number(measures[name])) is not None}
    shown = list(numbers)[:_MOST]
    parts = [
        part
        for place, name in enumerate(shown)
        for part in _bar(name, numbers[name], _number(lines.get(name)), Decimal(TOP + _ROW * place))
    ]
    room = (BOTTOM - TOP - _ROW * len(shown)) // _LINE
    written = list(_written(measures))[: max(0, room)]
    top = Decimal(TOP + _ROW * len(shown) + 8)
    parts += _texts(written, top)
    listed = [f"{name.replace('_', ' ')} {numbers[name]:f}" for name in shown]
    listed += [f"{name} {words}".strip() for name, words in written]
    return Drawing(tuple(parts), (), (), "; ".join(listed))


def strip(measures: Mapping[str, Scalar]) -> Strip | None:
    """Return what was measured in words and not in numbers; nothing if there is none."""
    written = list(_written(measures))[:_MOST]
    if not written:
        return None
    listed = "; ".join(f"{name} {words}".strip() for name, words in written)
    return Strip(
        "What was measured", _LINE * len(written) + 6, lambda x, top: _texts(written, top), listed
    )


def _written(measures: Mapping[str, Scalar]) -> Iterator[tuple[str, str]]:
    """Yield the lines of measures in words, each name once."""
    for name, value in measures.items():
        if isinstance(value, str) and value and _number(value) is None and not _DIGEST.match(value):
            for place, words in enumerate(wrap(value, _WIDE)):
                yield (name.replace("_", " ") if place == 0 else "", words)


def _texts(written: Sequence[tuple[str, str]], top: Decimal) -> Iterator[str]:
    for place, (name, words) in enumerate(written):
        y = top + _LINE * place + 10
        yield label(Decimal(LEFT + 70), y, name, 9, QUIET, text_anchor="end")
        yield label(Decimal(LEFT + 80), y, words, 9, INK)


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
    yield label(Decimal(RIGHT), top + 12, _short(value), 9, INK, text_anchor="end")


def _short(value: Decimal) -> str:
    if value == value.to_integral_value():
        return f"{value:,.0f}"
    return f"{value:,.{max(0, min(4, 3 - value.adjusted()))}f}"


def _number(value: Scalar) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
