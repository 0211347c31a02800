"""Hours in which one hand held both best prices, and these were wide as the market seldom is.

What is usual is the middle of the hours of the day before, six at least, and what moving prices
explain is taken off: by so much as they moved more than usual. Beside it stands the hand's own
spread, for who quotes as ever while others have gone has widened nothing. Each minute is looked at
in its middle; quotes that have stood for over six hours are not known to be the best.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.prevailing import each_minute
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "wide_spreads",
    "One row an owner and hour in which its hand held both best prices, wide apart",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the hour", required=True),
        Column("settled_at", TIME, "Its end", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who quoted", required=True),
        Column("others", TEXT, "Other owners of its hand who did, joined by a space"),
        Column("spread", "DOUBLE", "Middle spread of the hour over the price", required=True),
        Column("wider", "DOUBLE", "It over the usual one, beyond what movement explains",
               required=True),
        Column("restless", "DOUBLE", "Variance of the price over the usual one, if it moved"),
        Column("at_best", "DOUBLE", "Part of the minutes in which both best prices were the hand's",
               required=True),
        Column("widened", "DOUBLE", "Spread of the hand over its usual one, if it quoted before"),
        Column("fills", WHOLE, "Trades that met it resting", required=True),
        Column("notional", MONEY, "Value of them, USD", required=True),
        Column("is_news", FLAG, "Something became public in the hour or the one before",
               required=True),
        Column("order_ids", "VARCHAR[]", "Orders that were the best", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades that met it resting", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("prevailing", "orders", "owners", "groups", "fills", "events", "instruments")
TAKES = {
    "prevailing": ("first", "stop", "bid", "ask", "mid", "is_quoted"),
    "groups": ("group_id",),
    "fills": ("trade_id", "notional", "is_taker", "is_block", "is_liquidation"),
}
REACH = timedelta(hours=32)
SETTLES = (HOUR, 0)

LEAST = 0.0003, 2, 0.5
"""Spread, times the usual, and part of the minutes, below which there is no row: for cost."""
_HOUR, _STOOD = HOUR // MINUTE, 6


def _quotes(what: str) -> str:
    """Return a query for orders of some instruments and hours with the minutes they stood for."""
    return f"""
    select hand, owner_id, instrument, side, price, order_id, since, until,
        unnest(range(since // {HOUR}, 1 + least(since // {HOUR} + {_STOOD},
            coalesce(until, {9 * 10**15}) // {HOUR}))) as block
    from (select coalesce(m.hand, w.owner_id, o.trader_id) as hand,
            coalesce(w.owner_id, o.trader_id) as owner_id, o.instrument, o.side, o.price,
            o.order_id, o.event, epoch_us(o.ts) as since, lead(epoch_us(o.ts)) over (
                partition by o.order_key order by o.ts, o.seq) as until
        from orders o left join owners w using (trader_id) left join member m using (trader_id)
        where (o.event <> 'fill' or o.remaining = 0) and o.trader_id is not null and {what}
    ) where event in ('new', 'replace') and price is not null"""


_STANDS = f"""q.since < m.minute * {MINUTE} + {MINUTE // 2}
        and q.since >= m.minute * {MINUTE} - {_STOOD * HOUR}
        and coalesce(q.until >= m.minute * {MINUTE} + {MINUTE // 2}, true)"""

SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), minute as (
    select instrument, second // 3600 as block, second // 60 as minute, bid, ask,
        mid::double as mid, if(is_quoted, (ask - bid)::double / mid::double, null) as spread,
        ln(mid::double / lag(mid::double) over (partition by instrument order by second)) as change
    from {each_minute(30)} where mid > 0
), hourly as (
    select instrument, block, median(spread) as spread, count(spread) as quoted,
        sum(cast(round(change * change * 1e18) as hugeint)) as variance from minute group by all
), usual as (
    select *, median(spread) over w as usual_spread, count(*) over w as blocks,
        sum(variance) over w::double / count(variance) over w as usual_variance
    from hourly window w as (partition by instrument order by block
        range between 24 preceding and 1 preceding)
), wide as (
    select *, case when variance > 0 then variance::double / nullif(usual_variance, 0)
            else 0 end as restless, spread / usual_spread / greatest(1, sqrt(restless)) as wider
    from usual where spread >= {LEAST[0]} and quoted >= 30 and blocks >= 6
        and wider >= {LEAST[1]}
), early as (
    select distinct instrument, unnest(range(block - {_STOOD}, block + 1)) as hour from wide
), quote as ({_quotes(f"(o.instrument, epoch_us(o.ts) // {HOUR}) in (from early)")}
), best as (
    select q.hand, q.owner_id, m.instrument, m.block, m.minute, q.side, q.order_id
    from wide b join minute m using (instrument, block) join quote q
        on q.instrument = m.instrument and q.block = m.block
        and q.price = if(q.side = 'buy', m.bid, m.ask) where {_STANDS}
), dominant as (
    select hand, instrument, block, count(*) / {_HOUR} as at_best,
        list_sort(list_distinct(flatten(list(ids)))) as order_ids,
        list_sort(list_distinct(flatten(list(quoting)))) as owners
    from (select hand, instrument, block, minute, list(order_id) as ids, list(owner_id) as quoting
        from best group by all having count(distinct side) = 2)
    group by all having count(*) >= {LEAST[2]} * {_HOUR}
), paid as (
    select d.hand, d.instrument, d.block, count(distinct f.trade_id) as fills,
        coalesce(sum(f.notional), 0) as notional,
        list(distinct f.trade_id order by f.trade_id) as trade_ids
    from dominant d join (
        select f.*, coalesce(m.hand, f.owner_id) as hand, epoch_us(f.ts) // {HOUR} as block
        from fills f left join member m using (trader_id)
        where not f.is_taker and not f.is_block and not f.is_liquidation
    ) f using (hand, instrument, block) group by all
), habit as ({
    _quotes('''coalesce(m.hand, w.owner_id, o.trader_id) in (select hand from paid)
            and o.instrument in (select instrument from paid)''')
}
), own as (
    select p.hand, p.instrument, p.block, m.block = p.block as is_now,
        (min(q.price) filter (q.side = 'sell') - max(q.price) filter (q.side = 'buy'))::double
            / max(m.mid) as spread
    from (select *, unnest(range(block - 24, block + 1)) as hour from paid) p
        join minute m on m.instrument = p.instrument and m.block = p.hour
        join habit q on q.hand = p.hand and q.instrument = p.instrument and q.block = p.hour
    where {_STANDS} group by p.hand, p.instrument, p.block, m.block, m.minute
), widened as (
    select hand, instrument, block, median(spread) filter (is_now)
        / nullif(median(spread) filter (not is_now), 0) as widened from own group by all
), terms as (
    select instrument, underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), news as (
    select distinct b.instrument, b.block from wide b left join terms t using (instrument)
        join events e on epoch_us(e.ts) // {HOUR} between b.block - 1 and b.block
        and e.kind in ('news', 'listing', 'delisting', 'margin_change', 'hack', 'maintenance')
        and coalesce(e.instrument, b.instrument) = b.instrument
        and coalesce(e.asset, t.underlying, '') = coalesce(t.underlying, '')
)
select make_timestamp(block * {HOUR}) as ts, make_timestamp((block + 1) * {HOUR}) as settled_at,
    instrument, owner_id, nullif(array_to_string(list_filter(d.owners, lambda x: x <> owner_id),
        ' '), '') as others, b.spread, b.wider, b.restless, d.at_best, w.widened, p.fills,
    cast(p.notional as decimal(18, 6)) as notional, n.block is not null as is_news, d.order_ids,
    p.trade_ids
from (select *, unnest(owners) as owner_id from dominant) d join wide b using (instrument, block)
    join paid p using (hand, instrument, block) join widened w using (hand, instrument, block)
    left join news n using (instrument, block)
"""
