"""The life of each order: one row from its entry to its end, made of its messages.

Only orders entered within the view have a row, so that a row never depends on where the view
begins. An order still open at the end of the view has no ``ended_at``; a rule that asks for an end
at or before its own ``at`` therefore sees the same however runs are cut.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, PRICE, QUANTITY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "order_life",
    "One row an order: entry, size, fills and end",
    ("order_id",),
    "ts",
    (
        Column("ts", TIME, "When it entered", required=True),
        Column("seq", WHOLE, "Sequence number of its entry", required=True),
        Column("order_id", TEXT, "Order identification", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("trader_id", TEXT, "Who entered it"),
        Column("owner_id", TEXT, "Owner behind the trader"),
        Column("parent_id", TEXT, "Parent order"),
        Column("side", TEXT, "Side", required=True, allowed=("buy", "sell")),
        Column("type", TEXT, "Order type"),
        Column("price", PRICE, "Price at entry"),
        Column("quantity", QUANTITY, "Contracts at entry"),
        Column("displayed", QUANTITY, "Contracts shown at entry; all of them unless said"),
        Column("notional", MONEY, "Value at entry"),
        Column("filled", QUANTITY, "Contracts filled", required=True),
        Column("first_fill_at", TIME, "When it first traded"),
        Column("last_fill_at", TIME, "When it last traded"),
        Column("ended_at", TIME, "When it left the book, if it has"),
        Column("end_reason", TEXT, "cancel, expire, reject or fill"),
        Column("reason", TEXT, "Why it was taken away, as the venue says"),
        Column("replaces", WHOLE, "How often it was replaced", required=True),
        Column("level", WHOLE, "Price levels from the best at entry"),
        Column("depth", QUANTITY, "Visible depth of its side at entry"),
        Column(
            "usual",
            "DOUBLE",
            "Average quantity of others' orders in the 60 minutes before",
        ),
    ),
    fact=True,
)
READS = ("orders", "instruments", "owners")
REACH = timedelta(minutes=61)

SQL = """
with life as (
    select order_id,
        max(ts) filter (event = 'new') as ts, max(seq) filter (event = 'new') as seq,
        max(instrument) as instrument, max(trader_id) as trader_id, max(parent_id) as parent_id,
        max(side) filter (event = 'new') as side, max(type) filter (event = 'new') as type,
        max(price) filter (event = 'new') as price,
        max(quantity) filter (event = 'new') as quantity,
        max(coalesce(displayed, quantity)) filter (event = 'new') as displayed,
        max(level) filter (event = 'new') as level, max(depth) filter (event = 'new') as depth,
        coalesce(sum(quantity) filter (event = 'fill'), 0) as filled,
        min(ts) filter (event = 'fill') as first_fill_at,
        max(ts) filter (event = 'fill') as last_fill_at,
        bool_or(event = 'fill' and remaining = 0) as complete,
        max(ts) filter (event in ('cancel', 'expire', 'reject')) as removed_at,
        max(event) filter (event in ('cancel', 'expire', 'reject')) as removal,
        max(reason) filter (event in ('cancel', 'expire', 'reject')) as reason,
        count(*) filter (event = 'replace') as replaces
    from orders group by order_id having count(*) filter (event = 'new') > 0
), owned as (
    select l.*, coalesce(o.owner_id, l.trader_id) as owner_id,
        epoch_us(l.ts) // 60000000 as minute
    from life l left join owners o using (trader_id)
), entered as (
    select instrument, owner_id, minute, sum(quantity) as quantity, count(quantity) as orders
    from owned group by all
), own as (
    select instrument, owner_id, minute, sum(quantity) over w as quantity,
        sum(orders) over w as orders
    from entered window w as (partition by instrument, owner_id order by minute
        range between 60 preceding and 1 preceding)
), market as (
    select instrument, minute, sum(quantity) over w as quantity, sum(orders) over w as orders
    from (select instrument, minute, sum(quantity) as quantity, sum(orders) as orders
        from entered group by all)
    window w as (partition by instrument order by minute range between 60 preceding and 1 preceding)
), terms as (
    select instrument, coalesce(multiplier, 1) as multiplier from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
)
select l.* exclude (complete, removed_at, removal, minute),
    try_cast((l.price * l.quantity::decimal(20, 8))::decimal(28, 6)
        * coalesce(t.multiplier, 1)::decimal(10, 4) as decimal(18, 6)) as notional,
    (m.quantity - coalesce(w.quantity, 0)) / nullif(m.orders - coalesce(w.orders, 0), 0) as usual,
    case when l.removed_at is not null then l.removed_at
        when l.complete or l.filled >= l.quantity then l.last_fill_at end as ended_at,
    case when l.removed_at is not null then l.removal
        when l.complete or l.filled >= l.quantity then 'fill' end as end_reason
from owned l left join terms t using (instrument)
    left join market m on m.instrument = l.instrument and m.minute = l.minute
    left join own w on w.instrument = l.instrument and w.owner_id = l.owner_id
        and w.minute = l.minute
"""
