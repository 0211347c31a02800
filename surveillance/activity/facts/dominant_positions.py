"""Owners who dominate one side of an instrument in an hour in which the other side is forced out.

Sides are positions: what all hold long is what all hold short. For each hour with a forced trade
that takes, positions count as last reported within six hours. A hand's accounts are added up, and
each owner of it that holds some has a row; beside it stand the day's price, what the hand took, and
what it did in other products of the underlying.
"""

from datetime import timedelta

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.prevailing import each_minute
from surveillance.times import HOUR

TABLE = Table(
    "dominant_positions",
    "One row an owner and hour of forced trades whose hand dominated their side",
    ("instrument", "owner_id", "side", "ts"),
    "ts",
    (
        Column("ts", TIME, "End of the hour, when it is known", required=True),
        Column("began_at", TIME, "First trade of the hand in the day before", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who holds, or added", required=True),
        Column("others", TEXT, "Other owners of its hand who do, joined by a space"),
        Column("side", TEXT, "Which way it holds", required=True, allowed=("buy", "sell")),
        Column("quantity", QUANTITY, "Contracts that the hand holds", required=True),
        Column("dominant", "DOUBLE", "Its part of all held that way", required=True),
        Column("holders", WHOLE, "Owners with a position", required=True),
        Column("run", "DOUBLE", "Change of the price in a day, from extreme to extreme",
               required=True),
        Column("lasting", "DOUBLE", "Where the price stands between them, its way"),
        Column("added", "DOUBLE", "Net value it took over what all took that way in the day"),
        Column("forced", "DOUBLE", "Part of the day's volume that forced others that way",
               required=True),
        Column("uncovered", "DOUBLE", "Net it traded in all products of the underlying over here",
               required=True),
        Column("trade_ids", "VARCHAR[]", "Trades by which it added", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("fills", "positions", "owners", "groups", "instruments", "prevailing")
TAKES = {
    "fills": (
        "trade_id", "side", "notional", "signed_notional", "is_taker", "is_block", "is_liquidation",
    ),
    "groups": ("group_id",),
    "prevailing": ("first", "stop", "mid"),
}  # fmt: skip
REACH = timedelta(hours=25)
SETTLES = (HOUR, 0)

LEAST = 0.2
"""Part of its side below which nobody dominates: for cost, below any rule's line."""
_DAY, _REPORTED = 24, 6

SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), forced as (
    select distinct instrument, side, epoch_us(ts) // {HOUR} + 1 as hour from fills
    where is_liquidation and is_taker
), latest as (
    select f.instrument, f.side, f.hour, coalesce(w.owner_id, p.trader_id) as owner_id,
        coalesce(m.hand, w.owner_id, p.trader_id) as hand,
        if(f.side = 'buy', p.quantity, -p.quantity) as held
    from (select *, unnest(range(hour - {_REPORTED}, hour)) as near from forced) f
        join positions p on p.instrument = f.instrument and epoch_us(p.ts) // {HOUR} = f.near
        left join owners w on w.trader_id = p.trader_id
        left join member m on m.trader_id = p.trader_id
    qualify row_number() over (partition by f.instrument, f.side, f.hour, p.trader_id
        order by p.ts desc, p.quantity) = 1
), owned as (
    select instrument, side, hour, hand, owner_id, sum(held) as held from latest group by all
), hands as (
    select instrument, side, hour, hand, sum(held) as held, count(*) filter (held <> 0) as holders,
        list(distinct owner_id) filter (held <> 0) as owners
    from owned group by all
), sides as (
    select *, sum(greatest(held, 0)) over w as total, sum(holders) over w as all_holders
    from hands window w as (partition by instrument, side, hour)
), dominant as (
    select *, held::double / total::double as dominant from sides
    where held >= {LEAST} * total and held > 0
), trade as (
    select coalesce(m.hand, f.owner_id) as hand, f.*, epoch_us(f.ts) // {HOUR} as at_hour
    from fills f left join member m using (trader_id)
), volume as (
    select instrument, at_hour, coalesce(sum(notional) filter (side = 'buy'), 0) as bought,
        coalesce(sum(notional) filter (side = 'sell'), 0) as sold,
        coalesce(sum(notional) filter (is_liquidation and side = 'buy'), 0) as forced_buy,
        coalesce(sum(notional) filter (is_liquidation and side = 'sell'), 0) as forced_sell
    from trade where is_taker and not is_block and instrument in (select instrument from dominant)
    group by all
), span as (
    select distinct instrument, side, hour, unnest(range(hour - {_DAY}, hour)) as at_hour
    from dominant
), day as (
    select s.instrument, s.side, s.hour, sum(v.bought + v.sold) as volume,
        sum(if(s.side = 'buy', v.bought, v.sold)) as taken,
        sum(if(s.side = 'buy', v.forced_buy, v.forced_sell)) as forced
    from span s join volume v using (instrument, at_hour) group by all
), price as (
    select s.instrument, s.side, s.hour, max(m.mid)::double as highest,
        min(m.mid)::double as lowest, arg_max(m.mid, m.second)::double as last
    from span s join (select instrument, second, second // 3600 as at_hour, mid
            from {each_minute(59)} where mid > 0) m using (instrument, at_hour)
    group by all having max(m.second) = s.hour * 3600 - 1
), terms as (
    select instrument, coalesce(underlying, instrument) as underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), own as (
    select d.hand, d.instrument, d.side, d.hour, f.*
    from (select *, unnest(range(hour - {_DAY}, hour)) as at_hour from dominant) d
        join (select hand, at_hour, instrument as product, ts, trade_id, side as way, notional,
            owner_id, is_taker and not is_block as took, is_liquidation,
            signed_notional from trade) f using (hand, at_hour)
        left join terms a on a.instrument = d.instrument
        left join terms b on b.instrument = f.product
    where f.product = d.instrument or a.underlying = b.underlying
), dealt as (
    select hand, instrument, side, hour, coalesce(sum(if(way = side, notional, -notional))
            filter (here and took and not is_liquidation), 0) as added,
        min(ts) filter (here and not is_liquidation) as began_at,
        list(distinct trade_id order by trade_id) filter (here and way = side
            and not is_liquidation) as trade_ids,
        list(distinct owner_id) filter (here and way = side and not is_liquidation) as owners,
        coalesce(sum(signed_notional)::double
            / nullif(sum(signed_notional) filter (here), 0)::double, 1) as uncovered
    from (select *, product = instrument as here from own) group by all
)
select make_timestamp(hour * {HOUR}) as ts, began_at, instrument, owner_id,
    nullif(array_to_string(list_filter(named, lambda x: x <> owner_id), ' '), '') as others, side,
    held as quantity, dominant, all_holders as holders,
    if(side = 'buy', highest / lowest - 1, 1 - lowest / highest) as run,
    if(side = 'buy', last - lowest, highest - last) / nullif(highest - lowest, 0) as lasting,
    added::double / nullif(taken, 0)::double as added, forced::double / volume::double as forced,
    uncovered, trade_ids
from (select *, unnest(named) as owner_id from (
    select d.*, o.* exclude (hand, instrument, side, hour, owners), y.volume, y.taken, y.forced,
        p.highest, p.lowest, p.last, list_sort(list_distinct(d.owners || o.owners)) as named
    from dominant d join dealt o using (hand, instrument, side, hour)
        join day y using (instrument, side, hour) join price p using (instrument, side, hour)
    where o.trade_ids is not null and y.volume > 0))
"""
