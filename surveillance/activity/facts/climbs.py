"""Climbs: a hand betters the best price of one side again and again within a quarter of an hour.

Of climbs that overlap the one of most steps counts. Beside it stands what the same hand traded from
a quarter of an hour before its last step to one after, and whether the steps stayed in the book.
Each owner of the hand that stepped or traded against the side shown has a row.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import MINUTE, SECOND

TABLE = Table(
    "climbs",
    "One row an owner that took part when its hand bettered a best price again and again",
    ("instrument", "owner_id", "side", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it bettered the price last", required=True),
        Column("began_at", TIME, "When it did first", required=True),
        Column("settled_at", TIME, "A quarter of an hour later, when it is known", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who stepped, or traded against it", required=True),
        Column("others", TEXT, "Other owners of its hand who did, joined by a space"),
        Column("side", TEXT, "Side shown", required=True, allowed=("buy", "sell")),
        Column("steps", WHOLE, "How often it bettered the best price", required=True),
        Column("onward", "DOUBLE", "Part of the steps that went further than the one before"),
        Column("moved", "DOUBLE", "Sum of the steps over the price", required=True),
        Column("price_set", "DOUBLE", "Its part of all betterings of that side meanwhile, by price"
               " or by number", required=True),
        Column("stayed", "DOUBLE", "Orders not cancelled until settled, over steps", required=True),
        Column("one_sided", "DOUBLE", "Net over gross number of orders entered", required=True),
        Column("turned", "DOUBLE", "Net over gross traded, against the side shown", required=True),
        Column("notional", MONEY, "Value traded against the side shown, USD, if it is known"),
        Column("order_ids", "VARCHAR[]", "Orders that stepped", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades against the side shown", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("orders", "owners", "groups", "prevailing", "fills")
TAKES = {
    "groups": ("group_id",),
    "prevailing": ("first", "stop", "bid", "ask", "mid", "is_quoted"),
    "fills": (
        "trade_id", "side", "quantity", "notional", "is_taker", "is_block", "is_liquidation",
    ),
}  # fmt: skip
VERSION = 2
REACH = timedelta(minutes=45)

FEWEST = 3
"""Steps below which there is no row: for cost, below any rule's line."""
_QUARTER = 15 * MINUTE

SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), step as (
    select coalesce(m.hand, w.owner_id, o.trader_id) as hand,
        coalesce(w.owner_id, o.trader_id) as owner_id, o.instrument, o.side, o.order_id,
        o.order_key, o.ts, epoch_us(o.ts) as us, o.seq, o.price, p.mid,
        if(o.side = 'buy', o.price - p.bid, p.ask - o.price) as gain
    from orders o asof join prevailing p on p.instrument = o.instrument
            and p.first <= epoch_us(o.ts) // {SECOND}
        left join owners w using (trader_id) left join member m using (trader_id)
    where o.event in ('new', 'replace') and o.trader_id is not null
        and o.type is distinct from 'market' and coalesce(o.level, 0) = 0 and p.is_quoted
        and epoch_us(o.ts) // {SECOND} < p.stop
        and o.price < p.ask and o.price > p.bid
), counted as (
    select hand, instrument, side, us, seq, ts, mid, count(*) over own as steps,
        sum(further) over own - arg_min(further, (us, seq)) over own as onward,
        sum(gain) over own as gain, min(us) over own as since
    from (select *, if(if(side = 'buy', price - before, before - price) > 0, 1, 0) as further
        from (select *, lag(price) over (partition by hand, instrument, side order by us, seq)
            as before from step))
    window own as (partition by hand, instrument, side order by us
        range between {_QUARTER} preceding and current row)
), climb as (
    select *, us // {_QUARTER} as part from counted where steps >= {FEWEST}
    window w as (partition by hand, instrument, side order by us)
    qualify row_number() over (partition by hand, instrument, side, us order by seq desc) = 1
        and steps > coalesce(max(steps) over (w range between {_QUARTER} preceding
            and 1 preceding), 0)
        and steps >= coalesce(max(steps) over (w range between 1 following
            and {_QUARTER} following), 0)
), parts as (
    select *, unnest([part - 1, part, part + 1]) as near from climb
), gone as (
    select order_key, min(epoch_us(ts)) as us from orders
    where event = 'cancel' and ended_by = 'trader'
        and instrument in (select instrument from climb) group by all
), shown as (
    select c.hand, c.instrument, c.side, c.us, min(s.ts) filter (s.hand = c.hand) as began_at,
        sum(s.gain) as all_gain, count(*) as all_steps,
        list(distinct s.owner_id) filter (s.hand = c.hand) as owners,
        list(distinct s.order_id order by s.order_id) filter (s.hand = c.hand) as order_ids,
        count(distinct s.order_key) filter (s.hand = c.hand and g.order_key is null) as stayed
    from parts c join (select *, us // {_QUARTER} as near from step) s
            on s.instrument = c.instrument and s.side = c.side and s.near = c.near
            and s.us between c.since and c.us
        left join gone g on g.order_key = s.order_key and g.us < c.us + {_QUARTER}
    group by all
), entered as (
    select c.hand, c.instrument, c.side, c.us,
        sum(if(o.side = c.side, 1, -1)) / count(*) as one_sided
    from parts c join (
        select coalesce(m.hand, w.owner_id, o.trader_id) as hand, o.instrument, o.side,
            epoch_us(o.ts) as us, epoch_us(o.ts) // {_QUARTER} as near
        from orders o left join owners w using (trader_id) left join member m using (trader_id)
        where o.event in ('new', 'replace') and o.instrument in (select instrument from climb)
    ) o on o.hand = c.hand and o.instrument = c.instrument and o.near = c.near
    where o.us between c.us - {_QUARTER} and c.us + {_QUARTER} - 1 group by all
), traded as (
    select c.hand, c.instrument, c.side, c.us,
        sum(if(f.side = c.side, -f.quantity, f.quantity))::double / sum(f.quantity)::double
            as turned,
        sum(f.notional) filter (f.side <> c.side) as notional,
        list(distinct f.owner_id) filter (f.side <> c.side) as owners,
        list(distinct f.trade_id order by f.trade_id) filter (f.side <> c.side) as trade_ids
    from parts c join (
        select f.*, coalesce(m.hand, f.owner_id) as hand, epoch_us(f.ts) as us,
            epoch_us(f.ts) // {_QUARTER} as near
        from fills f left join member m using (trader_id)
        where not f.is_block and (not f.is_liquidation or not f.is_taker)
    ) f on f.hand = c.hand and f.instrument = c.instrument and f.near = c.near
    where f.us between c.us - {_QUARTER} and c.us + {_QUARTER} - 1
    group by all having count(*) filter (f.side <> c.side) > 0
), part as (
    select c.*, s.* exclude (hand, instrument, side, us, owners), e.one_sided, t.turned, t.notional,
        t.trade_ids, list_sort(list_distinct(s.owners || t.owners)) as owners
    from climb c join shown s using (hand, instrument, side, us)
        join entered e using (hand, instrument, side, us)
        join traded t using (hand, instrument, side, us)
)
select ts, began_at, make_timestamp(us + {_QUARTER}) as settled_at, instrument, owner_id,
    nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ' '), '') as others,
    side, steps, onward / (steps - 1) as onward, gain::double / mid::double as moved,
    greatest(gain::double / all_gain::double, steps / all_steps) as price_set,
    stayed / steps as stayed, one_sided, turned, cast(notional as decimal(18, 6)) as notional,
    order_ids, trade_ids
from (select *, unnest(owners) as owner_id from part)
"""
