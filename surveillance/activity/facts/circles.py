"""Small groups of hands that give one quantity round until everybody has what they had.

A hand is what a buyer got of a seller before selling anything again, in one trade or in parts. From
each hand the next is followed that its buyer sold of about that size, within three days; where the
path comes back to its first seller over three to eight owners within a week, it has gone once
round. How many such circles strangers would close in that market and week is the number of hands
there, times the chance for each that its seller, who sold so often, would sell in such a size as
others do, times the chance that of all the members sold in it so much went on in the circle.
After Victor and Weintraud, Detecting and Quantifying Wash Trading on Decentralized Cryptocurrency
Exchanges, WWW 2021, who ask only whether positions cancel out within fixed hours, days and weeks.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import typed
from surveillance.activity.facts.handovers import MOMENT
from surveillance.times import DAY, HOUR, naive

TABLE = Table(
    "circles",
    "One row an hour in which a circle closed, and member",
    ("circle_id", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "First hand of the week that closed", required=True),
        Column("settled_at", TIME, "When all of the hour was known", required=True),
        Column("circle_id", TEXT, "Names hour, instrument and members", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "A member", required=True),
        Column("with_", TEXT, "The other members", required=True),
        Column("members", WHOLE, "How many members", required=True),
        Column("hands", WHOLE, "Hands in the week that went round", required=True),
        Column("rounds", "DOUBLE", "Hands a member", required=True),
        Column("quantity", QUANTITY, "Contracts handed on each time, the last", required=True),
        Column("rarity", "DOUBLE", "Power of ten by which strangers close none", required=True),
        Column("inside", "DOUBLE", "Part of the member's trading in it meanwhile", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of the hands", required=True),
    ),
    fact=True,
)
READS = ("fills", "groups", "handovers")
TAKES = {"fills": ("side", "quantity"), "groups": ("group_id", "owners")}
VERSION = 2
REACH = timedelta(days=7)
SETTLES = (HOUR, 2 * MOMENT)

FEWEST, LARGEST = 3, 8
_SIZES, _VALUES = 10_000, 10_000_000_000_000
"""More than there are sizes, and values in one market."""
_RARE = 1.0
"""Rarity below which nothing is said: strangers would close one of ten such."""

_HANDS = """
create or replace temp table hand as
with linked as (
    select trader_id, group_id from groups where owners > 1
), sold as (
    select instrument, coalesce(group_id, owner_id) as id, ts, count(*) as sales
    from fills left join linked using (trader_id) where side = 'sell' group by all
), before as (
    select * replace (sum(sales) over (partition by instrument, id order by ts) as sales)
    from sold
), bought as (
    select h.*, coalesce(b.sales, 0) as sales from handovers h asof left join before b
        on b.instrument = h.instrument and b.id = h.buyer_id and b.ts < h.ts
), part as (
    select *, sum(quantity) over w as total, first_value(trade_key) over w as began from bought
    window w as (partition by instrument, seller_id, buyer_id, sales order by ts, seq, trade_key)
)
select row_number() over (order by ts, seq, trade_key) - 1 as place, epoch_us(ts) as us, instrument,
    seller_id, buyer_id, seller_owner_id, buyer_owner_id, total as quantity, trade_ids, trade_key,
    began, 1000 + floor(ln(total) / ln(1.05))::bigint as size
from part
"""

_NEXT = f"""
select h.us, h.instrument, h.seller_id, h.buyer_id, h.size, f.place as began,
    case when n.us - h.us <= {3 * DAY} then n.place else -1 end as next
from hand h join hand f on f.trade_key = h.began asof left join (
        select place, us, instrument, seller_id, unnest([size - 1, size, size + 1]) as size
        from hand) n
    on n.instrument = h.instrument and n.seller_id = h.buyer_id and n.size = h.size
        and n.place > h.place
order by h.place
"""

_RINGS = """
select r.ring, any_value(h.instrument) as instrument, min(p.us) as us,
    arg_max(h.quantity, h.place) as quantity, list_sort(flatten(list(p.trade_ids))) as trade_ids
