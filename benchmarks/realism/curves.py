"""Curves of several markets in one picture, on logarithmic or plain scales."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

from surveillance.chart.marks import FONT, GRID, INK, element, label, line, text

Points = Sequence[tuple[float, float]]
COLOURS = ("#0b5c8a", "#b3431a", "#2e7d4f", "#7a4ea3")
_DASHES = ("", "6 3", "2 2", "8 2 2 2")
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 300, 62, 540, 66, 256


def curves(
    title: str, across: str, lines: Mapping[str, Points], *, logarithmic: tuple[bool, bool]
) -> str:
    """Draw one line a market; a scale is logarithmic (all its values positive) or plain."""
    spots = [point for points in lines.values() for point in points]
    ends = [_ends([spot[axis] for spot in spots], logarithmic[axis]) for axis in (0, 1)]
    drawn = [label(_RIGHT, _BOTTOM + 30, across, 9, text_anchor="end")]
    for axis in (0, 1):
        for value in _steps(ends[axis], logarithmic[axis]):
            drawn += _rule(axis, value, ends[axis], logarithmic[axis])
    for place, (name, points) in enumerate(lines.items()):
        drawn += _named(place, name)
        path = "".join(
            f"{'L' if n else 'M'}{_x(x, ends[0], logarithmic[0])} {_y(y, ends[1], logarithmic[1])}"
            for n, (x, y) in enumerate(points)
        )
        drawn.append(
            element("path", d=path or "M0 0", stroke=COLOURS[place], stroke_width=1.8, fill="none",
                    stroke_dasharray=_DASHES[place])
        )  # fmt: skip
    content = (
        element("title", text(title)),
        element("rect", width=_WIDTH, height=_HEIGHT, fill="#ffffff"),
        label(12, 18, title, 12, INK, font_weight="bold"),
        *drawn,
    )
    return element(
        "svg", "\n".join(content), xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}", width=_WIDTH, height=_HEIGHT, role="img",
        font_family=FONT,
    ) + "\n"  # fmt: skip


def _named(place: int, name: str) -> list[str]:
    left, top = 12 + 270 * (place % 2), 34 + 14 * (place // 2)
    return [
        line(left, top, left + 24, top, stroke=COLOURS[place], stroke_width=2,
             stroke_dasharray=_DASHES[place]),
        label(left + 30, top + 4, name, 9),
    ]  # fmt: skip


def _ends(values: Sequence[float], logarithmic: bool) -> tuple[float, float]:
    low, high = min(values, default=0.1), max(values, default=1.0)
    if logarithmic:
        return floor(log10(low)), ceil(log10(high))
    return min(0.0, floor(low * 10) / 10), max(ceil(high * 10) / 10, 0.1)


def _steps(ends: tuple[float, float], logarithmic: bool) -> list[float]:
    if logarithmic:
        gap = max(1, round((ends[1] - ends[0]) / 8))
        return [10.0**power for power in range(int(ends[0]), int(ends[1]) + 1, gap)]
    return [ends[0] + (ends[1] - ends[0]) * step / 4 for step in range(5)]


def _share(value: float, ends: tuple[float, float], logarithmic: bool) -> float:
    at = log10(value) if logarithmic else value
    return (at - ends[0]) / ((ends[1] - ends[0]) or 1)


def _x(value: float, ends: tuple[float, float], logarithmic: bool) -> float:
    return round(_LEFT + _share(value, ends, logarithmic) * (_RIGHT - _LEFT), 2)


def _y(value: float, ends: tuple[float, float], logarithmic: bool) -> float:
    return round(_BOTTOM - _share(value, ends, logarithmic) * (_BOTTOM - _TOP), 2)


def _rule(axis: int, value: float, ends: tuple[float, float], logarithmic: bool) -> list[str]:
    words = f"{value:g}"
    if axis == 0:
        x = int(_x(value, ends, logarithmic))
        return [line(x, _TOP, x, _BOTTOM, stroke=GRID),
                label(x, _BOTTOM + 14, words, 8.5, text_anchor="middle")]  # fmt: skip
    y = int(_y(value, ends, logarithmic))
    return [line(_LEFT, y, _RIGHT, y, stroke=GRID),
            label(_LEFT - 6, y + 3, words, 8.5, text_anchor="end")]  # fmt: skip
