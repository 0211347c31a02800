"""Orders at the touch that changed while somebody who had seen them was on the way to meet them.

A taker's own time says when it sent; what it met instead, of the same owner, says what the change
cost or spared it. Beside each such order stands the day up to then, so that renewals of an honest
maker, that are for the better as often as for the worse, can be told from lures.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY, SECOND

TABLE = Table(
    "lures",
    "One row an order of a taker on whose way a maker changed an order, and owner of the maker",
    ("owner_id", "instrument", "taker_order", "ts"),
    "ts",
    (
        Column("ts", TIME, "When the taker's order arrived", required=True),
        Column("settled_at", TIME, "A second later, when it is known", required=True),
        Column("began_at", TIME, "When the first of a day arrived", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Owner who changed an order, and met the taker", required=True),
        Column("taker_order", TEXT, "The taker's order", required=True),
        Column("loss", "DOUBLE", "What it cost the taker, a part of the price", required=True),
        Column("is_worse", FLAG, "It cost something", required=True),
        Column("caught", WHOLE, "Takers of a day whom it cost something, this included",
               required=True),
        Column("spared", WHOLE, "Takers of a day whom it spared something", required=True),
        Column("losses", "DOUBLE", "What it cost those of the day on average, parts of the price"),
        Column("shown", WHOLE, "Orders it entered or amended at the touch in the day",
               required=True),
        Column("order_ids", "VARCHAR[]", "Takers' orders, those changed and those met, of this and"
               " nine alike before it in the day", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of those takers with it", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("orders", "trades", "owners")
REACH = timedelta(hours=26)
"""What was shown may have stood for an hour, and the client sent a second before."""
NARROWED = ("settled_at",)

_WAY = SECOND
"""How long before its arrival a taker may have sent."""
_BILLION = 10**9

SQL = f"""
with flight as (
    select t.instrument, t.trade_id, t.price, n.order_id as taker_order, n.client_ts,
        n.ts as arrived, t.taker_side,
        if(t.taker_side = 'buy', t.sell_order_id, t.buy_order_id) as maker_order,
        coalesce(w.owner_id, if(t.taker_side = 'buy', t.seller_id, t.buyer_id)) as owner_id
    from trades t join orders n on n.event = 'new'
            and n.order_key = if(t.taker_side = 'buy', t.buy_order_key, t.sell_order_key)
        left join owners w
            on w.trader_id = if(t.taker_side = 'buy', t.seller_id, t.buyer_id)
    where n.client_ts < n.ts and n.client_ts >= n.ts - to_microseconds({_WAY})
        and t.ts < n.ts + to_microseconds({_WAY}) and not coalesce(t.is_block, false)
        and not coalesce(t.is_liquidation, false)
), near as (
    select distinct owner_id, instrument
    from (select *, arrived + to_microseconds({_WAY}) as settled_at from flight) where $settled
), change as (
    select coalesce(w.owner_id, o.trader_id) as owner_id, o.instrument, o.side, o.order_id,
        o.order_key, o.ts, o.seq, epoch_us(o.ts) // {SECOND} as second
    from orders o left join owners w using (trader_id)
    where o.event in ('replace', 'cancel') and o.trader_id is not null
        and coalesce(o.ended_by, 'trader') = 'trader'
        and (coalesce(w.owner_id, o.trader_id), o.instrument) in (
            select (owner_id, instrument) from near)
), amended as (
    select f.*, c.order_id as lure_id, c.order_key as lure_key, c.ts as amended_at, c.seq
    from (select *, unnest(list_distinct([epoch_us(client_ts) // {SECOND},
            epoch_us(arrived) // {SECOND}])) as second from flight where owner_id is not null) f
        join change c using (owner_id, instrument, second)
    where c.side <> f.taker_side and c.ts > f.client_ts and c.ts <= f.arrived
), seen as (
    select a.*, p.price as was, p.level, p.ts as shown_at
    from amended a join orders p on p.order_key = a.lure_key and p.event in ('new', 'replace')
        and (p.ts, p.seq) < (a.amended_at, a.seq) and p.ts >= a.amended_at - interval 1 hour
    qualify row_number() over (partition by a.trade_id, a.lure_id, a.amended_at, a.seq
        order by p.ts desc, p.seq desc) = 1
), met as (
    select owner_id, instrument, taker_order, min(arrived) as ts, max(cast(round({_BILLION} *
            (if(taker_side = 'buy', price - was, was - price)::double / price::double))
            as bigint)) as loss, list(distinct trade_id order by trade_id) as trade_ids,
        list_distinct(flatten(list([lure_id, maker_order, taker_order]))) as order_ids
    from seen where shown_at <= client_ts and coalesce(level, 0) = 0 and price > 0 group by all
), touch as (
    select coalesce(w.owner_id, o.trader_id) as owner_id, o.instrument, epoch_us(o.ts) as us
    from orders o left join owners w using (trader_id)
    where o.event in ('new', 'replace') and o.type is distinct from 'market'
        and coalesce(o.level, 0) = 0
        and coalesce(w.owner_id, o.trader_id) in (select owner_id from met)
), shown as (
    select owner_id, instrument, us, is_row, count(*) filter (not is_row) over (
        partition by owner_id, instrument order by us
        range between {DAY - 1} preceding and current row) as shown
    from (select *, false as is_row from touch
        union all select distinct owner_id, instrument, epoch_us(ts), true from met)
    qualify is_row
), daily as (
    select *, epoch_us(ts) as us, count(*) filter (loss > 0) over w as caught,
        count(*) filter (loss < 0) over w as spared, min(ts) over w as began_at,
        sum(greatest(loss, 0)) over w as lost,
        list({{'us': epoch_us(ts), 'orders': order_ids, 'trades': trade_ids}}) over (
            partition by owner_id, instrument, loss > 0 order by epoch_us(ts), taker_order
            rows between 9 preceding and current row) as recent
    from met window w as (partition by owner_id, instrument order by epoch_us(ts)
        range between {DAY - 1} preceding and current row)
), named as (
    select *, list_filter(recent, lambda x: x.us > us - {DAY}) as named from daily
)
select d.ts, d.ts + to_microseconds({_WAY}) as settled_at, d.began_at, instrument, owner_id,
    d.taker_order, d.loss / {_BILLION} as loss, d.loss > 0 as is_worse, d.caught, d.spared,
    d.lost::double / nullif(d.caught, 0) / {_BILLION} as losses, s.shown,
    list_sort(list_distinct(flatten(list_transform(named, lambda x: list_filter(x.orders,
        lambda y: y is not null))))) as order_ids,
    list_sort(list_distinct(flatten(list_transform(named, lambda x: x.trades)))) as trade_ids
from named d join shown s using (owner_id, instrument, us)
"""