from ring r join hand h using (place) join hand p on p.began = h.began and p.place <= h.place
group by r.ring order by r.ring
"""

_INSIDE = """
with spell as (
    select r.ring, h.instrument, min(p.us) as since, max(h.us) as until
    from ring r join hand h using (place) join hand p on p.began = h.began and p.place <= h.place
    group by all
), own as (
    select r.ring, unnest([h.seller_id, h.buyer_id]) as member, h.quantity,
        unnest([h.seller_owner_id, h.buyer_owner_id]) as owner_id
    from ring r join hand h using (place)
), inner_ as (
    select ring, member, sum(quantity) as quantity, list_sort(list(distinct owner_id)) as owners
    from own group by all
), whole as (
    select o.ring, o.member, sum(f.quantity) as quantity
    from (select distinct ring, member, owner_id from own) o join spell s using (ring)
        join fills f on f.owner_id = o.owner_id and f.instrument = s.instrument
        and epoch_us(f.ts) between s.since and s.until
    group by all
)
select i.ring, i.owners, least(1, i.quantity / w.quantity) as inside
from inner_ i join whole w using (ring, member) order by i.ring, i.member
"""

Whole: TypeAlias = NDArray[np.int64]
Counts: TypeAlias = Mapping[str, tuple[Whole, Whole]]
"""By kind, each market and value in one number, in order, and where in time each came: its place
among those times the number of hands, and the place of the hand, in order."""


@dataclass(frozen=True, slots=True)
class _Hands:
    """Columns of all hands in the order of time; ``next`` is the place where each went on."""

    us: Whole
    market: Whole
    seller: Whole
    buyer: Whole
    size: Whole
    began: Whole
    next: Whole


@dataclass(frozen=True, slots=True)
class _Ring:
    """Members and places of the hands that went round in the week before the end of an hour."""

    market: int
    members: tuple[int, ...]
    places: tuple[int, ...]
    until: int
    rarity: float


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Follow every hand round."""
    connection.execute(_HANDS)
    hands = _numbered(connection.sql(_NEXT).to_arrow_table())
    rings = [ring for ring in _rings(hands) if ring.rarity >= _RARE]
    rows = list(_rows(connection, rings)) if rings else []
    connection.execute("drop table hand")
    return typed(TABLE, rows)


def _numbered(rows: pa.Table) -> _Hands:
    """Return hands with numbers for instruments and members."""
    sides = [rows[name].combine_chunks() for name in ("seller_id", "buyer_id")]
    members = pa.concat_arrays(sides).dictionary_encode().indices.to_numpy().astype(np.int64)
    market = rows["instrument"].combine_chunks().dictionary_encode().indices
    names = ("us", "size", "began", "next")
    us, size, began, following = (rows[name].fill_null(-1).to_numpy() for name in names)
    seller, buyer = members[: len(us)], members[len(us) :]
    return _Hands(us, market.to_numpy().astype(np.int64), seller, buyer, size, began, following)


