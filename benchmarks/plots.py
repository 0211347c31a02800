"""The pictures of the page: how cost grows with activity, and bars on a logarithmic scale.

Drawn with the marks of the product's own charts; the same figures give the same bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor, log10
from typing import TypeAlias

from surveillance.chart.marks import FONT, GRID, INK, WIDTH, element, label, line, text

Points: TypeAlias = Sequence[tuple[float, float]]
"""Order messages and CPU seconds."""

COLOURS = {
    "ours": "#0b5c8a",
    "floor": "#9aa5b1",
    "sql": "#b3431a",
    "frames_polars": "#2e7d4f",
    "frames_pandas": "#7a4ea3",
}
_PANEL, _GAP, _TOP, _BOTTOM = 196, 44, 60, 240
_ROW, _START, _END = 20, 210, 640


def scaling(panels: Mapping[str, Mapping[str, Points]], names: Mapping[str, str]) -> str:
    """Draw a panel a rule: CPU seconds over order messages, both logarithmic, a line each."""
    points = [p for lines in panels.values() for each in lines.values() for p in each]
    if not points:
        return _picture(80, "CPU seconds by order messages", [])
    xs, ys = ([p[axis] for p in points] for axis in (0, 1))
    across, up = (
        (log10(min(xs)), log10(max(xs)) + 0.05),
        (floor(log10(min(ys))), ceil(log10(max(ys)))),
    )
    drawn: list[str] = list(_legend(names))
    for place, (rule, lines) in enumerate(panels.items()):
        left = 44 + place * (_PANEL + _GAP)
        drawn += _frame(left, rule, sorted(set(xs)), across, up)
        for who, each in lines.items():
            spots = [
                (_at(x, across, left, left + _PANEL), _at(y, up, _BOTTOM, _TOP)) for x, y in each
            ]
            drawn += _line(spots, COLOURS[who])
    return _picture(280, "CPU seconds by order messages, both scales logarithmic", drawn)


def bars(title: str, rows: Sequence[tuple[str, float, str, str]], mark: float | None = None) -> str:
    """Draw bars on a logarithmic scale: name, value, words, colour; ``mark`` is a line to pass."""
    values = [value for _, value, _, _ in rows] + ([mark] if mark else [])
    if not rows:
        return _picture(60, title, [])
    ends = (floor(log10(min(values)) - 0.01), ceil(log10(max(values))))
    bottom = 40 + _ROW * len(rows)
    drawn = []
    for power in range(ends[0], ends[1] + 1):
        x = _at(10.0**power, ends, _START, _END)
        drawn += [
            line(int(x), 36, int(x), bottom, stroke=GRID),
            label(int(x), bottom + 13, _short(10.0**power), text_anchor="middle"),
        ]
    for place, (name, value, words, colour) in enumerate(rows):
        y, end = 40 + _ROW * place, _at(value, ends, _START, _END)
        drawn.append(label(_START - 8, y + 11, name, 9, INK, text_anchor="end"))
        drawn.append(
            element("rect", x=_START, y=y + 2, width=max(1.0, end - _START), height=12, fill=colour)
        )
        drawn.append(label(int(end) + 5, y + 12, words, 8.5))
    if mark:
        x = _at(mark, ends, _START, _END)
        drawn.append(line(int(x), 32, int(x), bottom, stroke="#b3431a", stroke_dasharray="4 3"))
    return _picture(bottom + 22, title, drawn)


def _picture(height: int, title: str, drawn: Sequence[str]) -> str:
    content = (
        element("title", text(title)),
        element("rect", width=WIDTH, height=height, fill="#ffffff"),
        label(12, 20, title, 12, INK, font_weight="bold"),
        *drawn,
    )
    return element(
        "svg", "\n".join(content), xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img", font_family=FONT,
    ) + "\n"  # fmt: skip


def _at(value: float, ends: tuple[float, float], start: float, stop: float) -> float:
    share = (log10(value) - ends[0]) / ((ends[1] - ends[0]) or 1)
    return round(start + share * (stop - start), 2)


def _legend(names: Mapping[str, str]) -> Iterator[str]:
    at = 24
    for who, name in names.items():
        yield element("rect", x=at, y=32, width=10, height=4, fill=COLOURS[who])
        yield label(at + 14, 38, name, 8.5)
        at += 36 + 6 * len(name)


def _frame(
    left: int,
    rule: str,
    sizes: Sequence[float],
    across: tuple[float, float],
    up: tuple[float, float],
) -> Iterator[str]:
    yield label(left, _TOP - 6, rule, 9.5, INK)
    for power in range(int(up[0]), int(up[1]) + 1):
        y = int(_at(10.0**power, up, _BOTTOM, _TOP))
        yield line(left, y, left + _PANEL, y, stroke=GRID)
        yield label(left - 4, y + 3, f"{_short(10.0**power)} s", 8, text_anchor="end")
    for messages in sizes:
        x = int(_at(messages, across, left, left + _PANEL))
        yield line(x, _TOP, x, _BOTTOM, stroke=GRID)
        yield label(x, _BOTTOM + 13, f"{messages / 1e6:.1f}M", 8, text_anchor="middle")


def _line(spots: Sequence[tuple[float, float]], colour: str) -> Iterator[str]:
    path = "".join(f"{'L' if n else 'M'}{x:.2f} {y:.2f}" for n, (x, y) in enumerate(spots))
    yield element("path", d=path, stroke=colour, stroke_width=1.8, fill="none")
    for x, y in spots:
        yield element("circle", cx=x, cy=y, r=2.6, fill=colour)


def _short(value: float) -> str:
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
