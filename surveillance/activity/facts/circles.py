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

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import typed
from surveillance.activity.facts.handovers import MOMENT
from surveillance.activity.rings import Ring, numbered, rings
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


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Follow every hand round."""
    connection.execute(_HANDS)
    hands = numbered(connection.sql(_NEXT).to_arrow_table())
    rare = [ring for ring in rings(hands, 2 * MOMENT) if ring.rarity >= _RARE]
    rows = list(_rows(connection, rare)) if rare else []
    connection.execute("drop table hand")
    return typed(TABLE, rows)


def _rows(
    connection: duckdb.DuckDBPyConnection, rings: Sequence[Ring]
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
