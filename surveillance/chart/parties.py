"""Who traded with whom, or paid whom: an arrow from one account's line to the other's.

Trades are drawn of a few who met again and again, or of one with itself: what makes a wash is that
nothing went out of the circle, and that no price shows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from surveillance.chart.axis import Scale
from surveillance.chart.marks import (
    GRID,
    INK,
    LEFT,
    QUIET,
    RIGHT,
    STRONG,
    Strokes,
    element,
    label,
    line,
    number,
)
from surveillance.chart.strips import Strip
from surveillance.model import parse_time
from surveillance.times import epoch_us

_MOST, _MOST_PAID, _LANE, _MOST_ARROWS = 6, 10, 22, 300


class _Dealing(NamedTuple):
    """A trade or a payment: when, and from whom to whom."""

    ts: datetime
    seller: str
    buyer: str


Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, str | None]]]


def traded(rows: Rows, own: Collection[str]) -> Strip | None:
    """Return who sold to whom in the evidence, or nothing where it is no small circle."""
    dealings = [
        _Dealing(parse_time(ts), seller, buyer)
        for row in rows.get("trades", ())
        if (ts := row["ts"]) and (seller := row["seller_id"]) and (buyer := row["buyer_id"])
    ]
    names = _in_order({each for d in dealings for each in (d.seller, d.buyer)}, own)
    if not _is_circle(dealings, names, own, rows):
        return None
    words = f"{len(dealings)} trades between {', '.join(names)}"
    return _strip(
        "Who sold to whom: from the seller up or down to the buyer", dealings, names, own, words
    )


def paid(rows: Rows, own: Collection[str]) -> Strip | None:
    """Return who paid whom in the evidence, or nothing where it is many or not known."""
    dealings = []
    for row in rows.get("transfers", ()):
        other = row.get("counterparty_id") or row.get("counterparty_name") or row.get("address")
        who, ts = row.get("trader_id"), row.get("ts")
        if not (other and who and ts):
            return None
        ends = (other, who) if row.get("direction") == "in" else (who, other)
        dealings.append(_Dealing(parse_time(ts), *ends))
    names = _in_order({each for d in dealings for each in (d.seller, d.buyer)}, own)
    if not dealings or len(names) > _MOST_PAID:
        return None
    words = f"{len(dealings)} payments between {', '.join(names)}"
    return _strip(
        "Who paid whom: from the payer up or down to the payee", dealings, names, own, words
    )


def _strip(
    title: str, dealings: Sequence[_Dealing], names: Sequence[str], own: Collection[str], words: str
) -> Strip:
    lanes = {name: place for place, name in enumerate(names)}

    def draw(x: Scale, top: Decimal) -> Iterable[str]:
        def y(name: str) -> Decimal:
            return top + _LANE * lanes[name] + _LANE // 2

        for name in names:
            colour = INK if name in own else QUIET
            yield line(LEFT, y(name), RIGHT, y(name), stroke=GRID, stroke_width=1)
            yield label(LEFT - 6, y(name) + 3, _short(name), 8, colour, text_anchor="end")
        for dealing in dealings[:_MOST_ARROWS]:
            yield _arrow(x(Decimal(epoch_us(dealing.ts))), y(dealing.seller), y(dealing.buyer))

    return Strip(title, _LANE * len(names), draw, words)


def _is_circle(
    dealings: Sequence[_Dealing],
    names: Sequence[str],
    own: Collection[str],
    rows: Rows,
) -> bool:
    """Say whether it is a few who dealt among themselves, or whose orders are all evidence.

    Who only meets the subject, such as market makers, makes no circle with it.
    """
    if not dealings or len(names) > _MOST:
        return False
    others = {name for name in names if name not in own}
    ordered = {row.get("trader_id") for row in rows.get("orders", ())}
    if not others or ordered.issuperset(names):
        return True
    if len(others) == 1:
        return len({dealing.seller in others for dealing in dealings}) == 2
    return any(others >= {dealing.seller, dealing.buyer} for dealing in dealings)


def _in_order(names: Iterable[str], own: Collection[str]) -> list[str]:
    return sorted(names, key=lambda name: (name not in own, name))


def _short(name: str) -> str:
    return name if len(name) <= 11 else f"{name[:10]}…"


def _arrow(x: Decimal, seller: Decimal, buyer: Decimal) -> str:
    """Draw a trade; of an account with itself it is a loop on its line."""
    if seller == buyer:
        ring: Strokes = {"fill": "none", "stroke": STRONG["sell"], "stroke_width": 1.3}
        return element("circle", cx=x, cy=buyer - 4, r=4, **ring)
    back = 5 if buyer < seller else -5
    points = f"{number(x - 3)},{number(buyer + back)} {number(x + 3)},{number(buyer + back)}"
    colour = STRONG["sell"] if buyer > seller else STRONG["buy"]
    return line(x, seller, x, buyer + back, stroke=colour, stroke_width=1.2) + element(
        "polygon", points=f"{points} {number(x)},{number(buyer)}", fill=colour
    )
