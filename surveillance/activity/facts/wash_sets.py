"""Small groups of owners who trade in circles until nobody's position has moved.

Per instrument and tumbling window of an hour, a day and a week, owners are nodes and trades run
from seller to buyer. Within each strongly connected group of two to eight, trades are taken away
from the end of time until every member's net position is within the margin of the mean volume:
what is left moved nothing but the tape. After Victor and Weintraud, Detecting and Quantifying Wash
Trading on Decentralized Cryptocurrency Exchanges, WWW 2021; margin of their published run, 1 %.
Quantities are whole numbers of 1e-18 throughout.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import typed
from surveillance.times import HOUR, naive

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
        Column(
            "handed_on", "DOUBLE", "Part of it that was sold on in the same size", required=True
        ),
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

_SALES = """
select f.instrument, epoch_us(f.ts) // {length} as part, epoch_us(f.ts) as us, f.seq, f.trade_id,
    f.counterparty_owner_id as seller, f.owner_id as buyer, f.quantity,
    coalesce(f.notional, 0::decimal(18, 6)) as notional
from fills f where f.side = 'buy' and f.counterparty_owner_id is not null
    and f.counterparty_owner_id <> f.owner_id and not f.is_block and not f.is_liquidation
"""

_AGAIN = """
create or replace temp table again as
select instrument, part, seller, buyer from sales group by all having count(*) >= {again}
"""

_NODES = """
create or replace temp table nodes as
select instrument, part, owner, row_number() over (order by instrument, part, owner) - 1 as node
from (select instrument, part, seller as owner from again
    union select instrument, part, buyer from again)
"""

_EDGES = """
select a.node as seller, b.node as buyer from again e
    join nodes a on a.instrument = e.instrument and a.part = e.part and a.owner = e.seller
    join nodes b on b.instrument = e.instrument and b.part = e.part and b.owner = e.buyer
"""

_MEMBERS = """
create or replace temp table members as
select n.instrument, n.part, n.owner, l.label from labelled l join nodes n using (node)
"""

_TRADES = """
select a.label, t.instrument, t.part, t.trade_id, t.seller, t.buyer, t.quantity, t.notional
from sales t
    join members a on a.instrument = t.instrument and a.part = t.part and a.owner = t.seller
    join members b on b.instrument = t.instrument and b.part = t.part and b.owner = t.buyer
where a.label = b.label order by a.label, t.us, t.seq, t.trade_id
"""

_PARTNERS = """
select label, owner, count(distinct other) from (
    select m.label, m.owner, t.seller as other from members m
        join sales t on t.instrument = m.instrument and t.part = m.part and t.buyer = m.owner
    union all
    select m.label, m.owner, t.buyer from members m
        join sales t on t.instrument = m.instrument and t.part = m.part and t.seller = m.owner
) group by label, owner
"""

_VOLUMES = """
select t.instrument, t.part, sum(t.notional) from sales t
    join (select distinct instrument, part from members) using (instrument, part) group by all
"""


@dataclass(frozen=True, slots=True)
class _Trade:
    instrument: str
    part: int
    trade_id: str
    seller: str
    buyer: str
    quantity: int
    notional: int


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Find the groups of every window."""
    rows = [row for hours in HOURS for row in _window_rows(connection, hours)]
    for name in ("again", "nodes", "members"):
        connection.execute(f"drop table if exists {name}")
    connection.execute("drop view if exists sales")
    return typed(TABLE, rows)


def _window_rows(connection: duckdb.DuckDBPyConnection, hours: int) -> Iterator[dict[str, object]]:
    length = hours * HOUR
    connection.execute(f"create or replace temp view sales as {_SALES.format(length=length)}")
    connection.execute(_AGAIN.format(again=AGAIN))
    connection.execute(_NODES)
    if not _name_members(connection):
        return
    partners = {tuple(key): count for *key, count in connection.execute(_PARTNERS).fetchall()}
    volumes = {tuple(key): volume for *key, volume in connection.execute(_VOLUMES).fetchall()}
    for label, trades in _groups(connection).items():
        if left := _matched(trades):
            volume = int(volumes[left[0].instrument, left[0].part].scaleb(6))
            names = sorted({name for trade in left for name in (trade.seller, trade.buyer)})
            busiest = max(partners[label, name] for name in names)
            yield from _rows(length, left, names, volume, busiest)


