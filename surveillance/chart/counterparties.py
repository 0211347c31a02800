"""Where money came from and where it went: payers on the left, payees on the right, by worth."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.marks import INK, PALE, QUIET, STRONG, WIDTH, element, label, number
from surveillance.chart.tally import page

MOST_SHOWN = 8
"""Payers, and payees, that are drawn by name; the rest stand together."""
_ROW, _APART, _TOP, _REACH = 34, 8, 62, Decimal(150)
_MIDDLE = WIDTH // 2
_EDGE = {"in": 246, "out": WIDTH - 246}
_WORDS = {"in": _EDGE["in"] - 8, "out": _EDGE["out"] + 8}
_BOX = {"in": _MIDDLE - 16, "out": _MIDDLE + 16}
_SIDE = {"in": "buy", "out": "sell"}


class Share(NamedTuple):
    """What came from somebody, ``in``, or went to them, ``out``: USD, payments, and from when on.

    ``account`` is the account here that it is, if it is one.
    """

    name: str
    direction: str
    usd: Decimal
    payments: int
    since: datetime
    until: datetime
    account: str = ""


def counterparties_svg(title: str, owner: str, shares: Sequence[Share]) -> str:
    """Draw who paid and who was paid as a standalone SVG, 720 wide, a band as wide as its worth."""
    sides = {way: _shown([s for s in shares if s.direction == way]) for way in _SIDE}
    totals = {way: sum((share.usd for share in sides[way]), Decimal(0)) for way in _SIDE}
    scale = _REACH / (max(totals.values()) or Decimal(1))
    room = max(_REACH, *(sum(_rows(side, scale), Decimal(0)) for side in sides.values()))
    height = _TOP + int(room) + 24
    parts = [label(12, 20, title, 12, INK, font_weight="bold")]
    for way, side in sides.items():
        parts += _column(way, side, scale, height)
    parts += _box(owner, totals, scale, height)
    return page(title, _described(sides), height, parts)


def _shown(side: Sequence[Share]) -> list[Share]:
    """Return the largest of one side, and the rest as one."""
    ranked = sorted(side, key=lambda share: (-share.usd, share))
    rest = ranked[MOST_SHOWN:]
    if len(rest) < 2:
        return ranked
    first, last = min(share.since for share in rest), max(share.until for share in rest)
    usd, payments = sum((s.usd for s in rest), Decimal(0)), sum(s.payments for s in rest)
    others = Share(f"{len(rest)} others", rest[0].direction, usd, payments, first, last)
    return [*ranked[:MOST_SHOWN], others]


def _rows(side: Sequence[Share], scale: Decimal) -> list[Decimal]:
    """Return how tall the row of each is: its words and its band must have room."""
    return [max(Decimal(_ROW), share.usd * scale + _APART) for share in side]


def _column(way: str, side: Sequence[Share], scale: Decimal, height: int) -> Iterator[str]:
    rows = _rows(side, scale)
    top = _first(sum(rows, Decimal(0)), height)
    at = _first(sum((share.usd for share in side), Decimal(0)) * scale, height)
    for row, share in zip(rows, side, strict=True):
        y, thick = top + row / 2, share.usd * scale
        top += row
        yield _band(way, y, at + thick / 2, max(thick, Decimal("1.2")))
        at += thick
        anchor = "end" if way == "in" else "start"
        yield label(_WORDS[way], y - 2, _short(share.name), 9, INK, text_anchor=anchor)
        yield label(_WORDS[way], y + 9, _told(share), 8, QUIET, text_anchor=anchor)


def _first(whole: Decimal, height: int) -> Decimal:
    """Return where what is so tall begins if it stands in the middle."""
    return Decimal(_TOP + (height - 24 - _TOP) // 2) - whole / 2


def _band(way: str, outer: Decimal, inner: Decimal, thick: Decimal) -> str:
    start, end = _EDGE[way], _BOX[way]
    turn = (start + end) // 2
    path = f"M{start} {number(outer)}C{turn} {number(outer)} {turn} {number(inner)}"
    return element("path", d=f"{path} {end} {number(inner)}", fill="none",
                   stroke=PALE[_SIDE[way]], stroke_width=thick, stroke_opacity=0.85)  # fmt: skip


def _box(owner: str, totals: dict[str, Decimal], scale: Decimal, height: int) -> Iterator[str]:
    tall = max(max(totals.values()) * scale, Decimal(6))
    yield element("rect", x=_BOX["in"], y=_first(tall, height), width=32, height=tall,
                  fill=STRONG["buy"], rx=2)  # fmt: skip
    yield label(_MIDDLE, 40, owner, 9.5, INK, text_anchor="middle", font_weight="bold")
    words = f"{totals['in']:,.0f} USD in, {totals['out']:,.0f} USD out"
    yield label(_MIDDLE, 53, words, 8.5, QUIET, text_anchor="middle")


def _short(name: str) -> str:
    return name if len(name) <= 34 else f"{name[:18]}…{name[-12:]}"


def _told(share: Share) -> str:
    days = dict.fromkeys((f"{share.since:%Y-%m-%d}", f"{share.until:%Y-%m-%d}"))
    times = "once" if share.payments == 1 else f"{share.payments:,} times"
    return f"{share.usd:,.0f} USD, {times}, {' to '.join(days)}"


def _described(sides: dict[str, list[Share]]) -> str:
    words = {"in": "came from", "out": "went to"}
    parts = [
        f"{share.usd:,.2f} USD {words[way]} {share.name} in {share.payments} payments"
        for way, side in sides.items()
        for share in side
    ]
    return "; ".join(parts) or "no payment of known worth"
