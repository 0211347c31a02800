"""Small groups of owners who trade in circles until nobody's position has moved.

Per instrument and tumbling window of an hour, a day and a week, owners are nodes and trades run
from seller to buyer. Within each strongly connected group of two to eight, trades are taken away
from the end of time until every member's net position is within the margin of the mean volume:
what is left moved nothing but the tape. After Victor and Weintraud, Detecting and Quantifying Wash
Trading on Decentralized Cryptocurrency Exchanges, WWW 2021; margin of their published run, 1 %.
Quantities are whole numbers of 1e-8 throughout.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "wash_sets",
    "One row a member of a group whose trades cancel out within a window",
    ("set_id", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "Start of the window", required=True),
        Column("ended_at", TIME, "Last microsecond of the window", required=True),
        Column("set_id", TEXT, "Names instrument, window and members", required=True),
        Column("group_id", TEXT, "Names instrument and members, across windows", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "A member", required=True),
        Column("members", WHOLE, "How many members", required=True),
        Column("window_hours", WHOLE, "Length of the window", required=True),
        Column("trades", WHOLE, "Trades left after matching", required=True),
        Column("notional", MONEY, "Their notional value", required=True),
        Column("share", "DOUBLE", "Their part of the instrument's volume", required=True),
        Column("partners", WHOLE, "Distinct counterparties of the busiest member", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades left after matching", required=True),
    ),
    fact=True,
)
READS = ("fills",)

HOURS = (1, 24, 168)
LARGEST = 8
AGAIN = 2
"""How often one owner must sell to another for the two to be joined: a single trade with a market
maker would otherwise tie a group to everybody."""
MARGIN = 100
"""One over the margin: net position may be one hundredth of the mean volume."""

_TRADES = """
select f.instrument, epoch_us(f.ts) as us, f.trade_id, f.counterparty_owner_id as seller,
    f.owner_id as buyer, f.quantity,
    coalesce(f.notional, 0::decimal(18, 6)) as notional
from fills f where f.side = 'buy' and f.counterparty_owner_id is not null
    and f.counterparty_owner_id <> f.owner_id and not f.is_block and not f.is_liquidation
order by f.instrument, f.ts, f.seq, f.trade_id
"""


@dataclass(frozen=True, slots=True)
class _Trade:
    instrument: str
    us: int
    trade_id: str
    seller: str
    buyer: str
    quantity: int
    notional: int


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Find the groups of every window."""
    rows = connection.execute(_TRADES).fetchall()
    trades = [
        _Trade(instrument, us, name, seller, buyer, int(size.scaleb(8)), int(value.scaleb(6)))
        for instrument, us, name, seller, buyer, size, value in rows
    ]
    found = [row for hours in HOURS for row in _window_rows(trades, hours)]
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in TABLE.schema.items()])
    return pa.Table.from_pylist(found, schema)


_ARROW = {
    TEXT: pa.string(),
    TIME: pa.timestamp("us"),
    WHOLE: pa.int64(),
    MONEY: pa.decimal128(18, 6),
    "DOUBLE": pa.float64(),
    "VARCHAR[]": pa.list_(pa.string()),
}


def _window_rows(trades: Sequence[_Trade], hours: int) -> Iterator[dict[str, object]]:
    length = hours * 3_600_000_000
    windows: dict[tuple[str, int], list[_Trade]] = defaultdict(list)
    for trade in trades:
        windows[trade.instrument, trade.us // length].append(trade)
    for (instrument, window), members in sorted(windows.items()):
        volume = sum(trade.notional for trade in members)
        for group in _groups(members):
            left = _matched([t for t in members if t.seller in group and t.buyer in group])
            if left:
                start = window * length
                yield from _rows(instrument, start, length, left, members, volume)


def _groups(trades: Sequence[_Trade]) -> list[frozenset[str]]:
    """Return strongly connected groups of two to eight owners, over trades made more than once."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    times = Counter((trade.seller, trade.buyer) for trade in trades)
    edges = [pair for pair, count in times.items() if count >= AGAIN]
    if not edges:
        return []
    names = sorted({name for pair in edges for name in pair})
    index = {name: place for place, name in enumerate(names)}
    pairs = ([index[seller] for seller, _ in edges], [index[buyer] for _, buyer in edges])
    graph = coo_array(([1] * len(edges), pairs), shape=(len(names), len(names)))
    _, labels = connected_components(graph, directed=True, connection="strong")
    groups: dict[int, list[str]] = defaultdict(list)
    for name, label in zip(names, labels, strict=True):
        groups[int(label)].append(name)
    return [frozenset(group) for group in groups.values() if 2 <= len(group) <= LARGEST]


def _matched(trades: list[_Trade]) -> list[_Trade]:
    """Take trades away from the end until nobody's position has moved beyond the margin."""
    net: dict[str, int] = defaultdict(int)
    gross: dict[str, int] = defaultdict(int)
    for trade in trades:
        _count(net, gross, trade, 1)
    left = list(trades)
    while left and not _is_flat(net, gross):
        _count(net, gross, left.pop(), -1)
    return left


def _count(net: dict[str, int], gross: dict[str, int], trade: _Trade, sign: int) -> None:
    net[trade.buyer] += sign * trade.quantity
    net[trade.seller] -= sign * trade.quantity
    gross[trade.buyer] += sign * trade.quantity
    gross[trade.seller] += sign * trade.quantity


def _is_flat(net: dict[str, int], gross: dict[str, int]) -> bool:
    active = [name for name, volume in gross.items() if volume]
    mean = sum(gross[name] for name in active) // max(1, len(active))
    return all(abs(net[name]) * MARGIN <= mean for name in active)


def _rows(
    instrument: str,
    start: int,
    length: int,
    left: Sequence[_Trade],
    market: Sequence[_Trade],
    volume: int,
) -> Iterator[dict[str, object]]:

    members = sorted({name for trade in left for name in (trade.seller, trade.buyer)})
    partners: dict[str, set[str]] = defaultdict(set)
    for trade in market:
        partners[trade.buyer].add(trade.seller)
        partners[trade.seller].add(trade.buyer)
    notional = sum(trade.notional for trade in left)
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in the lake
    group = f"{instrument} {' '.join(members)}"
    shared = {
        "ts": epoch + timedelta(microseconds=start),
        "ended_at": epoch + timedelta(microseconds=start + length - 1),
        "set_id": f"{start} {length} {group}",
        "group_id": group,
        "instrument": instrument,
        "members": len(members),
        "window_hours": length // 3_600_000_000,
        "trades": len(left),
        "notional": Decimal(notional).scaleb(-6),
        "share": notional / volume if volume else 0.0,
        "partners": max(len(partners[name]) for name in members),
        "trade_ids": [trade.trade_id for trade in left],
    }
    yield from ({**shared, "owner_id": name} for name in members)
