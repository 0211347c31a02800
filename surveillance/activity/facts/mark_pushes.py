"""Drives by which a mark left its index, and what money left or who was forced out meanwhile.

How far the mark strayed is its premium over the index in the minutes about the drive, against the
ten before them. What the hand that drove withdrew counts for an hour, because what a mark releases
is not always taken at once; who was forced out, and what the hand's resting orders gave back, for
half an hour.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts import drives
from surveillance.times import MINUTE

_OWN = ("ts", "underlying", "hand", "moved", "start_mid", "took")
TABLE = Table(
    "mark_pushes",
    "One row an owner of a hand that drove an instrument whose mark and index are published",
    ("instrument", "owner_id", "side", "ts"),
    "ts",
    (
        Column("ts", TIME, "When the drive was large enough", required=True),
        Column("settled_at", TIME, "When all of it is past", required=True),
        *(column for column in drives.TABLE.columns if column.name not in _OWN),
        Column("others", TEXT, "Other owners of the hand who drove, withdrew or gave back"),
        Column("moved", "DOUBLE", "Part of the price that the hand moved", required=True),
        Column("gap", "DOUBLE", "By how much the mark left the index that way"),
        Column("withdrawn", MONEY, "Worth of what the hand withdrew, USD", required=True),
        Column("liquidated", MONEY, "Value of others that was forced out", required=True),
        Column("turned", "DOUBLE", "What its resting orders gave back over what it took"),
        Column("trade_ids", "VARCHAR[]", "Trades by which it drove", required=True),
        Column("transfer_ids", "VARCHAR[]", "Its withdrawals", required=True),
    ),
    fact=True,
)
READS = ("drives", "fills", "groups", "instruments", "marks", "transfers", "valued_transfers")
TAKES = {
    "drives": ("began_at", "hand", "moved", "share", "rested", "quoted"),
    "fills": ("trade_id", "side", "quantity", "notional", "is_taker", "is_liquidation"),
    "groups": ("group_id",),
}
REACH = timedelta(minutes=30)
NARROWED = ("settled_at",)

_LATER, _PAID = "interval 30 minute", "interval 1 hour"
_KEY = "instrument, hand, side, ts"

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), terms as (
    select instrument, kind from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), drive as (
    select {_KEY}, min(began_at) as began_at, any_value(moved) as moved, any_value(share) as share,
        any_value(rested) as rested, any_value(quoted) as quoted, list(distinct owner_id) as owners,
        epoch_us(ts) // {MINUTE} as minute, if(side = 'buy', 1, -1) as sign
    from (select *, ts + {_PAID} as settled_at from drives) left join terms using (instrument)
    where $settled and kind is distinct from 'option' group by {_KEY}
), premium as (
    select a.instrument, epoch_us(a.ts) // {MINUTE} as minute,
        sum(round((a.value::double / b.value::double - 1) * {BILLION})::bigint) // count(*)
            as premium
    from marks a join marks b on b.instrument = a.instrument and b.ts = a.ts
        and b.kind = 'index' and b.constituent = '' and b.value > 0
    where a.kind = 'mark' and a.constituent = '' and a.instrument in (select instrument from drive)
    group by all
), strayed as (
    select d.{_KEY.replace(", ", ", d.")},
        (max(d.sign * p.premium) filter (p.minute >= d.minute - 4)
            - sum(d.sign * p.premium) filter (p.minute < d.minute - 4)
            / count(*) filter (p.minute < d.minute - 4)) / {BILLION} as gap
    from (select *, unnest(range(minute - 15, minute + 5)) as near from drive) d
        join premium p on p.instrument = d.instrument and p.minute = d.near
    group by all
), near as (
    select d.{_KEY.replace(", ", ", d.")}, d.began_at, f.trade_id, f.owner_id, f.quantity,
        f.notional, f.is_liquidation, f.is_taker, f.side = d.side as same, f.ts as traded_at,
        coalesce(m.hand, f.owner_id) = d.hand as own
    from (select *, unnest(range(minute // 60 - 1, minute // 60 + 2)) as hour from drive) d
        join (select *, epoch_us(ts) // {60 * MINUTE} as hour from fills) f
            on f.instrument = d.instrument and f.hour = d.hour
        left join member m on m.owner_id = f.owner_id
    where f.ts >= d.began_at and f.ts < d.ts + {_LATER}
), traded as (
    select {_KEY}, coalesce(sum(quantity) filter (own and not same and not is_taker), 0)::double
            / nullif(sum(quantity) filter (own and same and is_taker), 0)::double as turned,
        coalesce(sum(notional) filter (not own and same and is_taker and is_liquidation), 0)
            as liquidated,
        list(distinct owner_id) filter (own and not same and not is_taker) as givers,
        list(distinct trade_id order by trade_id) filter (own and same and is_taker
            and traded_at < ts + interval 15 minute) as trade_ids
    from near group by all
), paid as (
    select d.{_KEY.replace(", ", ", d.")}, sum(t.usd) as withdrawn,
        list(distinct t.owner_id) as payers,
        list(distinct t.transfer_id order by t.transfer_id) as transfer_ids
    from drive d join (select coalesce(m.hand, t.owner_id) as hand, t.*
            from transfers t left join member m using (owner_id) where t.direction = 'out') t
        on t.hand = d.hand and t.ts >= d.began_at and t.ts < d.ts + {_PAID}
    group by all
), whole as (
    select d.*, s.gap, t.* exclude ({_KEY}), coalesce(p.withdrawn, 0) as withdrawn,
        coalesce(p.transfer_ids, []) as transfer_ids, list_sort(list_distinct(
            d.owners || coalesce(t.givers, []) || coalesce(p.payers, []))) as named
    from drive d join strayed s using ({_KEY}) join traded t using ({_KEY})
        left join paid p using ({_KEY})
    where t.trade_ids is not null
)
select ts, ts + {_PAID} as settled_at, began_at, instrument, owner_id, side, share, rested, quoted,
    nullif(array_to_string(list_filter(named, lambda x: x <> owner_id), ' '), '') as others,
    moved / {BILLION} as moved, gap, try_cast(withdrawn as {MONEY}) as withdrawn, liquidated,
    turned, trade_ids, transfer_ids
from (select *, unnest(named) as owner_id from whole)
"""
