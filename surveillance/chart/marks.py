"""The shapes of a chart as SVG elements, and the frame that they stand in.

Buy and sell differ by colour, by shape and by dash, so that a greyscale print and a
colour-blind reader see them apart. Everything is a presentation attribute: a page that forbids
inline styles still shows the picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import NamedTuple, TypeAlias

from surveillance.chart.axis import Scale
from surveillance.times import epoch_us

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 78, 706, 52, 262
Strokes: TypeAlias = Mapping[str, str | Decimal | int | float]
"""Presentation attributes by name."""
STRONG = {"buy": "#0b5c8a", "sell": "#b3431a"}
PALE = {"buy": "#a9c9da", "sell": "#e6c0ae"}
OTHER = {"buy": "#6b4c9a", "sell": "#8c6d1f"}
"""Of somebody else than the subject."""
INK, QUIET, GRID = "#1c2733", "#5b6773", "#e3e7eb"
FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What stands inside the frame: elements, legend entries, what is left out, in words."""

    elements: tuple[str, ...]
    legend: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    summary: str = ""


class Label(NamedTuple):
    """Words that are written only where there is room for them."""

    x: Decimal
    y: Decimal
    words: str
    colour: str
    anchor: str


def number(value: Decimal | int | float) -> str:
    """Write a coordinate with two decimals, without trailing zeros."""
    written = f"{Decimal(value):.2f}"
    return written.rstrip("0").rstrip(".")


def text(value: str) -> str:
    """Escape what a person or a venue wrote, dropping what XML cannot hold."""
    return escape("".join(c if c.isprintable() else " " for c in value))


def element(tag: str, content: str = "", /, **attributes: str | Decimal | int | float) -> str:
    """Write one element; ``stroke_width`` becomes ``stroke-width`` and numbers are rounded."""
    pairs = (
        (name.replace("_", "-"), value if isinstance(value, str) else number(value))
        for name, value in attributes.items()
    )
    opened = tag + "".join(f' {name}="{value}"' for name, value in pairs)
    return f"<{opened}>{content}</{tag}>" if content else f"<{opened}/>"


def standalone(parts: Iterable[str], height: Decimal | int, *, title: str, description: str) -> str:
    """Return elements on a white page of the usual width as an SVG document, described in words."""
    page = (
        element("title", text(title)) + element("desc", text(description)),
        element("rect", width=WIDTH, height=height, fill="#ffffff"),
        *parts,
    )
    return element(
        "svg",
        "\n".join(part for part in page if part),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {Decimal(height):f}",
        width=WIDTH,
        height=height,
        role="img",
        font_family=FONT,
    )


def label(
    x: Decimal | int, y: Decimal | int, words: str, size: float = 9, fill: str = QUIET, **more: str
) -> str:
    """Write words with their baseline at a point."""
    return element("text", text(words), x=x, y=y, font_size=size, fill=fill, **more)


def sparse(labels: Iterable[Label], apart: Decimal, lines: Decimal) -> Iterable[str]:
    """Write those labels that keep clear of every one written before them."""
    written: list[Label] = []
    for new in labels:
        if all(abs(new.x - old.x) >= apart or abs(new.y - old.y) >= lines for old in written):
            written.append(new)
            yield from backed(*new)


def backed(x: Decimal, y: Decimal, words: str, colour: str, anchor: str) -> Iterable[str]:
    """Write small words on a white ground, so that a line behind does not cross them."""
    wide = Decimal("4.7") * len(words) + 3
    left = {"start": x - 1, "middle": x - wide / 2, "end": x - wide + 1}[anchor]
    ground: Strokes = {"fill": "#ffffff", "fill_opacity": 0.85}
    yield element("rect", x=left, y=y - 8, width=wide, height=10, **ground)
    yield label(x, y, words, 8, colour, text_anchor=anchor)


def steps(
    path: Sequence[tuple[datetime, Decimal]],
    x: Scale,
    y: Scale,
    **stroke: str | Decimal | int | float,
) -> str:
    """Draw values as steps; of many in one pixel the first, lowest, highest and last remain."""
    columns: dict[str, list[Decimal]] = {}
    for moment, value in path:
        column = f"{x(Decimal(epoch_us(moment))):.1f}"
        columns.setdefault(column, []).append(y(value))
    if not columns:
        return ""
    moves = (
        f"H{column}" + "".join(f"V{number(at)}" for at in _extremes(heights))
        for column, heights in columns.items()
    )
    first, start = next(iter(columns.items()))
    return element(
        "path", d=f"M{first} {number(start[0])}{''.join(moves)}H{RIGHT}", fill="none", **stroke
    )


def _extremes(heights: Sequence[Decimal]) -> list[Decimal]:
    if len(heights) <= 4:
        return list(heights)
    return [heights[0], min(heights), max(heights), heights[-1]]


def line(
    x1: Decimal | int,
    y1: Decimal | int,
    x2: Decimal | int,
    y2: Decimal | int,
    **more: str | Decimal | int | float,
) -> str:
    """Draw a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **more)


def triangle(x: Decimal, y: Decimal, side: str, colour: str) -> str:
    """Draw where an order entered: pointing up for a buy and down for a sell."""
    tip = -5 if side == "buy" else 5
    points = (
        f"{number(x - 4)},{number(y)} {number(x + 4)},{number(y)} {number(x)},{number(y + tip)}"
    )
    return element("polygon", points=points, fill=colour)


def cross(x: Decimal, y: Decimal, colour: str) -> str:
    """Draw where an order was cancelled."""
    strokes = (f"M{number(x - 3)} {number(y - d)}L{number(x + 3)} {number(y + d)}" for d in (3, -3))
    return element("path", d="".join(strokes), stroke=colour, stroke_width=1.5, fill="none")


def post(x: Decimal, y: Decimal, colour: str) -> str:
    """Draw where an order ended in any other way."""
    return line(x, y - 4, x, y + 4, stroke=colour, stroke_width=1.5)


def dot(
    x: Decimal, y: Decimal, side: str, colour: str, radius: float = 3.2, *, hollow: bool = False
) -> str:
    """Draw a fill: a circle for a buy, a diamond for a sell, with a white rim, or hollow."""
    fill, rim, width = ("#ffffff", colour, 1.4) if hollow else (colour, "#ffffff", 0.7)
    if side == "buy":
        return element("circle", cx=x, cy=y, r=radius, fill=fill, stroke=rim, stroke_width=width)
    reach = Decimal(str(radius)) * Decimal("1.3")
    corners = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
    points = " ".join(f"{number(px)},{number(py)}" for px, py in corners)
    return element("polygon", points=points, fill=fill, stroke=rim, stroke_width=width)
