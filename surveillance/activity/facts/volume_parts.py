"""What part one hand took of all that was taken in an instrument in a day.

Days end at noon and at midnight, so that neither hides what is done around it. A day of the owner's
own is usual by the middle of its days in the week before, those included in which others took and
it did not; it is not known where the instrument was not traded for a whole day before.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "volume_parts",
    "One row a day, instrument and owner whose hand took a part of it that is not small",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it first took in the day", required=True),
        Column("settled_at", TIME, "End of the day", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who took", required=True),
        Column("others", TEXT, "Other owners of its hand who took, joined by a space"),
        Column("notional", MONEY, "Value that the hand took", required=True),
        Column("share", "DOUBLE", "Part of what all took", required=True),
        Column("ahead", "DOUBLE", "Times what the next hand took"),
        Column("takers", WHOLE, "Other hands who took", required=True),
        Column("one_way", "DOUBLE", "Net over gross of what the hand took", required=True),
        Column("usual", MONEY, "Middle of its days in the week before, if others took in any"),
        Column("quoted", "DOUBLE", "Share of its minutes with orders, a dozen at least, that showed"
               " both sides", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades in which the owner took", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("fills", "groups", "shown_sides")
TAKES = {
    "fills": ("trade_id", "is_taker", "is_block", "is_liquidation", "notional", "signed_notional"),
    "groups": ("group_id",),
}
VERSION = 2
REACH = timedelta(days=8)
SETTLES = (12 * HOUR, -1)

LEAST = 0.25
"""Share of a day below which there is no row: below any rule's line."""
_HALF = 12 * HOUR

SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), taken as (
    select coalesce(m.hand, f.owner_id) as hand, f.owner_id, f.instrument,
        epoch_us(f.ts) // {_HALF} as half, min(f.ts) as ts, sum(f.notional) as notional,
        sum(f.signed_notional) as net
    from fills f left join member m using (trader_id)
    where f.is_taker and not f.is_block and not f.is_liquidation and f.notional is not null
    group by all
), day as (
    select hand, instrument, half, min(ts) as ts, sum(notional) as notional,
        sum(net)::double as net
    from (select * replace (unnest([half, half + 1]) as half) from taken) group by all
), ranked as (
    select * replace (notional::double as notional),
        (sum(notional) over everybody)::double as volume,
        (max(notional) over others)::double as next,
        count(*) over others as takers
    from day window everybody as (partition by instrument, half),
        others as (partition by instrument, half order by hand
            rows between unbounded preceding and unbounded following exclude current row)
), large as (
    select *, notional / volume as share from ranked where notional >= {LEAST} * volume
), usual as (
    select l.hand, l.instrument, l.half, median(coalesce(d.notional::double, 0)) as usual
    from (select *, unnest(range(half - 14, half, 2)) as before from large) l
        join (select instrument, half, min(half) over (partition by instrument) as first
                from (select distinct instrument, half from day)) e
            on e.instrument = l.instrument and e.half = l.before and e.half > e.first
        left join day d
            on d.hand = l.hand and d.instrument = l.instrument and d.half = l.before
    group by all
), member_of as (
    select l.hand, l.instrument, l.half, t.owner_id, min(t.ts) as ts
    from large l join taken t on t.hand = l.hand and t.instrument = l.instrument
        and t.half between l.half - 1 and l.half
    group by all
), together as (
    select hand, instrument, half, list(owner_id order by owner_id) as owners
    from member_of group by all
), quoting as (
    select m.owner_id, m.instrument, m.half,
        count(*) filter (s.bid > 0 and s.offered > 0) / greatest(12, count(*)) as quoted
    from member_of m join shown_sides s on s.owner_id = m.owner_id and s.instrument = m.instrument
        and epoch_us(s.ts) // {_HALF} between m.half - 1 and m.half
    group by all
), named as (
    select m.owner_id, m.instrument, m.half,
        list(distinct f.trade_id order by f.trade_id) as trade_ids
    from member_of m join fills f on f.owner_id = m.owner_id and f.instrument = m.instrument
        and epoch_us(f.ts) // {_HALF} between m.half - 1 and m.half
    where f.is_taker and not f.is_block and not f.is_liquidation
    group by all
)
select m.ts, make_timestamp((m.half + 1) * {_HALF} - 1) as settled_at, m.instrument, m.owner_id,
    nullif(array_to_string(list_filter(o.owners, lambda x: x <> m.owner_id), ' '), '') as others,
    l.notional::decimal(18, 6) as notional, l.share, l.notional / nullif(l.next, 0) as ahead,
    l.takers, abs(l.net) / l.notional as one_way, u.usual::decimal(18, 6) as usual,
    coalesce(q.quoted, 0) as quoted, n.trade_ids
from member_of m join large l using (hand, instrument, half)
    join together o using (hand, instrument, half)
    join named n using (owner_id, instrument, half)
    left join usual u using (hand, instrument, half)
    left join quoting q using (owner_id, instrument, half)
"""
