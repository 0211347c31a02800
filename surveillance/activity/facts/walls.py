"""Large orders on one side of the book that go again within a quarter of an hour, nearly unfilled.

Large is what is a good part of the visible depth or, where that is not known, some times the usual
order of others. Who shows as much on the other side about then has no row, and what the trader did
not take away itself, such as by self-trade prevention, is none. Replaced by next to nothing, or far
away, is taken away too; what stands again at about its price within seconds was not.
"""

from surveillance.activity.catalogue import FLAG, KEY, QUANTITY, TEXT, TIME, Column, Table
from surveillance.times import MINUTE, SECOND

TABLE = Table(
    "walls",
    "One row a large order on one side that was taken away, or let expire",
    ("order_key", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it entered", required=True),
        Column("settled_at", TIME, "End of the minute in which it was gone for good",
               required=True),
        Column("ended_at", TIME, "When it went", required=True),
        Column("order_id", TEXT, "Order identification", required=True),
        Column("order_key", KEY, "The order", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Whose order it was", required=True),
        Column("hand", TEXT, "Its owner, or the core of its group", required=True),
        Column("side", TEXT, "Side", required=True, allowed=("buy", "sell")),
        Column("quantity", QUANTITY, "Contracts at entry", required=True),
        Column("book_share", "DOUBLE", "Over the visible depth of its side, if known"),
        Column("usual_times", "DOUBLE", "Over the average order of others in the hour before"),
        Column("one_sided", "DOUBLE", "Net over gross shown in the minute of its entry and before",
               required=True),
        Column("traded", "DOUBLE", "Part of it that traded", required=True),
        Column("is_own", FLAG, "The same hand traded on the other side meanwhile", required=True),
        Column("is_back", FLAG, "Its owner entered as much anew within seconds", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("order_life", "orders", "shown_sides", "fills", "groups")
TAKES = {
    "order_life": (
        "order_key", "order_id", "side", "type", "price", "quantity", "displayed", "filled",
        "ended_at", "end_reason", "replaces", "depth", "usual",
    ),
    "shown_sides": ("bid", "offered"),
    "fills": ("order_key", "side", "quantity", "is_block"),
    "groups": ("group_id",),
}  # fmt: skip
VERSION = 2

LEAST = 0.15, 4, 0.5
"""Share of the depth, times the usual order where that is not known, and net over gross shown,
below which there is no row: for cost, below any rule's line."""
MOST = 0.1
"""Part of it that may trade."""
_STOOD = 15 * MINUTE
LITTLE, FAR = 0.2, 0.02
"""Part of it to which it is replaced, or part of its price by which it is moved, to be gone."""
BACK = 10 * SECOND
_NEAR = 0.01
"""Part of its price within which it is back."""

SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), large as (
    select l.*, coalesce(m.hand, l.owner_id) as hand,
        if(l.side = 'buy', 1, -1) * (s.bid - s.offered)::double
            / nullif(s.bid + s.offered, 0)::double as one_sided
    from order_life l join shown_sides s on s.owner_id = l.owner_id
        and s.instrument = l.instrument
        and s.ts = make_timestamp(epoch_us(l.ts) // {MINUTE} * {MINUTE})
        left join member m using (trader_id)
    where l.type is distinct from 'market' and l.displayed = l.quantity
        and (l.replaces > 0 or l.end_reason in ('cancel', 'expire')
            and l.ended_at <= l.ts + to_microseconds({_STOOD}))
        and l.filled <= {MOST} * l.quantity and coalesce(
            l.quantity >= {LEAST[0]} * nullif(l.depth, 0), l.quantity >= {LEAST[1]} * l.usual)
), replaced as (
    select l.order_key, l.ts as entered, min(o.ts) as gone_at
    from (select * from large where replaces > 0) l join orders o using (order_key)
    where o.event = 'replace' and o.ts >= l.ts
        and (coalesce(o.remaining, o.quantity) <= {LITTLE} * l.quantity
            or abs(o.price - l.price) >= {FAR} * abs(l.price))
    group by all
), gone as (
    select l.* replace (least(r.gone_at, case when l.end_reason in ('cancel', 'expire')
        then l.ended_at end) as ended_at)
    from large l left join replaced r on r.order_key = l.order_key and r.entered = l.ts
    where l.one_sided >= {LEAST[2]}
), sold as (
    select order_key, sum(quantity) as quantity from fills
    where order_key in (select order_key from gone) group by all
), wall as (
    select g.* replace (greatest(g.filled, coalesce(s.quantity, 0)) as filled)
    from gone g left join sold s using (order_key)
    where g.ended_at <= g.ts + to_microseconds({_STOOD})
        and coalesce(s.quantity, 0) <= {MOST} * g.quantity
), own as (
    select distinct b.order_key from wall b
        join (select f.*, coalesce(m.hand, f.owner_id) as hand from fills f
            left join member m using (trader_id) where not f.is_block) f
        on f.hand = b.hand and f.instrument = b.instrument and f.side <> b.side
        and f.ts >= b.ts and f.ts < b.ended_at
), back as (
    select distinct w.order_key
    from (select *, epoch_us(ended_at) // {BACK} + unnest([0, 1]) as part from wall) w
        join order_life n on n.owner_id = w.owner_id and n.instrument = w.instrument
        and n.side = w.side and epoch_us(n.ts) // {BACK} = w.part
    where n.ts >= w.ended_at and n.ts < w.ended_at + to_microseconds({BACK})
        and 2 * n.quantity >= w.quantity and abs(n.price - w.price) <= {_NEAR} * abs(w.price)
)
select ts, make_timestamp(((epoch_us(ended_at) + {BACK}) // {MINUTE} + 1) * {MINUTE})
        as settled_at,
    ended_at, order_id, order_key, instrument, owner_id, hand, side, quantity,
    quantity::double / nullif(depth, 0)::double as book_share,
    quantity::double / nullif(usual, 0)::double as usual_times, one_sided,
    filled::double / quantity::double as traded,
    order_key in (select order_key from own) as is_own,
    order_key in (select order_key from back) as is_back
from wall
"""
