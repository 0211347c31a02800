"""The evidence rows of a hit in lanes: what happened when, where no one price stands for it.

A lane is a table and an instrument or asset; a mark stands where a row is in time, pointed by its
side, and as large as its amount is beside the others of its lane.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from surveillance.chart.axis import Scale, time_scale
from surveillance.chart.marks import (
    BOTTOM,
    GRID,
    INK,
    LEFT,
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
from surveillance.chart.strips import Strip
from surveillance.model import Window, parse_time
from surveillance.surroundings import Moment
from surveillance.times import epoch_us

MOST_LANES = 7
MOST_MARKS = 300
_AMOUNTS = ("usd", "amount", "quantity", "amount_in", "value", "price")
_RECORDS = ("accounts", "kyc", "instruments")
"""Rows that say what somebody or something is; nobody did anything by them."""
_STRIP = 44
_LEAST_ROOM = timedelta(seconds=1)
_LEAST_HOURS = timedelta(minutes=30)

Rows = Mapping[str, Sequence[Mapping[str, str | None]]]


class Act(NamedTuple):
    """A row of the evidence: lane, time, side, amount if it has one, and its name."""

    lane: str
    ts: datetime
    side: str
    amount: Decimal
    words: str


def acts_of(rows: Rows, accounts: Collection[str]) -> list[Act]:
    """Return evidence rows that have a time, in order; ``accounts`` are the subject's own."""
    copied = _pair(rows, accounts)
    acts = [
        _act(table, row, accounts, copied)
        for table, of_table in sorted(rows.items())
        for row in of_table
        if row.get("ts") and table not in _RECORDS
    ]
    return sorted(acts, key=lambda act: (act.ts, act.lane, act.words, act.side, act.amount))


def _pair(rows: Rows, accounts: Collection[str]) -> frozenset[str]:
    """Return the two traders whose orders are the evidence, one of them the subject, if it is."""
    traders = frozenset(row.get("trader_id") or "" for row in rows.get("orders", ()))
    is_pair = len(traders) == 2 and not traders.isdisjoint(accounts)
    return traders if is_pair and not traders.issubset(accounts) else frozenset()


def moments_of(moments: Sequence[Moment]) -> list[Act]:
    """Return moments as acts, a lane for each kind."""
    return [Act(moment.words, moment.ts, "buy", Decimal(1), "") for moment in moments]


def window_of(acts: Sequence[Act]) -> Window:
    """Return the time from the first to the last act, with room on both sides."""
    first, last = acts[0].ts, acts[-1].ts
    only_payments = all(act.lane.startswith("transfers") for act in acts)
    room = max((last - first) / 12, _LEAST_HOURS if only_payments else _LEAST_ROOM)
    return Window(first - room, last + room)


def draw(acts: Sequence[Act], window: Window) -> Drawing:
    """Draw acts in the lanes that have the most of them, at most 7, and say what is not drawn."""
    lanes: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        lanes[act.lane].append(act)
    shown = sorted(lanes, key=lambda name: (-len(lanes[name]), name))[:MOST_LANES]
    x = time_scale(window, LEFT, RIGHT)
    height = Decimal(BOTTOM - TOP) / max(1, len(shown))
    elements = [
        part
        for place, name in enumerate(sorted(shown))
        for part in _lane(name, lanes[name], TOP + height * (place + Decimal("0.5")), x)
    ]
    notes = (
        (len(lanes) > len(shown), f"{len(shown)} of {len(lanes)} kinds of rows drawn"),
        (any(len(of) > MOST_MARKS for of in lanes.values()), f"at most {MOST_MARKS} rows a lane"),
    )
    listed = "; ".join(f"{name}: {len(lanes[name])}" for name in sorted(shown))
    left_out = tuple(words for holds, words in notes if holds)
    legend = _legend() if any(act.words or act.side == "sell" for act in acts) else ()
    return Drawing(tuple(elements), legend, left_out, f"evidence rows, {listed}")


def strip(acts: Sequence[Act]) -> Strip:
    """Return acts under a chart that has no place for them, in two lanes at the most."""
    lanes: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        lanes[act.lane].append(act)
    shown = sorted(lanes, key=lambda name: (-len(lanes[name]), name))[:2]

    def drawn(x: Scale, top: Decimal) -> Iterator[str]:
        for place, name in enumerate(shown):
            yield from _lane(name, lanes[name], top + _STRIP * place + 22, x)

    listed = "; ".join(f"{name}: {len(lanes[name])}" for name in shown)
    return Strip("Other evidence", _STRIP * len(shown), drawn, listed)


def _act(
    table: str,
    row: Mapping[str, str | None],
    accounts: Collection[str],
    pair: frozenset[str],
) -> Act:
    who = row.get("trader_id") or ""
    thing = (
        who
        if who in pair
        else row.get("instrument") or row.get("asset") or row.get("asset_in") or ""
    )
    column = next((name for name in _AMOUNTS if row.get(name)), "")
    unit = {"usd": "USD", "amount": row.get("asset") or "", "price": "price"}.get(column, "")
    written = row.get(column) or ""
    return Act(
        lane=f"{table.replace('_', ' ')} {thing}".strip(),
        ts=parse_time(row["ts"] or ""),
        side=_side(row, accounts),
        amount=_number(written),
        words=f"{_plain(_number(written))} {unit}".strip() if written else "",
    )


def _side(row: Mapping[str, str | None], accounts: Collection[str]) -> str:
    if row.get("seller_id") in accounts and row.get("buyer_id") not in accounts:
        return "sell"
    given = row.get("side") or {"out": "sell"}.get(row.get("direction") or "", "buy")
    return "sell" if given == "sell" else "buy"


def _lane(name: str, acts: Sequence[Act], y: Decimal, x: Scale) -> Iterator[str]:
    largest = max(act.amount for act in acts) or Decimal(1)
    yield line(LEFT, y, RIGHT, y, stroke=GRID, stroke_width=0.8)
    yield label(LEFT, y - 14, f"{name}: {len(acts)}", 8.5, INK)
    telling = sorted(acts, key=lambda act: -act.amount)[:MOST_MARKS]
    for act in reversed(telling):
        size = 2.6 + 3.4 * float(round(act.amount / largest, 4))
        yield dot(x(Decimal(epoch_us(act.ts))), y, act.side, STRONG[act.side], size)
    yield from sparse((_amount(act, y, x) for act in telling[:8] if act.words), Decimal(78), y)


def _amount(act: Act, y: Decimal, x: Scale) -> Label:
    at = min(max(x(Decimal(epoch_us(act.ts))), Decimal(LEFT + 36)), Decimal(RIGHT - 36))
    return Label(at, y + 14, act.words, STRONG[act.side], "middle")


def _legend() -> tuple[tuple[str, str], ...]:
    zero = Decimal(0)
    return (
        (dot(zero, zero, "buy", STRONG["buy"]), "bought, paid in, or neither"),
        (dot(zero, zero, "sell", STRONG["sell"]), "sold or paid out; larger is more"),
    )


def _number(written: str) -> Decimal:
    try:
        number = abs(Decimal(written))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def _plain(amount: Decimal) -> str:
    places = 0 if amount >= 1000 else 2 if amount >= 1 else 6
    written = f"{amount:,.{places}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
