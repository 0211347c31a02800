"""Shares against severity: a small panel a rule, found acts filled, right alerts hollow.

A whisker is the 95 % interval of a share; the dashed lines are what is aimed at.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.axis import Scale
from surveillance.chart.marks import GRID, INK, QUIET, STRONG, element, label, line, number
from surveillance.chart.tally import page

_ACROSS, _WIDE, _HIGH, _TOP = 4, 172, 112, 50
_RECALL, _PRECISION = STRONG["buy"], STRONG["sell"]


class Share(NamedTuple):
    """A share at one severity, with its interval."""

    severity: str
    value: float
    low: float
    high: float


class Curve(NamedTuple):
    """One rule: its name, and the shares that it has."""

    name: str
    recall: Sequence[Share]
    precision: Sequence[Share]


def severity_svg(
    title: str, severities: Sequence[str], curves: Sequence[Curve], aims: Mapping[str, float]
) -> str:
    """Draw recall and precision of each rule by severity as a standalone SVG, 720 wide."""
    rows = -(-len(curves) // _ACROSS)
    shares = "; ".join(
        f"{curve.name}: found {_listed(curve.recall)}, right {_listed(curve.precision)}"
        for curve in curves
    )
    parts = [
        label(12, 20, title, 12, INK, font_weight="bold"),
        *_legend(),
        *(
            part
            for place, curve in enumerate(curves)
            for part in _panel(place, curve, severities, aims)
        ),
    ]
    return page(title, shares or "no rule", _TOP + max(1, rows) * _HIGH + 6, parts)


def _listed(shares: Sequence[Share]) -> str:
    return ", ".join(f"{share.value:.2f} at {share.severity}" for share in shares) or "nothing"


def _legend() -> Iterator[str]:
    for left, colour, fill, words in (
        (14, _RECALL, _RECALL, "recall: acts found"),
        (164, _PRECISION, "#ffffff", "precision: alerts that are right"),
    ):
        yield element("circle", cx=left, cy=35, r=3, fill=fill, stroke=colour, stroke_width=1.3)
        yield label(left + 9, 38, words, 8.5)
    yield label(366, 38, "by severity of the abuse; whiskers 95 %, dashes the aims", 8.5)


def _panel(
    place: int, curve: Curve, severities: Sequence[str], aims: Mapping[str, float]
) -> Iterator[str]:
    left = 34 + place % _ACROSS * _WIDE
    top = _TOP + place // _ACROSS * _HIGH + 18
    right, bottom = left + _WIDE - 34, top + _HIGH - 42
    y = Scale(Decimal(0), Decimal(1), Decimal(bottom), Decimal(top))
    yield label(left - 18, top - 6, curve.name.replace("_", " "), 8.5, INK)
    for mark in ("0", "0.5", "1"):
        at = y(Decimal(mark))
        yield line(left, at, right, at, stroke=GRID, stroke_width=0.8)
        yield label(Decimal(left - 4), at + 3, mark, 7.5, text_anchor="end")
    step = Decimal(right - left) / max(1, len(severities))
    middle = {name: left + step * (n + Decimal("0.5")) for n, name in enumerate(severities)}
    for name, x in middle.items():
        yield label(x, Decimal(bottom + 11), name, 7.5, text_anchor="middle")
    for name, colour in (("recall", _RECALL), ("precision", _PRECISION)):
        at = y(Decimal(str(aims[name])))
        yield line(left, at, right, at, stroke=colour, stroke_width=0.7, stroke_dasharray="3 3")
    if not curve.recall and not curve.precision:
        x = Decimal(left + right) / 2
        yield label(x, y(Decimal("0.45")), "no label, no alert", 8, QUIET, text_anchor="middle")
    yield from _curve(curve.precision, middle, y, Decimal(3), _PRECISION, "#ffffff")
    yield from _curve(curve.recall, middle, y, Decimal(-3), _RECALL, _RECALL)


def _curve(
    shares: Sequence[Share],
    middle: Mapping[str, Decimal],
    y: Scale,
    aside: Decimal,
    colour: str,
    fill: str,
) -> Iterator[str]:
    points = [(middle[share.severity] + aside, y(_exact(share.value))) for share in shares]
    drawn = " ".join(f"{number(a)},{number(b)}" for a, b in points)
    if len(points) > 1:
        yield element("polyline", points=drawn, fill="none", stroke=colour, stroke_width=1.1)
    for (x, at), share in zip(points, shares, strict=True):
        low, high = y(_exact(share.low)), y(_exact(share.high))
        yield line(x, low, x, high, stroke=colour, stroke_width=0.9)
        yield element("circle", cx=x, cy=at, r=2.6, fill=fill, stroke=colour, stroke_width=1.2)


def _exact(value: float) -> Decimal:
    return Decimal(str(value))