def _rings(hands: _Hands) -> Iterator[_Ring]:
    """Yield each hour in which members closed a circle, with all that went round in its week."""
    closed: dict[tuple[int, tuple[int, ...]], list[list[int]]] = defaultdict(list)
    for paths in _closed(hands):
        for path, members in zip(
            paths.tolist(), np.sort(hands.seller[paths]).tolist(), strict=True
        ):
            closed[int(hands.market[path[0]]), tuple(members)].append(path)
    counts = _counts(hands) if closed else {}
    for (market, members), laps in sorted(closed.items()):
        laps.sort(key=_last)
        ends = {int(hands.us[lap[-1]]) // HOUR: lap[-1] for lap in laps}
        for hour, end in ends.items():
            since = hands.us[end] - 7 * DAY
            recent = [lap for lap in laps if lap[-1] <= end and hands.us[lap[0]] >= since]
            places = {int(hands.began[place]): place for lap in recent for place in lap}
            inner = tuple(sorted(places.values()))
            rarity = _rarity(hands, counts, market, members, inner)
            yield _Ring(market, members, inner, (hour + 1) * HOUR + 2 * MOMENT, rarity)


def _last(path: Sequence[int]) -> int:
    return path[-1]


def _closed(hands: _Hands) -> Iterator[Whole]:
    """Yield paths, a row each, of every length that come back to their first seller in a week."""
    path = np.flatnonzero(hands.next >= 0)[:, None]
    while len(path) and path.shape[1] < LARGEST:
        last = hands.next[path[:, -1]]
        path = np.column_stack((path, last))[last >= 0]
        path = path[hands.us[path[:, -1]] - hands.us[path[:, 0]] <= 7 * DAY]
        met = hands.buyer[path[:, -1:]] == hands.seller[path]
        if path.shape[1] >= FEWEST:
            yield path[met[:, 0]]
        path = path[~met.any(axis=1)]


def _counts(hands: _Hands) -> Counts:
    """Return when hands came, by market and each of size, seller, buyer, and size sold."""
    values = {"market": hands.market * 0, "size": hands.size, "seller": hands.seller,
              "buyer": hands.buyer, "sold": hands.seller * _SIZES + hands.size}  # fmt: skip
    counts, every = {}, len(hands.us)
    for key, value in values.items():
        codes, place = np.unique(hands.market * _VALUES + value, return_inverse=True)
        counts[key] = codes, np.sort(place * every + np.arange(every))
    return counts


def _rarity(
    hands: _Hands, counts: Counts, market: int, members: Sequence[int], places: Sequence[int]
) -> float:
    """Return the power of ten by which strangers close no such circle in the week before."""
    until = int(hands.us[places[-1]])
    since, end = np.searchsorted(hands.us, (until - 7 * DAY, until + 1))

    def seen(key: str, values: Whole) -> Whole:
        codes, times = counts[key]
        code = market * _VALUES + values
        place = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
        first = place * len(hands.us)
        times_seen = np.searchsorted(times, first + end) - np.searchsorted(times, first + since)
        return np.where(codes[place] == code, times_seen, 0)

    inner = np.array(places)
    sizes, whole = hands.size[inner], int(seen("market", np.zeros(1, np.int64))[0])
    others = max(0, whole - len(places))
    near = sizes[:, None] + np.array([-1, 0, 1])
    alike = seen("size", near).sum(axis=1) - (abs(sizes[:, None] - sizes) <= 1).sum(axis=1)
    kept = []
    for same, sales in zip(
        alike.tolist(), seen("seller", hands.seller[inner]).tolist(), strict=True
    ):
        chance = (max(0, same) + 0.1) / (others + 0.5)
        kept.append(math.log10(min(1, sales * chance)))
    rounds, chosen = -(-len(places) // len(members)), len(members) - 1
    of = np.array(members)
    sold = int(seen("sold", of[:, None] * _SIZES + np.unique(near)).sum())
    part = int((seen("seller", of) + seen("buyer", of)).max())
    went = _tail(len(places) - chosen, max(sold, len(places)) - chosen, part / (2 * whole - part))
    return round(went - sum(sorted(kept)[rounds:]) - math.log10(whole), 6)


def _tail(times: int, tries: int, chance: float) -> float:
    """Return the power of ten by which so many of those tries are unlikely, after Chernoff."""
    if times <= tries * chance:
        return 0.0
    tail = times * math.log10(times / (tries * chance))
    missed = tries - times
    return tail + (missed * math.log10(missed / (tries * (1 - chance))) if missed else 0.0)


def _rows(
    connection: duckdb.DuckDBPyConnection, rings: Sequence[_Ring]
) -> Iterator[dict[str, object]]:
    """Yield a row a member of each ring."""
    pairs = [(number, place) for number, ring in enumerate(rings) for place in ring.places]
    columns = [pa.array(column, pa.int64()) for column in zip(*pairs, strict=True)]
    connection.register("ring", pa.Table.from_arrays(columns, ["ring", "place"]))
    whole = {number: rest for number, *rest in connection.execute(_RINGS).fetchall()}
    inside: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for number, owners, share in connection.execute(_INSIDE).fetchall():
        inside[number].extend((owner, share) for owner in owners)
    connection.unregister("ring")
    for number, ring in enumerate(rings):
        instrument, us, quantity, trade_ids = whole[number]
        names = [owner for owner, _ in inside[number]]
        settled = naive(ring.until)
        for owner, share in inside[number]:
            yield {
                "ts": naive(us),
                "settled_at": settled,
                "circle_id": f"{settled:%Y-%m-%dT%H} {instrument} {' '.join(names)}",
                "instrument": instrument,
                "owner_id": owner,
                "with_": ", ".join(name for name in names if name != owner),
                "members": len(ring.members),
                "hands": len(ring.places),
                "rounds": len(ring.places) / len(ring.members),
                "quantity": quantity,
                "rarity": ring.rarity,
                "inside": share,
                "trade_ids": trade_ids,
            }
