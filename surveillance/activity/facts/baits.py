"""Size shown on one side while a trade comes about on the other, and then taken away.

One row for each owner who took part in an occasion: some in one hand (an owner, or accounts tied
to one) traded on one side of a product while they showed more on the other, of it or of another
product of the same underlying, and took most of that away soon. What comes back at about the same
price within seconds was not taken away, so who re-quotes has no row. Whether an occasion is worth
anything is for rules to say; the bounds here only save work, and lie below any rule's line.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import (
    FLAG,
    PRICE,
    QUANTITY,
    TEXT,
    TIME,
    WHOLE,
    Column,
    Table,
)
from surveillance.activity.facts.displays import RESTS, changes
from surveillance.activity.facts.usual_sizes import stretches
from surveillance.times import HOUR, MINUTE, SECOND

TABLE = Table(
    "baits",
    "One row an occasion and owner who took part in it",
    ("owner_id", "instrument", "ts", "seq"),
    "ts",
    (
        Column("ts", TIME, "When the first of what was meant traded", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("settled_at", TIME, "When all of it is known", required=True),
        Column("shown_at", TIME, "When the first of what was shown entered", required=True),
        Column("pulled_at", TIME, "When the last of it was taken away", required=True),
        Column("owner_id", TEXT, "Owner who traded, or showed, or both", required=True),
        Column("others", TEXT, "Other owners of the same hand who took part"),
        Column("instrument", TEXT, "Instrument in which it traded", required=True),
        Column("shown_in", TEXT, "Instrument in which most was shown", required=True),
        Column("side", TEXT, "Side that was shown", required=True, allowed=("buy", "sell")),
        Column("is_taker", FLAG, "What was meant took liquidity", required=True),
        Column("shown", QUANTITY, "Contracts shown at most, in those of instrument", required=True),
        Column("opposed", QUANTITY, "Contracts the same hand showed, or took, on the other side",
               required=True),
        Column("filled", QUANTITY, "Contracts that traded there", required=True),
        Column("withdrawn", "DOUBLE", "Part of shown that went, and did not come back", required=True),
        Column("traded", "DOUBLE", "Part of shown that traded", required=True),
        Column("returned", "DOUBLE", "Part of shown that stood again within a minute", required=True),
        Column("delay", "DOUBLE", "Seconds from trade to withdrawal, on average", required=True),
        Column("gap", "DOUBLE", "Seconds between trade and withdrawal, at the least", required=True),
        Column("slip", "DOUBLE", "Part by which the trade was worse than the price shown"),
        Column("levels", WHOLE, "Prices at which it was shown", required=True),
        Column("orders", WHOLE, "Orders by which it was shown", required=True),
        Column("book_share", "DOUBLE", "Shown over the visible depth of its side, if known"),
        Column("usual_times", "DOUBLE", "Shown over the usual order of others, if known"),
        Column("is_news", FLAG, "Something became public in the minutes before", required=True),
        Column("occasion", WHOLE, "How many clear ones there were in 12 hours, this included",
               required=True),
        Column("turn", WHOLE, "How many of them took liquidity at once, this included",
               required=True),
        Column("order_ids", "VARCHAR[]", "Orders shown and meant", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of what was meant", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("contracts", "events", "fills", "orders", "owners")
REACH = timedelta(hours=25)

_STOOD = 15 * MINUTE
"""What entered or was replaced longer before the trade is no bait."""
_BEFORE = 5 * SECOND
"""How long before the trade some of it may have been taken away."""
_AFTER = MINUTE
"""How long after the trade the rest is."""
_BACK = 5 * SECOND
"""What is back within it was never away."""
_BUCKET = 2 * MINUTE
_LOOKBACK = 12 * HOUR
"""How far back occasions are counted, and an order that was meant may have entered."""
_NEWS = 5 * MINUTE
_ENOUGH = 5
"""Orders of others that say what is usual."""
_END = "timestamp '9999-12-31'"

_HANDS = """
create or replace temp table hand as
select trader_id, owner_id, owner_id as group_id from owners
"""

_TERMS = """
create or replace temp table term as
select instrument, since, until, underlying as family, form = 'inverse' as is_inverse,
    contract::double as contract
from contracts where kind in ('spot', 'perpetual', 'future') and underlying is not null
    and form is not null
