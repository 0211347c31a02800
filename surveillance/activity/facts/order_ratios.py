"""How many orders one hand entered in a day for each that traded, beside what others did.

Days end at noon and at midnight, so that neither hides what is done around it. A hand is an owner,
or owners tied to one, so that orders shared out among accounts count together. What the venue ended
itself is not withdrawn.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "order_ratios",
    "One row a day, instrument and owner whose hand entered many orders",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "End of the day", required=True),
        Column("began_at", TIME, "The hand's first order of it", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who entered orders", required=True),
        Column("others", TEXT, "Other owners of its hand who did, joined by a space"),
        Column("entered", WHOLE, "Orders that the hand entered or amended", required=True),
        Column("fills", WHOLE, "Fills of its orders", required=True),
        Column("withdrawn", "DOUBLE", "Part of its orders that it withdrew or amended",
               required=True),
        Column("per_trade", "DOUBLE", "Orders for each fill, or for none", required=True),
        Column("peers", WHOLE, "Other hands with a score of orders there in the day",
               required=True),
        Column("usual", "DOUBLE", "Middle of what those entered for each fill"),
        Column("quoted", "DOUBLE", "Share of its minutes with orders, a dozen at least, that showed"
               " both sides", required=True),
        Column("order_ids", "VARCHAR[]", "Orders that the owner withdrew or amended",
               required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("orders", "groups", "shown_sides")
TAKES = {"groups": ("group_id",), "shown_sides": ("bid", "offered")}
REACH = timedelta(days=1)
SETTLES = (12 * HOUR, -1)

LEAST = 300
"""Orders of a day below which nobody is looked at: for cost, below any rule's line."""
_ACTIVE = 20
"""Orders of a day from which somebody is compared with; engineering default."""
_HALF = 12 * HOUR
_DROPPED = "event in ('replace', 'cancel') and coalesce(ended_by, 'trader') = 'trader'"

SQL = f"""
with member as (
    select trader_id, min(owner_id) as owner_id, min(group_id) as hand from groups group by all
), counted as (
    select trader_id, instrument, epoch_us(ts) // {_HALF} as half, min(ts) as ts,
        count(*) filter (event in ('new', 'replace')) as entered,
        count(*) filter ({_DROPPED}) as withdrawn, count(*) filter (event = 'fill') as fills
    from orders where trader_id is not null group by all
), owned as (
    select coalesce(m.hand, c.trader_id) as hand, coalesce(m.owner_id, c.trader_id) as owner_id, c.*
    from (select * replace (unnest([half, half + 1]) as half) from counted) c
        left join member m using (trader_id)
), day as (
    select hand, instrument, half, min(ts) as began_at, sum(entered)::bigint as entered,
        sum(withdrawn)::bigint as withdrawn, sum(fills)::bigint as fills,
        sum(entered) / greatest(sum(fills), 1) as per_trade,
        list(distinct owner_id order by owner_id) as owners
    from owned group by all having sum(entered) >= {_ACTIVE}
), large as (
    select *, unnest(owners) as owner_id from day where entered >= {LEAST}
), usual as (
    select l.hand, l.instrument, l.half, count(*) as peers, median(d.per_trade) as usual
    from (select distinct hand, instrument, half from large) l
        join day d on d.instrument = l.instrument and d.half = l.half and d.hand <> l.hand
    group by all
), showing as (
    select l.hand, l.instrument, l.half, s.ts, bool_or(s.bid > 0) as bids,
        bool_or(s.offered > 0) as offers
    from large l join shown_sides s on s.owner_id = l.owner_id and s.instrument = l.instrument
        and epoch_us(s.ts) // {_HALF} between l.half - 1 and l.half
    group by all
), quoting as (
    select hand, instrument, half,
        count(*) filter (bids and offers) / greatest(12, count(*)) as quoted
    from showing group by all
), dropped as (
    select o.owner_id, o.instrument, o.half, list(distinct n.order_id order by n.order_id) as ids
    from (select distinct owner_id, trader_id, instrument, half from owned
            semi join large using (owner_id, instrument, half)) o
        join orders n on n.trader_id = o.trader_id and n.instrument = o.instrument
            and epoch_us(n.ts) // {_HALF} between o.half - 1 and o.half
    where {_DROPPED} group by all
)
select make_timestamp((l.half + 1) * {_HALF} - 1) as ts, l.began_at, l.instrument, l.owner_id,
    nullif(array_to_string(list_filter(l.owners, lambda x: x <> l.owner_id), ' '), '') as others,
    l.entered, l.fills, l.withdrawn / l.entered as withdrawn, l.per_trade,
    coalesce(u.peers, 0) as peers, u.usual, coalesce(q.quoted, 0) as quoted,
    coalesce(d.ids, []) as order_ids
from large l left join usual u using (hand, instrument, half)
    left join quoting q using (hand, instrument, half)
    left join dropped d using (owner_id, instrument, half)
"""
