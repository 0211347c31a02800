"""Drives at whose price others were forced out, and what the hand that drove closed against them.

A hand may drive one product and lie in wait in another one of the same underlying, whose mark
follows; and one owner of it may drive while another waits. Counted is from the first push until
half an hour after the drive.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts import drives
from surveillance.times import HOUR

_OWN = ("ts", "underlying", "hand", "moved", "start_mid", "took")
TABLE = Table(
    "hunts",
    "One row an owner of a hand that drove, and a product in which others were liquidated at it",
    ("instrument", "owner_id", "side", "ts", "product"),
    "ts",
    (
        Column("ts", TIME, "When the drive was large enough", required=True),
        Column("settled_at", TIME, "When all of it is past", required=True),
        *(column for column in drives.TABLE.columns if column.name not in _OWN),
        Column("others", TEXT, "Other owners of the hand who drove or closed, joined by a space"),
        Column("product", TEXT, "Where others were liquidated", required=True),
        Column("moved", "DOUBLE", "Part of the price that the hand moved", required=True),
        Column("pushed", MONEY, "Value that it took to drive", required=True),
        Column("taking", "DOUBLE", "Part of what it traded that way in which it took",
               required=True),
        Column("liquidated", MONEY, "Value of others that was forced out", required=True),
        Column("forced", "DOUBLE", "Part of that in what others took that way", required=True),
        Column("closed", MONEY, "Value that the hand traded the other way there", required=True),
        Column("netted", MONEY, "Part of it that rested when the forced orders came",
               required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of the hand in both", required=True),
        Column("liquidation_ids", "VARCHAR[]", "Liquidations of others there", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("drives", "fills", "groups", "instruments", "liquidations")
TAKES = {
    "drives": ("began_at", "underlying", "hand", "moved", "share", "rested", "quoted"),
    "fills": ("trade_id", "side", "notional", "is_taker", "is_liquidation"),
    "groups": ("group_id",),
}
REACH = timedelta(minutes=10)
NARROWED = ("settled_at",)

_LATER = "interval 30 minute"
_KEY = "instrument, hand, side, ts, product"
_HOURS = f"range(epoch_us(began_at) // {HOUR}, epoch_us(ts) // {HOUR} + 2)"

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), terms as (
    select instrument, underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), drive as (
    select instrument, hand, side, ts, coalesce(any_value(underlying), instrument) as family,
        min(began_at) as began_at, any_value(moved) as moved, any_value(share) as share,
        any_value(rested) as rested, any_value(quoted) as quoted,
        list(distinct owner_id order by owner_id) as pushers
    from (select *, ts + {_LATER} as settled_at from drives) where $settled
    group by instrument, hand, side, ts
), trade as (
    select f.ts, f.trade_id, f.instrument as product, f.owner_id, f.side as way, f.notional,
        f.is_liquidation, coalesce(f.is_taker, false) as took,
        coalesce(m.hand, f.owner_id) as whose, epoch_us(f.ts) // {HOUR} as hour
    from fills f left join member m using (owner_id)
), prey as (
    select d.* exclude (hour), f.product, sum(f.notional) as liquidated
    from (select *, unnest({_HOURS}) as hour from drive) d
        join (select t.*, coalesce(e.underlying, t.product) as family
            from trade t left join terms e on e.instrument = t.product
            where t.is_liquidation and t.took) f
        on f.family = d.family and f.way = d.side and f.hour = d.hour and f.whose <> d.hand
    where f.ts >= d.began_at and f.ts < d.ts + {_LATER}
    group by all
), place as (
    select *, unnest({_HOURS}) as hour
    from (select *, unnest(list_distinct([instrument, product])) as here from prey)
), near as (
    select p.{_KEY.replace(", ", ", p.")}, t.* exclude (ts, product, hour),
        t.whose = p.hand as own, t.way = p.side as same, p.here = p.instrument as is_driven,
        p.here = p.product as is_hunted
    from place p join trade t on t.product = p.here and t.hour = p.hour
    where t.ts >= p.began_at and t.ts < p.ts + {_LATER}
), dealt as (
    select {_KEY}, sum(notional) filter (is_driven and own and same and took) as pushed,
        sum(notional) filter (is_driven and own and same) as way,
        sum(notional) filter (is_hunted and not own and same and took) as others_took,
        coalesce(sum(notional) filter (is_hunted and own and not same
            and not (took and is_liquidation)), 0) as closed,
        coalesce(sum(notional) filter (is_hunted and own and not same and is_liquidation
            and not took), 0) as netted,
        list(distinct owner_id) filter (is_hunted and own and not same and not took) as waiting,
        list(distinct trade_id order by trade_id) filter (own and (is_driven and same and took
            or is_hunted and not same)) as trade_ids
    from near group by all
), victims as (
    select p.{_KEY.replace(", ", ", p.")}, list(distinct l.liquidation_id order by l.liquidation_id)
            as ids
    from prey p join liquidations l on l.instrument = p.product and l.ts >= p.began_at
            and l.ts < p.ts + {_LATER}
        left join member m on m.owner_id = l.owner_id
    where coalesce(m.hand, l.owner_id) <> p.hand group by all
), whole as (
    select p.*, d.* exclude ({_KEY}), coalesce(v.ids, []) as liquidation_ids,
        list_sort(list_distinct(p.pushers || coalesce(d.waiting, []))) as owners
    from prey p join dealt d using ({_KEY}) left join victims v using ({_KEY})
    where d.pushed > 0
)
select ts, ts + {_LATER} as settled_at, began_at, instrument, owner_id, side,
    nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ' '), '') as others,
    share, rested, quoted, product, moved / {BILLION} as moved, pushed,
    pushed::double / way::double as taking, liquidated,
    liquidated::double / others_took::double as forced, closed, netted, trade_ids, liquidation_ids
from (select *, unnest(owners) as owner_id from whole)
"""
