"""Who took a position before an outside price of an index strayed, and what became of it.

A hand, which is an owner or owners tied to one, builds from an hour before the stray until two
minutes after its begin, and closes until a quarter of an hour after its end. How often in a week
it stood ready so is counted, because luck does not come back and positions may be kept.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "stray_positions",
    "One row an owner of a hand that took a stray's way around its begin, and an instrument",
    ("index_of", "constituent", "ts", "instrument", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "When the price began to stray", required=True),
        Column("settled_at", TIME, "When all of it is past", required=True),
        Column("began_at", TIME, "First trade of the position", required=True),
        Column("index_of", TEXT, "Instrument whose index it is", required=True),
        Column("constituent", TEXT, "Outside venue", required=True),
        Column("instrument", TEXT, "Instrument of the position", required=True),
        Column("owner_id", TEXT, "Who built or closed", required=True),
        Column("others", TEXT, "Other owners of the hand who did, joined by a space"),
        Column("stray", "DOUBLE", "How far it strayed, the position's way", required=True),
        Column("index_change", "DOUBLE", "How far the index followed"),
        Column("built", MONEY, "Value built", required=True),
        Column("one_way", "DOUBLE", "Net over gross of the hour before", required=True),
        Column("took", "DOUBLE", "Part of both legs in which it took", required=True),
        Column("closed", "DOUBLE", "Part of the position that was closed", required=True),
        Column("worth", "DOUBLE", "What the move of the index alone is worth to it, USD"),
        Column("gain", "DOUBLE", "What closing brought beyond the cost, USD"),
        Column("times", WHOLE, "Strays of a week before which the hand stood ready so"),
        Column("trade_ids", "VARCHAR[]", "Trades of both legs", required=True),
    ),
    fact=True,
)
READS = ("fills", "groups", "instruments", "stray_constituents")
TAKES = {
    "fills": ("trade_id", "side", "quantity", "notional", "is_taker", "is_liquidation"),
    "groups": ("group_id",),
}
REACH = timedelta(days=7)

LEAST = 15_000, 0.8, 0.3, 300
"""USD built, net over gross, part taken and USD of worth from which on a stray counts as one."""

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), stray as (
    select *, if(stray > 0, 'buy', 'sell') as way, if(stray > 0, 1, -1) as sign,
        index_at_peak::double / index_before::double - 1 as index_change
    from stray_constituents
), terms as (
    select instrument, underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), product as (
    select s.*, t.instrument as product, unnest(range(epoch_us(s.ts) // {HOUR} - 1,
        (epoch_us(s.ended_at) // {HOUR}) + 2)) as hour
    from stray s join terms t on t.underlying = s.underlying or t.instrument = s.instrument
), near as (
    select p.instrument as index_of, p.constituent, p.ts as begins, p.ended_at, p.sign,
        p.stray, p.index_change, p.product, coalesce(m.hand, f.owner_id) as hand, f.owner_id,
        f.ts, f.trade_id, f.quantity, f.notional, f.side = p.way as same,
        coalesce(f.is_taker, true) as took, f.ts < p.ts as before,
        f.ts < p.ts + interval 2 minute as early
    from product p join (select *, epoch_us(ts) // {HOUR} as hour from fills
            where not is_liquidation) f on f.instrument = p.product and f.hour = p.hour
        left join member m using (owner_id)
    where f.ts >= p.ts - interval 1 hour and f.ts < p.ended_at + interval 15 minute
), leg as (
    select index_of, constituent, begins, ended_at, sign, stray, index_change, hand, product,
        min(ts) filter (early and same) as began_at,
        sum(notional) filter (early and same)::double as built,
        sum(quantity) filter (early and same)::double as quantity,
        coalesce(sum(notional) filter (before and same), 0)::double as same,
        sum(notional) filter (before)::double as gross,
        coalesce(sum(notional) filter (not before and not same), 0)::double as got,
        coalesce(sum(quantity) filter (not before and not same), 0)::double as back,
        coalesce(sum(notional) filter (took and (early and same or not before and not same)), 0)
            ::double as taken,
        list(distinct trade_id order by trade_id)
            filter (early and same or not before and not same) as trade_ids,
        list(distinct owner_id order by owner_id)
            filter (early and same or not before and not same) as owners
    from near group by all having sum(notional) filter (early and same) > 0
), judged as (
    select *, coalesce((2 * same - gross) / gross, 0) as one_way, taken / (built + got) as took,
        sign * index_change * built as worth
    from leg
), repeated as (
    select d.hand, d.begins, count(distinct e.begins) as times
    from judged d join judged e on e.hand = d.hand and e.begins <= d.begins
        and e.begins > d.begins - interval 7 day
    where e.built >= {LEAST[0]} and e.one_way >= {LEAST[1]} and e.took >= {LEAST[2]}
        and e.worth >= {LEAST[3]}
    group by all
)
select j.begins as ts, j.ended_at + interval 15 minute as settled_at, j.began_at, j.index_of,
    j.constituent, j.product as instrument, j.owner_id,
    nullif(array_to_string(list_filter(j.owners, lambda x: x <> j.owner_id), ' '), '') as others,
    j.sign * j.stray::double / {BILLION} as stray, j.sign * j.index_change as index_change,
    j.built::decimal(18, 6) as built, j.one_way, j.took, j.back / j.quantity as closed, j.worth,
    coalesce(j.sign * (j.got / nullif(j.back, 0) - j.built / j.quantity)
        * least(j.back, j.quantity), 0) as gain, coalesce(r.times, 0) as times, j.trade_ids
from (select *, unnest(owners) as owner_id from judged) j left join repeated r using (hand, begins)
"""