"""
"""Products whose sizes can be compared, in coin; the size of every other is its own."""


def _size(quantity: str, price: str) -> str:
    return (
        f"case when t.family is null then {quantity} else cast({quantity}::double * t.contract "
        f"/ case when t.is_inverse then {price}::double else 1 end as decimal(38, 18)) end"
    )


def _with_terms(rows: str, time: str = "r.ts") -> str:
    return (
        f"{rows} r left join hand h using (trader_id) left join term t "
        f"on t.instrument = r.instrument and t.since <= {time} and t.until > {time}"
    )


_HAND = "coalesce(h.group_id, r.trader_id) as group_id, coalesce(h.owner_id, r.trader_id) as owner_id"
_FAMILY = "coalesce(t.family, r.instrument) as family"

_SHOWS = f"""
create or replace temp table display as
select r.trader_id, r.instrument, r.side, coalesce(h.group_id, r.trader_id) as group_id, {_FAMILY},
    epoch_us(r.ts) // {_BUCKET} as bucket,
    sum({_size("least(r.quantity, coalesce(r.displayed, r.quantity))", "r.price")})
        filter (r.event in ('new', 'replace')) as size,
    count(*) filter (r.event in ('cancel', 'replace', 'expire')) as removals
from {_with_terms("orders")}
where r.event in ('new', 'replace', 'cancel', 'expire') and {RESTS.replace("type", "r.type")}
    and r.ts >= make_timestamp({{start}} - {_STOOD + _BUCKET})
    and r.ts < make_timestamp({{end}} + {_AFTER + _BUCKET})
