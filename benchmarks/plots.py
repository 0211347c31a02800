"""The pictures of the page: bars on a logarithmic scale.

Drawn with the marks of the product's own charts; the same figures give the same bytes.
"""

from collections.abc import Sequence
from math import ceil, floor, log10

from surveillance.chart.marks import FONT, GRID, INK, WIDTH, element, label, line, text

OURS, THEIRS = "#0b5c8a", "#b3431a"
_ROW, _START, _END = 20, 210, 640


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
        drawn.append(line(int(x), 32, int(x), bottom, stroke=THEIRS, stroke_dasharray="4 3"))
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


def _short(value: float) -> str:
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
