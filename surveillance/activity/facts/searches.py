"""Tiny orders that feel for what is hidden, and the large one that follows where they met it.

An order is tiny beside what others usually enter, and lives a second at most. One account of a hand
may feel and another take; each owner that did either has a row. Two minutes of pings count, a
large order within half a minute, and what it takes within five seconds.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import MINUTE, SECOND

TABLE = Table(
    "searches",
    "One row an owner of a hand that pinged and then took, and such a large order",
    ("instrument", "owner_id", "side", "ts", "large_id"),
    "ts",
    (
        Column("ts", TIME, "When the large order came", required=True),
        Column("settled_at", TIME, "When what it took is known", required=True),
        Column("began_at", TIME, "First of the pings", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who pinged or took", required=True),
        Column("others", TEXT, "Other owners of the hand who did, joined by a space"),
        Column("side", TEXT, "Which way", required=True, allowed=("buy", "sell")),
        Column("large_id", TEXT, "The large order"),
        Column("tiny", "DOUBLE", "Average ping over the usual order of others", required=True),
        Column("pings", WHOLE, "Pings in two minutes", required=True),
        Column("met", "DOUBLE", "Part of them that traded", required=True),
        Column("jump", "DOUBLE", "Large order over the largest ping", required=True),
        Column("hidden", "DOUBLE", "Part of what it took that was not shown whole", required=True),
        Column("notional", MONEY, "Value it took"),
        Column("order_ids", "VARCHAR[]", "The pings and the large order", required=True),
        Column("trade_ids", "VARCHAR[]", "What the large order traded", required=True),
    ),
    fact=True,
)
READS = ("fills", "groups", "order_life", "trades")
TAKES = {
    "fills": ("trade_id", "trade_key", "order_key", "quantity", "notional", "is_taker"),
    "groups": ("group_id",),
}
REACH = timedelta(hours=12)

TINY, PINGS, JUMP = 0.15, 6, 12
"""Times the usual order, number and times the largest: bounds for cost, below any rule's line."""
_SPAN = 2 * MINUTE
_SOON = 30 * SECOND
_TAKEN = 5 * SECOND

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), ping as (
    select coalesce(m.hand, l.owner_id) as hand, l.owner_id, l.instrument, l.side, l.order_id,
        l.ts, epoch_us(l.ts) as us, l.price, l.quantity,
        (l.quantity::double / l.usual::double)::decimal(18, 9) as tiny,
        if(l.first_fill_at <= l.ended_at, 1, 0) as hit
    from order_life l left join member m using (owner_id)
    where l.owner_id is not null and l.type is distinct from 'market'
        and l.quantity <= {TINY} * l.usual and l.ended_at <= l.ts + interval 1 second
), counted as (
    select *, count(*) over w as pings, sum(hit) over w as hits, max(quantity) over w as largest,
        sum(tiny) over w::double / count(*) over w as average,
        min(price) over w as low, max(price) over w as high
    from ping window w as (partition by hand, instrument, side order by us
        range between {_SPAN} preceding and current row)
), felt as (
    select * from counted where hit = 1 and pings >= {PINGS} and high > low
), entered as (
    select coalesce(m.hand, l.owner_id) as hand, l.*
    from order_life l left join member m using (owner_id)
    where coalesce(m.hand, l.owner_id) in (select hand from felt)
), large as (
    select f.hand, f.instrument, f.side, l.owner_id, l.order_id, l.order_key, l.ts,
        epoch_us(l.ts) as us, max(f.pings) as pings, min(f.hits / f.pings) as met,
        max(f.us) as pinged, min(l.quantity::double / f.largest::double) as jump,
        max(f.average) as tiny
    from (select *, unnest([us // {_SOON}, us // {_SOON} + 1]) as slot from felt) f
        join entered l on l.hand = f.hand and l.instrument = f.instrument and l.side = f.side
            and epoch_us(l.ts) // {_SOON} = f.slot
    where l.ts >= f.ts and l.ts <= f.ts + interval 30 second and l.quantity >= {JUMP} * f.largest
    group by all
), taken as (
    select l.order_key, coalesce(sum(t.quantity) filter (m.displayed < m.quantity), 0)::double
            / sum(t.quantity)::double as hidden, sum(t.notional) as notional,
        list(distinct t.trade_id order by t.trade_id) as trade_ids
    from large l join fills t on t.order_key = l.order_key and t.is_taker
            and epoch_us(t.ts) <= l.us + {_TAKEN}
        join trades r on r.trade_key = t.trade_key
        left join order_life m on m.ts >= r.ts - interval 12 hour and m.order_key
            = if(r.taker_side = 'buy', r.sell_order_key, r.buy_order_key)
    group by all
), named as (
    select l.order_key, min(p.ts) as began_at, list(distinct p.order_id) as ids,
        list(distinct p.owner_id) as owners
    from large l join ping p on p.hand = l.hand and p.instrument = l.instrument
        and p.side = l.side and p.us between l.pinged - {_SPAN} and l.pinged
    group by all
), whole as (
    select l.*, n.began_at, list_sort(list_distinct(n.owners || [l.owner_id])) as owners,
        t.hidden, t.notional, t.trade_ids,
        list_sort(list_distinct(n.ids || [l.order_id])) as order_ids
    from large l join taken t using (order_key) join named n using (order_key)
)
select ts, make_timestamp(us + {_TAKEN} + 1) as settled_at, began_at, instrument,
    hand_of as owner_id,
    nullif(array_to_string(list_filter(owners, lambda x: x <> hand_of), ' '), '') as others,
    side, order_id as large_id, tiny, pings, met, jump, hidden,
    notional::decimal(18, 6) as notional, order_ids, trade_ids
from (select *, unnest(owners) as hand_of from whole)
"""
