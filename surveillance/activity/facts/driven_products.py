"""What a hand that drove a price held in other products of the same underlying.

A drive is a move of the hand's own making, or five minutes in which it threw at the book many times
of what others usually take, whether or not the book gave way. It counts what the hand traded in
another product from an hour before the drive on: what it built the drive's way until two minutes
after it, and what it closed until half an hour after; and how much of what it took to drive it
gave back within three quarters of an hour. A put goes the other way. Who builds and drives the same
two again within a week, four hours apart at least, is counted, because what is done once may be a
trade, and what is done for hours one order.
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
        Column("pushed", MONEY, "Value that it took to drive, until five minutes after",
               required=True),
        Column("heavy", "DOUBLE", "What it took over what others usually take, if many times"),
        Column("most", "DOUBLE", "Its part of what was taken that way in those minutes"),
        Column("undone", "DOUBLE", "Part of what it took to drive that it gave back"),
        Column("quoted", "DOUBLE", "Smaller over larger of what it entered on both sides there in"
               " the hour before", required=True),
        Column("built", MONEY, "Value that it took its way in the product", required=True),
        Column("one_way", "DOUBLE", "Net over gross there before it closed", required=True),
        Column("closed", "DOUBLE", "Part of it that it closed", required=True),
        Column("gain", "DOUBLE", "What was closed brought more than it cost", required=True),
        Column("times", WHOLE, "Times of a week, four hours apart, at which it drove after taking"
               " one way", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of the hand in both", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("drives", "fills", "groups", "instruments", "shoves", "shown_sides")
TAKES = {
    "fills": (
        "trade_id",
        "side",
        "quantity",
        "notional",
        "signed_notional",
        "is_liquidation",
        "is_taker",
    ),
    "groups": ("group_id",),
    "shown_sides": ("bid", "offered"),
}
REACH = timedelta(days=8)
NARROWED = ("settled_at",)
VERSION = 2

LEAST, ONE_WAY, QUOTED = 8_000, 0.7, 0.6
"""USD, net over gross and smaller over larger side, within which a drive counts among others."""
_APART = 4 * 3600
"""Seconds within which drives may be parts of one order, and count once."""

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), terms as (
    select instrument, underlying, kind, if(option_kind = 'put', -1, 1) as toward from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), driven as (
    select instrument, hand, side, ts, moved, took, min(began_at) as began_at,
        any_value(share) as share, any_value(rested) as rested from drives group by all
), forced as (
    select d.*, max(s.heavy) as heavy, max(s.share) as most
    from driven d left join shoves s on s.instrument = d.instrument and s.hand = d.hand
        and s.side = d.side and s.ts between d.ts - interval 10 minute and d.ts + interval 10 minute
    group by all
    union all by name
    select s.*, s.share as most from shoves s anti join driven d on s.instrument = d.instrument
        and s.hand = d.hand and s.side = d.side
        and s.ts between d.ts - interval 10 minute and d.ts + interval 10 minute
), drive as (
    select d.*, t.underlying, if(d.side = 'buy', 1, -1) as sign
    from forced d join terms t using (instrument)
    where t.underlying is not null and t.kind is distinct from 'option' and d.hand in (
        select hand from (select hand, ts + interval 45 minute as settled_at from forced)
        where $settled)
), trade as (
    select coalesce(m.hand, f.owner_id) as hand, f.*, epoch_us(f.ts) // {HOUR} as hour
    from fills f left join member m using (owner_id)
    where not f.is_liquidation and coalesce(m.hand, f.owner_id) in (select hand from drive)
), near as (
    select d.instrument, d.hand, d.side, d.ts, d.sign * e.toward as sign, d.began_at,
        t.instrument as product, t.owner_id, t.trade_id, t.ts as traded_at, t.quantity, t.notional,
        t.signed_notional, (t.side = 'buy') = (d.sign * e.toward > 0) as is_way,
        t.is_taker
    from (select *, unnest(range(epoch_us(began_at) // {HOUR} - 1,
            epoch_us(ts) // {HOUR} + 2)) as hour from drive) d
        join trade t on t.hand = d.hand and t.hour = d.hour
        join terms e on e.instrument = t.instrument and e.underlying = d.underlying
    where t.ts >= d.began_at - interval 1 hour and t.ts < d.ts + interval 45 minute
), pushed as (
    select instrument, hand, side, ts, list(distinct owner_id) as owners,
        sum(quantity) filter (is_way and traded_at < ts + interval 15 minute)::double as taken,
        coalesce(sum(quantity) filter (not is_way), 0)::double as given,
        coalesce(sum(notional) filter (is_way and is_taker
            and traded_at < ts + interval 6 minute), 0) as pushed,
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
    select l.*, d.began_at, d.moved / 1000000000 as moved, d.share, p.pushed, d.rested, d.heavy,
        d.most,
        p.given / p.taken as undone,
        coalesce(q.quoted, 0) as quoted, list_distinct(l.owners || p.owners) as hands,
        list_sort(list_distinct(l.ids || p.ids)) as trade_ids
    from leg l join drive d using (instrument, hand, side, ts)
        join pushed p using (instrument, hand, side, ts)
        left join showing q using (instrument, hand, side, ts)
), repeated as (
    select d.hand, d.ts, d.instrument, d.product,
        count(distinct date_diff('second', e.ts, d.ts) // {_APART}) as times
    from judged d join judged e on e.hand = d.hand and e.instrument = d.instrument
        and e.product = d.product and e.ts <= d.ts and e.ts > d.ts - interval 7 day
    where e.net >= {ONE_WAY} * e.gross and e.built >= {LEAST} and e.quoted <= {QUOTED}
    group by all
)
select j.ts, j.ts + interval 45 minute as settled_at, j.began_at, j.instrument, j.owner_id, j.side,
    nullif(array_to_string(list_filter(j.hands, lambda x: x <> j.owner_id), ' '), '') as others,
    j.share, j.rested, j.heavy, j.most, j.product, j.moved, j.pushed, j.undone, j.quoted, j.built,
    j.net / j.gross as one_way, j.back / j.quantity as closed,
    coalesce(j.sign * (j.got / nullif(j.back, 0) - j.built::double / j.quantity)
        * least(j.back, j.quantity), 0) as gain, coalesce(r.times, 0) as times, j.trade_ids
from (select * replace (list_sort(hands) as hands), unnest(hands) as owner_id from judged) j
    left join repeated r using (hand, ts, instrument, product)
"""
