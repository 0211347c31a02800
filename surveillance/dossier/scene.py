"""What the market and the subject did around hits: the picture that goes with an alert.

All pictures of a run are cut out together: hits meet rows by instrument and hour, an equi-join
that no number of hits turns into a product, and then by the exact times.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa

from surveillance.activity.lake.view import View
from surveillance.dossier.evidence import Evidence, number
from surveillance.dossier.surroundings import Needs, surroundings
from surveillance.model import FillDot, Hit, OrderLine, Scene, Window
from surveillance.times import HOUR, parse_time, utc

_POINTS = 2_000
_LONGEST = timedelta(hours=6)
_MOST_OF = 0.6
"""Share of the evidence in another instrument from which on the picture is of that."""
_LEADER = "leader"
"""The measure that names whom a subject followed: their trading is half of the act."""
_Rows: TypeAlias = dict[int, list[dict[str, Any]]]

_PRICES = f"""
select n, ts, price from meets join trades t on {{met}}
qualify (row_number() over (partition by n order by ts, seq, trade_id) - 1)
    % greatest(1, count(*) over (partition by n) // {_POINTS}) = 0
order by n, ts, seq, trade_id
"""
_ORDERS = f"""
select n, t.* from meets join mine using (n) join order_life t
    on {{met}} and t.trader_id = mine.trader_id
    left join evident e on e.n = meets.n and e.id = t.order_id
where mine.own or e.id is not null
qualify row_number() over (
    partition by n order by e.id is null, ts, seq, order_id) <= {_POINTS // 2}
order by n, ts, seq, order_id
"""
_FILLS = f"""
select n, t.* from meets join mine using (n) join fills t
    on {{met}} and t.trader_id = mine.trader_id
    left join evident e on e.n = meets.n and e.id = t.trade_id
where mine.own or mine.followed or e.id is not null
qualify row_number() over (
    partition by n order by e.id is null, ts, seq, trade_id, side) <= {_POINTS // 2}
order by n, ts, seq, trade_id, side
"""
_MET = (
    f"t.instrument = meets.instrument and epoch_us(t.ts) // {HOUR} = hour "
    "and t.ts >= first and t.ts < last"
)


def scenes(
    view: View, hits: Sequence[Hit], evidence: Evidence, needs: Needs | None = None
) -> list[Scene]:
    """Return, for each hit, prices of the market, and orders and fills of the subject.

    Of others there is what is evidence: the other side of a trade, the order that was run ahead of;
    and what somebody did whom the subject followed. Where nearly all evidence lies in another
    instrument than the hit names, it is of that one; of a follower, of the one followed in most.
    ``needs`` says what the rule of each hit weighs besides.

    The facts ``order_life`` and ``fills`` must be prepared on the view's connection.
    """
    hits = [replace(hit, instrument=_instrument(hit, evidence)) for hit in hits]
    windows = [_around(hit, evidence, (needs or {}).get(hit.rule_id, frozenset())) for hit in hits]
    _meet(view, hits, windows, evidence)
    prices, orders, fills = (_dealt(view, sql) for sql in (_PRICES, _ORDERS, _FILLS))
    around = surroundings(view, hits, evidence, needs or {})
    return [
        Scene(
            window=window,
            instrument=hit.instrument,
            prices=tuple((utc(row["ts"]), number(row["price"])) for row in prices.get(n, ())),
            orders=_lines(orders.get(n, ()), frozenset(hit.evidence.get("orders", ()))),
            fills=_dots(fills.get(n, ()), frozenset(hit.evidence.get("trades", ()))),
            around=around[n],
        )
        for n, (hit, window) in enumerate(zip(hits, windows, strict=True))
    ]


def _instrument(hit: Hit, evidence: Evidence) -> str | None:
    """Return the instrument to picture: the hit's, or that of most of what the evidence names."""
    rows, _ = evidence.rows(hit)
    traded = [row["instrument"] for table in _PARTIES for row in rows.get(table, ())]
    if not traded or hit.instrument in traded:
        return hit.instrument
    most, count = Counter(traded).most_common(1)[0]
    follows = _LEADER in hit.measures
    return most if follows or count >= _MOST_OF * len(traded) else hit.instrument


def _around(hit: Hit, evidence: Evidence, needs: frozenset[str]) -> Window:
    """Frame the evidence with a tenth of its length on both sides, six hours at the most.

    Of a rule that weighs events, how far the hit reaches is in it; one without any row of trading
    that weighs positions shows the half day in which they came about; of a follower it is the
    first hours.
    """
    start, end = evidence.span(hit)
    if "positions" in needs and not any(hit.evidence.get(table) for table in _PARTIES):
        return Window(start - _LONGEST * 2, end + _LONGEST / 6)
    if _LEADER in hit.measures:
        start = _begins(hit, evidence, start)
        end = min(end, start + _LONGEST)
    elif "events" in needs:
        end = max(end, hit.at)
    elif hit.instrument is not None and end - start > _LONGEST:
        start = end - _LONGEST
    margin = max((end - start) / 10, timedelta(seconds=10))
    return Window(start - margin, end + margin)


def _begins(hit: Hit, evidence: Evidence, start: datetime) -> datetime:
    """Return when the evidence begins in the instrument of the picture."""
    rows, _ = evidence.rows(hit)
    traded = (row for table in _PARTIES for row in rows.get(table, ()))
    times = (row["ts"] for row in traded if row["instrument"] == hit.instrument)
    return min((parse_time(ts) for ts in times if ts), default=start)


def _meet(view: View, hits: Sequence[Hit], windows: Sequence[Window], evidence: Evidence) -> None:
    """Make ``meets``, a row for each hit and hour of its window, and ``mine``, its parties.

    ``evident`` are the orders and trades that it names.
    """
    framed = [n for n, hit in enumerate(hits) if hit.instrument is not None]
    mine = [(n, name, own) for n in framed for name, own in _parties(hits[n], evidence).items()]
    evident = [
        (n, name)
        for n in framed
        for table in ("orders", "trades")
        for name in hits[n].evidence.get(table, ())
    ]
    time = pa.timestamp("us")
    tables = {
        "framed": {
            "n": pa.array(framed, pa.int64()),
            "instrument": pa.array([hits[n].instrument for n in framed], pa.string()),
            "first": pa.array([windows[n].start.replace(tzinfo=None) for n in framed], time),
            "last": pa.array([windows[n].end.replace(tzinfo=None) for n in framed], time),
        },
        "mine": {
            "n": pa.array([n for n, _, _ in mine], pa.int64()),
            "trader_id": pa.array([name for _, name, _ in mine], pa.string()),
            "own": pa.array([own for _, _, own in mine], pa.bool_()),
            "followed": pa.array(
                [name == hits[n].measures.get(_LEADER) for n, name, _ in mine], pa.bool_()
            ),
        },
        "evident": {
            "n": pa.array([n for n, _ in evident], pa.int64()),
            "id": pa.array([name for _, name in evident], pa.string()),
        },
    }
    for name, columns in tables.items():
        view.connection.register(name, pa.Table.from_pydict(columns))
    view.connection.execute(
        "create or replace temp table meets as select *, unnest(generate_series("
        f"epoch_us(first) // {HOUR}, epoch_us(last) // {HOUR})) as hour from framed"
    )


_PARTIES = {"orders": ("trader_id",), "trades": ("buyer_id", "seller_id")}


def _parties(hit: Hit, evidence: Evidence) -> dict[str, bool]:
    """Return who is in a picture, and whether each is the subject of the hit."""
    rows, _ = evidence.rows(hit)
    leader = hit.measures.get(_LEADER)
    named = {str(leader): False} if leader else {}
    named |= {
        name: False
        for table, columns in _PARTIES.items()
        for row in rows.get(table, ())
        for column in columns
        if (name := row.get(column))
    }
    return named | dict.fromkeys(evidence.accounts(hit), True)


def _dealt(view: View, sql: str) -> _Rows:
    dealt: _Rows = {}
    for row in view.arrow(sql.format(met=_MET)).to_pylist():
        dealt.setdefault(row["n"], []).append(row)
    return dealt


def _lines(rows: Sequence[dict[str, Any]], named: frozenset[str]) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(
            order_id=row["order_id"],
            trader_id=row["trader_id"],
            side=row["side"],
            price=None if row["price"] is None else number(row["price"]),
            quantity=number(row["quantity"] or Decimal(0)),
            filled=number(row["filled"]),
            entered_at=utc(row["ts"]),
            ended_at=None if row["ended_at"] is None else utc(row["ended_at"]),
            end_reason=row["end_reason"] or "",
            is_evidence=row["order_id"] in named,
        )
        for row in rows
    )


def _dots(rows: Sequence[dict[str, Any]], named: frozenset[str]) -> tuple[FillDot, ...]:
    return tuple(
        FillDot(
            trade_id=row["trade_id"],
            trader_id=row["trader_id"],
            side=row["side"],
            price=number(row["price"]),
            quantity=number(row["quantity"]),
            ts=utc(row["ts"]),
            is_evidence=row["trade_id"] in named,
        )
        for row in rows
        if row["price"] is not None  # a venue may leave it out, and then it has no place
    )
