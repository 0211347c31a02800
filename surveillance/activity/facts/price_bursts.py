"""Bursts of taking that moved a price within two minutes, whom they drew and how the move faded.

Minutes are whole, and of bursts of one hand that overlap the largest counts. A hand is an owner, or
owners tied to one. What is usual is that of the day before, or of as much of it as the instrument
has traded, an hour at least; what others take is measured without the hand. A usual move is the
median of the hours of the day before, so that one wild hour does not excuse the next.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts.prevailing import each_minute
from surveillance.times import MINUTE

TABLE = Table(
    "price_bursts",
    "One row a hand and two minutes in which it took one way and moved the price",
    ("instrument", "hand", "side", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the two minutes", required=True),
        Column("settled_at", TIME, "Half an hour after them, when it is known", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("hand", TEXT, "Owner, or group of owners by its core, that took", required=True),
        Column("side", TEXT, "Which way", required=True, allowed=("buy", "sell")),
        Column("notional", MONEY, "Value taken in the two minutes, USD", required=True),
        Column("share", "DOUBLE", "Its part of what was taken that way in them", required=True),
        Column("deviations", "DOUBLE", "Move over the usual one of two minutes", required=True),
        Column("heavy", "DOUBLE", "Value over what all usually take that way in two minutes"),
        Column("followed", "DOUBLE", "What others took until five minutes later, over the usual"),
        Column("faded", "DOUBLE", "Part of the move given back within half an hour"),
    ),
    fact=True,
)
READS = ("fills", "groups", "prevailing")
TAKES = {
    "fills": ("side", "notional", "is_taker", "is_block", "is_liquidation"),
    "groups": ("group_id",),
    "prevailing": ("first", "stop", "mid"),
}
REACH = timedelta(hours=25)

LEAST = 6_000, 0.2, 2.5
"""USD, share and deviations below which there is no row: for cost, below any rule's line."""
_DAY = 23 * 60
"""Minutes before the burst in which the usual is looked for."""
_LARGEST = 9 * 10**15
_EVERYBODY = "(select instrument, side, minute, sum(notional) as notional from taken group by all)"


def _sums(by: str, rows: str) -> str:
    return f"""
    select {by}, minute, sum(notional) over burst as notional,
        sum(notional) over following as following, coalesce(sum(notional) over day, 0) as day,
        greatest(60, minute - 1 - min(minute) over day) as known
    from {rows}
    window burst as (partition by {by} order by minute range between 1 preceding and current row),
        following as (partition by {by} order by minute
            range between 1 preceding and 5 following),
        day as (partition by {by} order by minute range between {_DAY + 1} preceding
            and 2 preceding)"""


SQL = f"""
with member as (
    select trader_id, min(group_id) as hand from groups group by all
), taken as (
    select f.instrument, coalesce(m.hand, f.owner_id) as hand, f.side,
        epoch_us(f.ts) // {MINUTE} as minute, sum(f.notional) as notional
    from fills f left join member m using (trader_id)
    where f.is_taker and f.notional > 0 and not f.is_block and not f.is_liquidation group by all
), venue as (
    {_sums("instrument, side", _EVERYBODY)}
), own as ({_sums("instrument, side, hand", "taken")}
), strong as (
    select o.instrument, o.hand, o.side, if(o.side = 'buy', 1, -1) as sign, o.minute, o.notional,
        o.notional::double / v.notional::double as share,
        o.notional::double * v.known / nullif(v.day * 2, 0)::double as heavy,
        (v.following - o.following)::double * v.known
            / nullif((v.day - o.day) * 5, 0)::double as followed
    from own o join venue v using (instrument, side, minute)
    where o.notional >= {LEAST[0]} and o.notional >= {LEAST[1]} * v.notional
), price as (
    select instrument, second // 60 as minute, mid::double as mid,
        max(mid::double) over later as high, min(mid::double) over later as low,
        max(mid::double) over fading as last_high, min(mid::double) over fading as last_low
    from {each_minute(0)} where instrument in (select instrument from strong)
    window later as (partition by instrument order by second
            range between current row and 1800 following),
        fading as (partition by instrument order by second
            range between 300 following and 1800 following)
), change as (
    select a.* exclude (mid), a.minute // 60 as hour, b.mid as before,
        cast(round(least((a.mid / b.mid - 1) * {BILLION}, {_LARGEST})) as hugeint) as change
    from price a join price b on b.instrument = a.instrument and b.minute = a.minute - 2
    where b.mid > 0
), usual as (
    select instrument, hour, median(deviation) over (partition by instrument order by hour
        range between 23 preceding and 1 preceding) as deviation
    from (select instrument, hour, sqrt(sum(change * change)::double / count(*)) as deviation
        from change group by all)
), moved as (
    select s.*, c.before, s.sign * c.change::double / nullif(u.deviation, 0) as deviations,
        if(s.sign > 0, c.high, c.low) as peak, if(s.sign > 0, c.last_low, c.last_high) as faint
    from strong s join change c on c.instrument = s.instrument and c.minute = s.minute + 1
        join usual u on u.instrument = s.instrument and u.hour = c.hour
    where s.sign * c.change::double >= {LEAST[2]} * u.deviation and s.sign * c.change > 0
), largest as (
    select *, coalesce(minute - lag(minute) over w > 1 or notional > lag(notional) over w, true)
        and coalesce(lead(minute) over w - minute > 1 or notional >= lead(notional) over w, true)
        as is_largest
    from moved window w as (partition by instrument, hand, side order by minute)
)
select make_timestamp((minute - 1) * {MINUTE}) as ts,
    make_timestamp((minute + 31) * {MINUTE}) as settled_at, instrument, hand, side,
    cast(notional as decimal(18, 6)) as notional, share, deviations, heavy, followed,
    (peak - faint) / nullif(peak - before, 0) as faded
from largest where is_largest and deviations is not null
"""
