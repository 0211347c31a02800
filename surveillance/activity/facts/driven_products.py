"""What a hand that drove a price held in other products of the same underlying.

It counts what the hand traded in another product from an hour before the drive on: what it built
the drive's way until two minutes after it, and what it closed until half an hour after; and how
much of what it took to drive it gave back within three quarters of an hour. Who builds and drives
again within a week is counted, because what is done once may be a trade.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import drives
from surveillance.times import HOUR

_OWN = ("ts", "underlying", "hand", "moved", "start_mid", "took", "quoted")
TABLE = Table(
    "driven_products",
    "One row an owner, a drive of its hand, and a product in which the hand held its way",
    ("instrument", "owner_id", "side", "ts", "product"),
    "ts",
    (
        Column("ts", TIME, "When the drive was large enough", required=True),
        Column("settled_at", TIME, "When all of it is past", required=True),
        *(c for c in drives.TABLE.columns if c.name not in _OWN),
        Column("others", TEXT, "Other owners of the hand who did either, joined by a space"),
        Column("product", TEXT, "The other product", required=True),
        Column("moved", "DOUBLE", "Part of the price that the hand moved", required=True),
        Column("pushed", MONEY, "Value that it took in five minutes", required=True),
        Column("undone", "DOUBLE", "Part of what it took to drive that it gave back"),
        Column("quoted", "DOUBLE", "Smaller over larger of what it entered on both sides there in"
               " the hour before", required=True),
        Column("built", MONEY, "Value that it took its way in the product", required=True),
        Column("one_way", "DOUBLE", "Net over gross there before it closed", required=True),
        Column("closed", "DOUBLE", "Part of it that it closed", required=True),
        Column("gain", "DOUBLE", "What was closed brought more than it cost", required=True),
        Column("times", WHOLE, "Drives of a week before which it took a position one way",
               required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of the hand in both", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("drives", "fills", "groups", "instruments", "shown_sides")
TAKES = {
    "fills": ("trade_id", "side", "quantity", "notional", "signed_notional", "is_liquidation"),
    "groups": ("group_id",),
    "shown_sides": ("bid", "offered"),
}
REACH = timedelta(days=7)
NARROWED = ("settled_at",)

LEAST, ONE_WAY, QUOTED = 8_000, 0.7, 0.6
"""USD, net over gross and smaller over larger side, within which a drive counts among others."""

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), terms as (
    select instrument, underlying, kind from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), drive as (
    select d.instrument, d.hand, d.side, d.ts, d.underlying, d.moved, d.took,
        min(d.began_at) as began_at, if(d.side = 'buy', 1, -1) as sign
    from drives d join terms t using (instrument)
    where d.underlying is not null and t.kind is distinct from 'option' and d.hand in (
        select hand from (select hand, ts + interval 45 minute as settled_at from drives)
        where $settled)
    group by all
), trade as (
    select coalesce(m.hand, f.owner_id) as hand, f.*, epoch_us(f.ts) // {HOUR} as hour
    from fills f left join member m using (owner_id)
    where not f.is_liquidation and coalesce(m.hand, f.owner_id) in (select hand from drive)
), near as (
    select d.instrument, d.hand, d.side, d.ts, d.sign, d.began_at, t.instrument as product,
        t.owner_id, t.trade_id, t.ts as traded_at, t.quantity, t.notional, t.signed_notional,
        t.side = d.side as is_way
    from (select *, unnest(range(epoch_us(began_at) // {HOUR} - 1,
            epoch_us(ts) // {HOUR} + 2)) as hour from drive) d
        join trade t on t.hand = d.hand and t.hour = d.hour
        join terms e on e.instrument = t.instrument and e.underlying = d.underlying
    where t.ts >= d.began_at - interval 1 hour and t.ts < d.ts + interval 45 minute
), pushed as (
    select instrument, hand, side, ts, list(distinct owner_id) as owners,
        sum(quantity) filter (is_way and traded_at < ts + interval 15 minute)::double as taken,
        coalesce(sum(quantity) filter (not is_way), 0)::double as given,
        list(distinct trade_id) as ids
    from near where product = instrument and traded_at >= began_at group by all
), other as (
    select *, is_way and traded_at < ts + interval 2 minute as is_built,
        not is_way and traded_at >= began_at as is_closing
    from near where product <> instrument and traded_at < ts + interval 30 minute
), leg as (
    select instrument, hand, side, ts, sign, product,
        sum(notional) filter (is_built) as built,
        sum(quantity) filter (is_built)::double as quantity,
        coalesce(sum(sign * signed_notional) filter (not is_closing
            and traded_at < ts + interval 2 minute), 0)::double as net,
        sum(notional) filter (not is_closing
            and traded_at < ts + interval 2 minute)::double as gross,
        coalesce(sum(notional) filter (is_closing), 0)::double as got,
        coalesce(sum(quantity) filter (is_closing), 0)::double as back,
        list(distinct trade_id) filter (is_built or is_closing) as ids,
        list(distinct owner_id) filter (is_built or is_closing) as owners
    from other group by all having sum(notional) filter (is_built) > 0
), showing as (
    select d.instrument, d.hand, d.side, d.ts, least(sum(s.bid), sum(s.offered))::double
        / nullif(greatest(sum(s.bid), sum(s.offered)), 0)::double as quoted
    from drive d join (select coalesce(m.hand, s.owner_id) as hand, s.*
            from shown_sides s left join member m using (owner_id)) s
        on s.hand = d.hand and s.instrument = d.instrument and s.ts >= d.began_at - interval 1 hour
        and s.ts < d.ts + interval 1 minute
    group by all
), judged as (
    select l.*, d.began_at, d.moved / 1000000000 as moved, d.took, d.underlying,
        p.given / p.taken as undone,
        coalesce(q.quoted, 0) as quoted, list_distinct(l.owners || p.owners) as hands,
        list_sort(list_distinct(l.ids || p.ids)) as trade_ids
    from leg l join drive d using (instrument, hand, side, ts)
        join pushed p using (instrument, hand, side, ts)
        left join showing q using (instrument, hand, side, ts)
), repeated as (
    select d.hand, d.ts, count(distinct e.ts) as times
    from judged d join judged e on e.hand = d.hand and e.ts <= d.ts
        and e.ts > d.ts - interval 7 day
    where e.net >= {ONE_WAY} * e.gross and e.built >= {LEAST} and e.quoted <= {QUOTED}
    group by all
), share as (
    select instrument, hand, side, ts, any_value(share) as share, any_value(rested) as rested
    from drives group by all
)
select j.ts, j.ts + interval 45 minute as settled_at, j.began_at, j.instrument, j.owner_id, j.side,
    nullif(array_to_string(list_filter(j.hands, lambda x: x <> j.owner_id), ' '), '') as others,
    s.share, s.rested, j.product, j.moved, j.took as pushed, j.undone, j.quoted, j.built,
    j.net / j.gross as one_way, j.back / j.quantity as closed,
    coalesce(j.sign * (j.got / nullif(j.back, 0) - j.built::double / j.quantity)
        * least(j.back, j.quantity), 0) as gain, coalesce(r.times, 0) as times, j.trade_ids
from (select * replace (list_sort(hands) as hands), unnest(hands) as owner_id from judged) j
    join share s using (instrument, hand, side, ts) left join repeated r using (hand, ts)
"""
