"""Orders and trades of one stretch as plain arrays, and the messages a venue would send of them.

A trade takes from both its orders, every message says what is then left, and an order that is not
filled is withdrawn at its end: ids, quantities and remainders agree, as the contract of a venue's
feed would have it. Times are microseconds since the start of the activity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.market import Ints

START = 1_772_409_600_000_000
"""The first moment: 2026-03-02, a Monday."""
ROOM = 1_000_000
"""Numbers of orders, trades and messages that a block may use."""
NEVER = -1
_NEW, _MAKER, _TAKER, _CANCEL = range(4)


@dataclass(frozen=True)
class Orders:
    """Orders, one an index; ``end`` is when what is left is withdrawn, ``price`` is in 0.01."""

    us: Ints
    trader: Ints
    instrument: Ints
    side: Ints
    quantity: Ints
    price: Ints
    market: Ints
    end: Ints
    level: Ints
    depth: Ints


@dataclass(frozen=True)
class Trades:
    """Trades between two orders, by their index; ``taker`` is the side that took."""

    us: Ints
    buy: Ints
    sell: Ints
    quantity: Ints
    price: Ints
    taker: Ints


@dataclass(frozen=True)
class Messages:
    """What the venue says, one message an index; ``order`` and ``trade`` are numbers of a block."""

    us: Ints
    rank: Ints
    order: Ints
    trade: Ints
    trader: Ints
    instrument: Ints
    side: Ints
    quantity: Ints
    remaining: Ints
    price: Ints
    market: Ints
    level: Ints
    depth: Ints


def joined(parts: Sequence[Any]) -> Any:
    """Put stretches of one kind behind each other."""
    kind = type(parts[0])
    return kind(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(kind)))


def chosen(rows: Any, which: Any) -> Any:
    """Keep some rows of a stretch, in the order given."""
    return type(rows)(*(getattr(rows, f.name)[which] for f in fields(rows)))


def messages(block: int, orders: Orders, trades: Trades) -> Messages:
    """Write the messages of orders and trades, in no order yet."""
    number = block * ROOM + np.arange(len(orders.us))
    new = _messages(orders, np.arange(len(orders.us)), orders.us, _NEW, number, orders.quantity)
    legs = np.concatenate([trades.buy, trades.sell])
    traded = np.concatenate([np.arange(len(trades.us))] * 2)
    order = np.lexsort((traded, trades.us[traded], legs))
    legs, traded = legs[order], traded[order]
    left = orders.quantity[legs] - _running(legs, trades.quantity[traded])
    took = (orders.side[legs] == trades.taker[traded]).astype(np.int64)
    fill = _messages(orders, legs, trades.us[traded], _MAKER, number, trades.quantity[traded], left)
    fill = Messages(
        **{
            **_columns(fill),
            "rank": _MAKER + took,
            "trade": block * ROOM + traded,
            "price": trades.price[traded],
        }
    )
    filled = np.bincount(legs, trades.quantity[traded], len(orders.us)).astype(np.int64)
    open_ = np.flatnonzero((orders.end != NEVER) & (filled < orders.quantity))
    rest = (orders.quantity - filled)[open_]
    gone = _messages(orders, open_, orders.end[open_], _CANCEL, number, rest, 0 * rest)
    return Messages(
        *(np.concatenate(c) for c in zip(*map(_values, (new, fill, gone)), strict=True))
    )


def _messages(
    orders: Orders,
    which: Ints,
    us: Ints,
    rank: int,
    number: Ints,
    quantity: Ints,
    left: Ints | None = None,
) -> Messages:
    return Messages(
        us,
        np.full(len(which), rank, dtype=np.int64),
        number[which],
        np.full(len(which), NEVER, dtype=np.int64),
        orders.trader[which],
        orders.instrument[which],
        orders.side[which],
        quantity,
        quantity if left is None else left,
        orders.price[which],
        orders.market[which],
        orders.level[which],
        orders.depth[which],
    )


def _running(group: Ints, values: Ints) -> Ints:
    """Sum values within runs of equal groups."""
    total = np.cumsum(values)
    first = np.flatnonzero(np.diff(group, prepend=group[:1] - 1))
    before = np.concatenate([[0], total])[first]
    return np.asarray(total - np.repeat(before, np.diff(np.append(first, len(group)))))


def _columns(rows: Any) -> Mapping[str, Ints]:
    return {f.name: getattr(rows, f.name) for f in fields(rows)}


def _values(rows: Any) -> list[Ints]:
    return [getattr(rows, f.name) for f in fields(rows)]


def written(
    block: int, sent: Messages, orders: Orders, trades: Trades, round_to: int
) -> dict[str, pa.Table]:
    """Return the rows of ``orders`` and ``trades``, numbered in order of time.

    With ``round_to`` times are cut to so many microseconds; the sequence still tells the order.
    """
    sent = chosen(sent, np.lexsort((sent.order, sent.rank, sent.us)))
    seq = block * ROOM * 4 + np.arange(len(sent.us))
    takes = sent.rank == _TAKER
    at = np.zeros(len(trades.us), dtype=np.int64)
    at[sent.trade[takes] - block * ROOM] = seq[takes]
    with duckdb.connect() as connection:
        connection.register("sent", _table(sent, seq=seq, us=_cut(sent.us, round_to)))
        numbers = {
            "seq": at,
            "us": _cut(trades.us, round_to),
            "number": block * ROOM + np.arange(len(trades.us)),
            "buyer": orders.trader[trades.buy],
            "seller": orders.trader[trades.sell],
            "instrument": orders.instrument[trades.buy],
            "buy": block * ROOM + trades.buy,
            "sell": block * ROOM + trades.sell,
        }
        connection.register("dealt", _table(trades, **numbers))
        return {
            "orders": connection.sql(_ORDERS).to_arrow_table(),
            "trades": connection.sql(_TRADES).to_arrow_table(),
        }


def _cut(us: Ints, to: int) -> Ints:
    return us // to * to if to else us


def _table(rows: Any, **more: Ints) -> pa.Table:
    return pa.table({**_columns(rows), **more})


def _uuid(kind: str, number: str) -> str:
    """Return SQL for an id as venues have them, always the same for a number."""
    return f"cast(cast(md5('{kind}' || {number}) as uuid) as varchar)"


_SIDE = "case {} when 0 then 'buy' else 'sell' end"
_PRICE = "(price::decimal(18, 0) * 0.01::decimal(3, 2))::decimal(18, 8)"
_ORDERS = f"""
select make_timestamp({START} + us) as ts, seq, printf('IN%02d', instrument) as instrument,
    printf('TR%06d', trader) as trader_id, {_uuid("OR", '"order"')} as order_id,
    case rank when {_NEW} then 'new' when {_CANCEL} then 'cancel' else 'fill' end as event,
    {_SIDE.format("side")} as side, case market when 1 then 'market' else 'limit' end as type,
    case when market = 0 or trade >= 0 then {_PRICE} end as price,
    quantity::decimal(18, 8) as quantity, remaining::decimal(18, 8) as remaining,
    case when trade >= 0 then {_uuid("TD", "trade")} end as trade_id,
    case when rank = {_NEW} and market = 0 then level end as level,
    case when rank = {_NEW} then depth::decimal(18, 8) end as depth
from sent
"""
_TRADES = f"""
select make_timestamp({START} + us) as ts, seq, {_uuid("TD", "number")} as trade_id,
    printf('IN%02d', instrument) as instrument, {_PRICE} as price,
    quantity::decimal(18, 8) as quantity, printf('TR%06d', buyer) as buyer_id,
    printf('TR%06d', seller) as seller_id, {_uuid("OR", "buy")} as buy_order_id,
    {_uuid("OR", "sell")} as sell_order_id, {_SIDE.format("taker")} as taker_side,
    false as is_block, false as is_liquidation
from dealt order by us, seq
"""