group by all
"""

_CANDIDATES = f"""
create or replace temp table candidate as
with fill as (
    select {_HAND}, r.instrument, {_FAMILY}, r.side, r.order_key, min(r.ts) as ts, min(r.seq) as seq,
        min(r.price) as low, max(r.price) as high, bool_or(coalesce(r.is_taker, false)) as is_taker,
        sum({_size("r.quantity", "r.price")}) as size, list(r.trade_id) as trade_ids,
        any_value(r.order_id) as order_id, sum(r.quantity) as quantity,
        epoch_us(r.ts) // {SECOND} as second
    from {_with_terms("fills")}
    where not r.is_block and not r.is_liquidation and r.ts >= make_timestamp({{start}})
        and r.ts < make_timestamp({{end}})
    group by all
), placed as (
    select row_number() over (order by ts, seq, group_id, side) as id, *,
        epoch_us(ts) // {_BUCKET} as bucket, (epoch_us(ts) - {_BEFORE}) // {_BUCKET} as early,
        (epoch_us(ts) + {_AFTER + _BACK}) // {_BUCKET} as late from fill
), bound as (
    select p.id from (select *, unnest(range(bucket - {_STOOD // _BUCKET}, late + 1)) as near from placed) p
        join display d on d.group_id = p.group_id and d.family = p.family and d.side <> p.side
            and d.bucket = p.near
    group by p.id, p.size, p.bucket, p.early
    having sum(d.size) filter (d.bucket <= p.bucket) >= 1.5 * p.size
        and coalesce(sum(d.removals) filter (d.bucket >= p.early), 0) > 0
)
select * from placed where id in (select id from bound)
"""

_TOLD = ", ".join(f"o.{name}" for name in (
    "ts", "seq", "order_id", "order_key", "instrument", "trader_id", "side", "event", "type",
    "price", "quantity", "displayed", "remaining", "ended_by", "depth"))  # fmt: skip

_CHANGES = f"""
create or replace temp table change as
with scope as (
    select distinct d.trader_id, d.instrument, d.bucket from display d join (
        select distinct group_id, family, unnest(range(bucket - {_STOOD // _BUCKET}, late + 1))
            as bucket         from candidate) c using (group_id, family, bucket)
), message as (
    select {_TOLD} from orders o join scope s on s.trader_id = o.trader_id
        and s.instrument = o.instrument and s.bucket = epoch_us(o.ts) // {_BUCKET}
    where o.ts >= make_timestamp({{start}} - {_STOOD + _BUCKET})
        and o.ts < make_timestamp({{end}} + {_AFTER + _BUCKET})
), known as (
    from message union all by name
    select f.ts, f.seq, f.order_id, f.order_key, f.instrument, f.trader_id, f.side, 'fill' as event,
        f.quantity
    from fills f semi join message m on m.order_key = f.order_key
        anti join (select order_key from message where event = 'fill') t
            on t.order_key = f.order_key
), change as ({changes("select * from known")})
select r.* exclude (until), coalesce(r.until, {_END}) as until, {_HAND}, {_FAMILY},
    {_size("r.shown", "r.price")} as size, {_size("r.before", "r.price")} as was,
    {_size("r.traded", "r.price")} as gone
from {_with_terms("change")}
"""

_MOMENTS = (_BEFORE, 2 * SECOND, SECOND, SECOND // 2, 1, 0)
"""When is looked at what is shown, before the trade: some may go just before it."""


def _probes(side: str, moments: tuple[int, ...]) -> str:
    return " union all ".join(
        f"select group_id, family, {side} as side, epoch_us(ts) - {moment} as mark, 0, id, "
        f"{moment} as before from candidate"
        for moment in moments
    )


_SHOWN = f"""
create or replace temp table held as
with state as (
    select group_id, family, side, epoch_us(ts) as start, size,
        least(epoch_us(until), epoch_us(since) + {_STOOD}) as stop
    from change where size > 0
), step as (
    select group_id, family, side, start as mark, size, null as id, null as before from state
    where stop > start
    union all select group_id, family, side, stop, -size, null, null from state where stop > start
    union all {_probes("case side when 'buy' then 'sell' else 'buy' end", _MOMENTS)}
    union all {_probes("side", (1, 0)).replace(" as before", " - 9 as before")}
), level as (
    select id, before, sum(size) over (partition by group_id, family, side order by mark) as level
    from step
), peak as (
    select id, max(level) filter (before >= 0) as shown, max(level) filter (before < 0) as own,
        arg_min(before, (-level, before)) filter (before >= 0) as before
    from level where id is not null group by id
)
select p.id, p.shown, greatest(p.own, case when c.is_taker or p.own = 0 then c.size else 0 end)
    as opposed, c.ts - to_microseconds(p.before) as moment
from peak p join candidate c using (id) where p.shown >= 1.5 * greatest(p.own, c.size)
"""

_SPREAD = f"""
create or replace temp table spread as
with scope as (
    select distinct c.group_id, c.family, unnest([c.bucket, c.bucket + 1]) as bucket
    from held join candidate c using (id)
), spread as (
    select *, unnest(range(epoch_us(ts) // {_BUCKET}, 1 + (least(epoch_us(until),
        epoch_us(since) + {_STOOD}) + {_AFTER + _BEFORE}) // {_BUCKET})) as bucket
    from change semi join (select distinct group_id, family from scope) s using (group_id, family)
)
select * from spread semi join scope using (group_id, family, bucket)
"""

_OUTCOMES = f"""
create or replace temp table fresh as
with held_by as (
    select c.*, h.shown, h.opposed, h.moment from held h join candidate c using (id)
), bait as (
    select distinct c.id, c.ts as fill_ts, c.side as fill_side, c.low, c.high, c.shown as peak,
        c.moment, x.order_key, x.order_id, x.owner_id as shower, x.instrument as shown_in,
        x.price, x.size, x.shown, x.since, x.depth, abs(x.price / c.low - 1)::double as off
    from held_by c join spread x on x.group_id = c.group_id and x.family = c.family
        and x.bucket = c.bucket and x.side <> c.side
    where x.ts <= c.moment and x.until > c.moment and x.size > 0
        and x.since >= c.ts - to_microseconds({_STOOD})
), band as (
    select id, 2 * max(off) + 0.001 as reach from bait group by id
), near as (
    select distinct c.id, c.ts as fill_ts, c.moment, x.order_key, x.ts, x.seq, x.until, x.size, x.was,
        x.gone, x.event, x.by_trader,
        coalesce(abs(x.price / c.low - 1)::double <= b.reach, true) as is_near
    from held_by c join band b using (id) join spread x on x.group_id = c.group_id
        and x.family = c.family and x.side <> c.side and x.bucket in (c.bucket, c.bucket + 1)
    where x.ts <= c.ts + to_microseconds({_AFTER + _BACK}) and x.until > c.moment
        and x.since >= c.ts - to_microseconds({_STOOD})
), pull as (
    select n.id, sum(taken) as taken, min(n.ts) as first_pull, max(n.ts) as last_pull,
        sum(taken::double * greatest(0, epoch_us(n.ts) - epoch_us(n.fill_ts))
            order by n.ts, n.seq, n.order_key) as weighed,
        min(abs(epoch_us(n.ts) - epoch_us(n.fill_ts))) as gap
    from (select *, case when event = 'replace' and not is_near then was
            else greatest(0, was - size) end as taken from near) n
        semi join bait b on b.id = n.id and b.order_key = n.order_key
    where n.by_trader and n.event in ('cancel', 'replace', 'expire') and n.taken > 0
        and n.ts > n.moment and n.ts <= n.fill_ts + to_microseconds({_AFTER})
    group by n.id
), step as (
    select id, any_value(fill_ts) as fill_ts, mark, sum(size) as size from (
        select id, fill_ts, greatest(epoch_us(ts), epoch_us(moment)) as mark, size from near
        where is_near and size > 0
        union all select id, fill_ts, epoch_us(until), -size from near
        where is_near and size > 0 and until < {_END}
    ) group by id, mark
), level as (
    select id, epoch_us(fill_ts) as fill_at, mark,
        sum(size) over (partition by id order by mark) as level from step
), lasting as (
    select *, max(level) over (partition by id order by mark
        range between current row and {_BACK} following) as lasting from level
    where mark <= fill_at + {_AFTER + _BACK}
), lowest as (
    select id, min(lasting) as low, arg_min(mark, (lasting, mark)) as low_at from lasting
    where mark <= fill_at + {_AFTER} group by id
), back as (
    select id, max(level) as level from level join lowest using (id)
    where mark > low_at + {_BACK} and mark <= fill_at + {_AFTER} group by id
), met as (
    select id, sum(gone) as traded from (
        select b.id, b.order_key, max(n.gone) as gone from bait b join near n using (id, order_key)
        group by all) group by id
), summed as (
    select id, list(distinct order_id) as bait_ids, list(distinct shower) as showers,
        count(distinct price) as levels, count(*) as orders, min(since) as shown_at, max(price) as top,
        min(price) as bottom
    from bait group by id
), main as (
    select id, shown_in, sum(shown) as shown_there, max(depth) as depth
    from bait group by id, shown_in
    qualify row_number() over (partition by id order by sum(size) desc, shown_in) = 1
)
select c.*, s.* exclude (id), v.* exclude (id), p.* exclude (id), least(1, greatest(0,
        (c.shown - l.low - m.traded)::double / c.shown::double)) as withdrawn,
    m.traded::double / c.shown::double as traded,
    coalesce(k.level, 0)::double / c.shown::double as returned
from held_by c join summed s using (id) join main v using (id) join pull p using (id)
    join lowest l using (id) join met m using (id) left join back k using (id)
where l.low <= 0.5 * c.shown
"""

_MEANT = f"""
create or replace temp table occasion as
with meant as (
    select o.group_id, o.family, o.side, o.order_key, o.ts,
        arg_max(least(n.quantity, coalesce(n.displayed, n.quantity)), (n.ts, n.seq)) as entered
    from outcome o join orders n on n.order_key = o.order_key
    where n.event in ('new', 'replace') and n.ts <= o.ts
        and n.ts >= o.ts - to_microseconds({_LOOKBACK})
    group by all
), known as (
    select o.*, greatest(o.opposed, cast(m.entered * (o.size / o.quantity) as decimal(38, 18)))
        as against
    from outcome o left join meant m using (group_id, family, side, order_key, ts)
    where o.is_taker or m.entered is not null
)
select group_id, family, side, min(ts) as ts, min(seq) as seq, max(ts) as last_ts,
    sum(size) as filled, max(shown) as shown, max(against) as opposed,
    bool_and(is_taker) as is_taker, min(size / quantity) as unit, min(shown_at) as shown_at,
    min(first_pull) as first_pull, last_pull, min(gap) as gap, max(levels) as levels,
    max(orders) as orders,
    arg_max({{'owner_id': owner_id, 'instrument': instrument, 'shown_in': shown_in,
        'shown_there': shown_there, 'depth': depth, 'withdrawn': withdrawn, 'traded': traded,
        'returned': returned, 'delay': weighed / taken::double / {SECOND}, 'top': top,
        'bottom': bottom, 'low': low, 'high': high}}, (shown, -epoch_us(ts), -seq)) as best,
    list_distinct(flatten(list(showers || [owner_id]))) as owners,
    list_distinct(flatten(list(bait_ids || [order_id]))) as order_ids,
    list_distinct(flatten(list(trade_ids))) as trade_ids
from known group by group_id, family, side, last_pull
"""


def _sums(by: str, entered: str) -> str:
    """Return a query for the count and the summed logarithms of orders before each point."""
    sums = ", ".join(
        f"coalesce(sum({each}) over {span}, 0) as {span}_{each}"
        for span in ("h", "d") for each in ("orders", "logs")
    )
    return f"""
    select {by}, minute, {sums} from (
        select {by}, minute, sum(orders) as orders, sum(logs) as logs from (
            select {by}, minute, count(*) as orders, sum(size) as logs from {entered} group by all
            union all select {by}, minute, 0, 0 from point) group by all)
    window h as (partition by {by} order by minute range between 60 preceding and 1 preceding),
        d as (partition by {by} order by minute range between {_LOOKBACK // MINUTE} preceding
            and 1 preceding)"""


_USUAL = f"""
create or replace temp table usual as
with point as (
    select distinct group_id, best.shown_in as instrument, epoch_us(ts) // {MINUTE} as minute
    from occasion
), entered as (
    select r.trader_id, r.instrument, epoch_us(r.ts) // {MINUTE} as minute,
        cast(round(ln(r.quantity::double) * 1000000) as bigint) as size
    from orders r semi join point p on p.instrument = r.instrument
    where r.event = 'new' and r.quantity > 0
), mine as (
    select coalesce(h.group_id, e.trader_id) as group_id, e.* from entered e
        left join hand h using (trader_id)
    where coalesce(h.group_id, e.trader_id) in (select group_id from point)
), market as ({_sums("instrument", "entered")}
), own as ({_sums("group_id, instrument", "mine")}
), others as (
    select p.*, m.h_orders - w.h_orders as h_orders, m.h_logs - w.h_logs as h_logs,
        m.d_orders - w.d_orders as d_orders, m.d_logs - w.d_logs as d_logs
    from point p join market m using (instrument, minute)
        join own w using (group_id, instrument, minute)
)
select group_id, instrument, minute,
    exp(case when h_orders >= {_ENOUGH} then h_logs / h_orders
        when d_orders >= {_ENOUGH} then d_logs / d_orders end / 1000000) as usual
from others
"""


def _contracts(size: str) -> str:
    return f"case when unit = 1 then {size} else cast(round({size}::double / unit, 9) as decimal(38, 18)) end"


_ROWS = f"""
with public as (
    select e.ts, e.instrument, e.asset from events e
    where e.kind in ('listing', 'delisting', 'margin_change', 'hack', 'maintenance', 'news')
), owned as (
    select o.* exclude (owners, best), unnest(o.best), u.usual, unnest(o.owners) as owner,
        list_sort(o.owners) as hand,
        exists (select 1 from public e where e.ts <= o.last_pull
            and e.ts >= o.first_pull - to_microseconds({_NEWS})
            and coalesce(e.instrument = o.best.instrument, e.asset = o.family, true)) as is_news
    from occasion o left join usual u on u.group_id = o.group_id
        and u.instrument = o.best.shown_in and u.minute = epoch_us(o.ts) // {MINUTE}
), judged as (
    select *, shown >= 4 * opposed and shown >= 1.6 * filled and withdrawn >= 0.7 and traded <= 0.1
            as is_clear,
        is_taker and gap <= {SECOND} and withdrawn >= 0.7 and traded <= 0.1 as is_turn
    from owned
), counted as (
    select *, count(*) filter (is_clear) over w as occasion, count(*) filter (is_turn) over w as turn
    from judged
    window w as (partition by owner, family order by epoch_us(ts)
        range between {_LOOKBACK} preceding and current row)
)
select ts, seq, last_ts + to_microseconds({_AFTER + _BACK}) as settled_at, shown_at,
    last_pull as pulled_at, owner as owner_id,
    nullif(array_to_string(list_filter(hand, lambda x: x <> owner), ', '), '') as others, instrument,
    shown_in, case side when 'buy' then 'sell' else 'buy' end as side, is_taker,
    {_contracts("shown")} as shown, {_contracts("opposed")} as opposed,
    {_contracts("filled")} as filled, withdrawn, traded, returned,
    delay, gap / {SECOND} as gap,
    case when side = 'buy' then low / bottom - 1 else 1 - high / top end as slip, levels, orders,
    shown_there::double / nullif(depth, 0)::double as book_share,
    shown_there::double / usual as usual_times, is_news, occasion, turn,
    list_sort(order_ids) as order_ids, list_sort(trade_ids) as trade_ids
from counted
"""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Find the occasions of each stretch of time, and yield one query for all of them."""
    for sql in (_HANDS, _TERMS):
        connection.execute(sql)
    for start, end in stretches(connection, "true"):
        for sql in (_SHOWS, _CANDIDATES, _CHANGES, _SHOWN, _SPREAD, _OUTCOMES):
            connection.execute(sql.format(start=start, end=end))
        connection.execute("create temp table if not exists outcome as from fresh limit 0")
        connection.execute("insert into outcome from fresh")
    if connection.execute("select 1 from duckdb_tables() where table_name = 'outcome'").fetchall():
        for sql in (_MEANT, _USUAL):
            connection.execute(sql)
        yield _ROWS
