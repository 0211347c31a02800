"""Payments in a chart: amounts on a time axis, in above the line and out below it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from surveillance.chart.axis import Scale, price_ticks, time_scale
from surveillance.chart.marks import (
    BOTTOM,
    GRID,
    INK,
    LEFT,
    OTHER,
    QUIET,
    RIGHT,
    STRONG,
    TOP,
    Drawing,
    Label,
    dot,
    label,
    line,
    sparse,
)
from surveillance.model import Dossier, Window
from surveillance.times import epoch_us, parse_time

MOST_FLOWS = 300
_MIDDLE = Decimal(TOP + BOTTOM) / 2
_SIDE = {"in": "buy", "out": "sell"}
_OTHERS = OTHER["buy"]


class Flow(NamedTuple):
    """One payment: when, its name, its amount as exact text, and ``in`` or ``out``.

    It ``is_own`` unless it is of somebody else's account, as the later hops of a chain are.
    """

    ts: datetime
    label: str
    amount: str
    direction: str
    is_own: bool = True


def flows_of(dossier: Dossier) -> tuple[Flow, ...]:
    """Return the payments among the evidence of a hit, in USD where every one has a USD value."""
    rows = dossier.rows.get("transfers", ())
    in_usd = all(row.get("usd") for row in rows)
    own = {row.get("trader_id") for row in rows} & set(dossier.accounts)
    flows = [
        Flow(
            parse_time(row["ts"] or ""),
            "USD" if in_usd else row.get("asset") or "",
            (row["usd"] if in_usd else row["amount"]) or "0",
            row["direction"] or "",
            not own or row.get("trader_id") in own,
        )
        for row in rows
    ]
    return tuple(sorted(flows))


def draw(flows: Sequence[Flow], window: Window) -> Drawing:
    """Draw the payments of a window, at most 300: the largest of them."""
    inside = [flow for flow in flows if window.start <= flow.ts <= window.end]
    shown = sorted(inside, key=lambda flow: (-Decimal(flow.amount), flow))[:MOST_FLOWS]
    if not shown:
        return Drawing(())
    largest = max(Decimal(flow.amount) for flow in shown) or Decimal(1)
    x = time_scale(window, LEFT, RIGHT)
    elements = (
        line(LEFT, _MIDDLE, RIGHT, _MIDDLE, stroke=INK, stroke_width=1),
        *_scale(largest, units.pop() if len(units := {f.label for f in shown}) == 1 else ""),
        *(part for flow in shown for part in _stem(flow, x, largest)),
        *_amounts(shown, x, largest),
    )
    note = (f"{len(shown)} of {len(inside)} payments drawn, largest first",)
    notes = note if len(shown) < len(inside) else ()
    return Drawing(elements, _legend(shown), notes, _summary(shown))


def _height(amount: Decimal, direction: str, largest: Decimal) -> Decimal:
    reach = (_MIDDLE - TOP - 16) * amount / largest
    return _MIDDLE - reach if direction == "in" else _MIDDLE + reach


def _scale(largest: Decimal, unit: str) -> Iterable[str]:
    yield label(12, TOP - 3, f"{unit or 'amount'}, in above and out below", 8)
    for value, words in price_ticks(Scale(Decimal(0), largest, Decimal(0), Decimal(1)), most=3):
        for direction in ("in", "out") if value else ():
            y = _height(value, direction, largest)
            yield line(LEFT, y, RIGHT, y, stroke=GRID, stroke_width=0.8)
            yield label(LEFT - 6, y + 3, words, text_anchor="end")


def _stem(flow: Flow, x: Scale, largest: Decimal) -> Iterable[str]:
    side = _SIDE.get(flow.direction, "sell")
    at = x(Decimal(epoch_us(flow.ts)))
    y = _height(Decimal(flow.amount), flow.direction, largest)
    colour = STRONG[side] if flow.is_own else _OTHERS
    dash = {} if flow.is_own else {"stroke_dasharray": "3 3"}
    yield line(at, _MIDDLE, at, y, stroke=colour, stroke_width=1.4, **dash)
    yield dot(at, y, side, colour, 3.4, hollow=not flow.is_own)


def _amounts(shown: Sequence[Flow], x: Scale, largest: Decimal) -> Iterable[str]:
    """Write the largest amounts at the tips of their stems, where there is room."""
    return sparse((_amount(flow, x, largest) for flow in shown[:12]), Decimal(72), Decimal(11))


def _amount(flow: Flow, x: Scale, largest: Decimal) -> Label:
    at = min(max(x(Decimal(epoch_us(flow.ts))), Decimal(LEFT + 36)), Decimal(RIGHT - 36))
    beyond = -7 if flow.direction == "in" else 13
    y = _height(Decimal(flow.amount), flow.direction, largest) + beyond
    return Label(at, y, f"{_plain(Decimal(flow.amount))} {flow.label}".strip(), QUIET, "middle")


def _plain(amount: Decimal) -> str:
    places = 0 if abs(amount) >= 1000 else 2 if abs(amount) >= 1 else 6
    return f"{amount:,.{places}f}"


def _legend(shown: Sequence[Flow]) -> tuple[tuple[str, str], ...]:
    zero = Decimal(0)
    own = (
        (dot(zero, zero, "buy", STRONG["buy"]), "in"),
        (dot(zero, zero, "sell", STRONG["sell"]), "out"),
    )
    if all(flow.is_own for flow in shown):
        return own
    return (*own, (dot(zero, zero, "sell", _OTHERS, hollow=True), "of other accounts"))


def _summary(shown: Sequence[Flow]) -> str:
    own = [flow for flow in shown if flow.is_own]
    inward = sum(flow.direction == "in" for flow in own)
    others = f", {len(shown) - len(own)} of other accounts" if len(own) < len(shown) else ""
    return f"{inward} payments in, {len(own) - inward} payments out{others}"