def _groups(connection: duckdb.DuckDBPyConnection) -> dict[int, list[_Trade]]:
    """Return the trades of each group among themselves, in time order."""
    groups: dict[int, list[_Trade]] = defaultdict(list)
    for row in connection.execute(_TRADES).fetchall():
        label, instrument, part, name, seller, buyer, size, value = row
        whole = int(size.scaleb(18)), int(value.scaleb(6))
        groups[label].append(_Trade(instrument, part, name, seller, buyer, *whole))
    return groups


def _name_members(connection: duckdb.DuckDBPyConnection) -> bool:
    """Label the owners of strongly connected groups of two to eight; say whether there are any."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = connection.execute(_EDGES).fetchnumpy()
    seller, buyer = np.asarray(edges["seller"]), np.asarray(edges["buyer"])
    if not len(seller):
        return False
    count = int(max(seller.max(), buyer.max())) + 1
    graph = coo_array((np.ones(len(seller), np.int8), (seller, buyer)), shape=(count, count))
    _, labels = connected_components(graph, directed=True, connection="strong")
    sizes = np.bincount(labels)[labels]
    nodes = np.flatnonzero((sizes >= 2) & (sizes <= LARGEST))
    labelled = pa.Table.from_arrays([pa.array(nodes), pa.array(labels[nodes])], ["node", "label"])
    connection.register("labelled", labelled)
    connection.execute(_MEMBERS)
    return len(nodes) > 0


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


def _handed_on(trades: Sequence[_Trade]) -> float:
    """Return the part of the quantity that its buyer soon sold, or its seller had soon bought.

    Parts of one hand, one after the other, count as one; a size is the same within the margin.
    """
    hands = _hands(trades)
    passed = set()
    for place, hand in enumerate(hands):
        for later in range(place + 1, min(len(hands), place + 1 + LARGEST)):
            on = hands[later]
            if on.seller == hand.buyer and abs(on.size - hand.size) * MARGIN <= hand.size:
                passed |= {place, later}
                break
    return sum(hands[place].size for place in passed) / sum(hand.size for hand in hands)


class _Hand(NamedTuple):
    """A quantity that went from a seller to a buyer, in one trade or several in a row."""

    seller: str
    buyer: str
    size: int


def _hands(trades: Sequence[_Trade]) -> list[_Hand]:
    hands: list[_Hand] = []
    for trade in trades:
        last = hands[-1] if hands else None
        if last and (last.seller, last.buyer) == (trade.seller, trade.buyer):
            hands[-1] = last._replace(size=last.size + trade.quantity)
        else:
            hands.append(_Hand(trade.seller, trade.buyer, trade.quantity))
    return hands


def _rows(
    length: int, left: Sequence[_Trade], members: Sequence[str], volume: int, busiest: int
) -> Iterator[dict[str, object]]:
    instrument, start = left[0].instrument, left[0].part * length
    notional = sum(trade.notional for trade in left)
    group = f"{instrument} {' '.join(members)}"
    summary = {
        "ts": naive(start),
        "ended_at": naive(start + length - 1),
        "set_id": f"{start} {length} {group}",
        "group_id": group,
        "instrument": instrument,
        "members": len(members),
        "window_hours": length // HOUR,
        "trades": len(left),
        "notional": Decimal(notional).scaleb(-6),
        "share": notional / volume if volume else 0.0,
        "handed_on": _handed_on(left),
        "partners": busiest,
        "trade_ids": [trade.trade_id for trade in left],
    }
    yield from ({**summary, "owner_id": name} for name in members)
