"""Times in which one outside price of an index went its own way, and how the index followed.

A constituent strays while it is further than half a per cent from the median of all, the bound
at which a large options venue holds its constituents. It must itself have moved: one that
stands still while the others move is an outage and nobody's doing.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, PRICE, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "stray_constituents",
    "One row a constituent and the begin of a time in which it strays",
    ("instrument", "constituent", "ts"),
    "ts",
    (
        Column("ts", TIME, "First row that strays", required=True),
        Column("instrument", TEXT, "Instrument whose index it is", required=True),
        Column("underlying", TEXT, "Its underlying asset, if known"),
        Column("constituent", TEXT, "Outside venue", required=True),
        Column("ended_at", TIME, "Last row that strays", required=True),
        Column("rows", WHOLE, "How many rows stray", required=True),
        Column("stray", WHOLE, "Furthest from the median of all, billionths; signed"),
        Column("own_change", WHOLE, "What it moved itself since the row before, billionths"),
        Column("index_before", PRICE, "Index before"),
        Column("index_at_peak", PRICE, "Index where it strays furthest"),
    ),
    fact=True,
)
READS = ("marks", "instruments")
REACH = timedelta(hours=1)
AHEAD = timedelta(hours=1)
"""How long a time that strays is looked at."""

BOUND = 5_000_000
"""Billionths: half a per cent."""
LONGEST = 60
"""Rows after which a time that strays still is told as a new one."""

SQL = f"""
with price as (
    select instrument, constituent, ts, value from marks
    where kind = 'constituent' and constituent <> '' and value > 0
), around as (
    select p.*, m.others from price p join (
        select instrument, ts, median(value) as others from price group by all having count(*) >= 3
    ) m using (instrument, ts)
), off as (
    select *, cast(round((value::double / others::double - 1) * {BILLION}) as bigint) as stray,
        lag(value) over w as before, lag(others) over w as others_before, lag(ts) over w as earlier
    from around window w as (partition by instrument, constituent order by ts)
), marked as (
    select *, abs(stray) > {BOUND} as far,
        coalesce(abs(before::double / others_before::double - 1)
            * {BILLION} > {BOUND} and earlier > ts - interval 10 minute, false) as far_before
    from off
), begun as (
    select * from marked where far and not far_before
        and abs(value::double / before::double - 1)
            > abs(others::double / others_before::double - 1)
), spell as (
    select b.instrument, b.constituent, b.ts, b.value, b.before, b.earlier, m.ts as moment,
        m.stray, m.far,
        row_number() over (partition by b.instrument, b.constituent, b.ts order by m.ts) as n
    from begun b join marked m on m.instrument = b.instrument and m.constituent = b.constituent
        and m.ts >= b.ts and m.ts < b.ts + interval {LONGEST} minute
), stopped as (
    select *, min(n) filter (not far) over (partition by instrument, constituent, ts) as stop
    from spell
), whole as (
    select instrument, constituent, ts, max(moment) as ended_at, count(*) as rows,
        arg_max(stray, (abs(stray), moment)) as stray,
        arg_max(moment, (abs(stray), moment)) as peak_at, min(earlier) as earlier,
        cast(round((any_value(value)::double / any_value(before)::double - 1) * {BILLION})
            as bigint) as own_change
    from stopped where coalesce(n < stop, true) group by all
), index as (
    select instrument, ts, value from marks where kind = 'index' and constituent = ''
), terms as (
    select instrument, underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
)
select w.ts, w.instrument, t.underlying, w.constituent, w.ended_at, w.rows, w.stray, w.own_change,
    (select arg_max(i.value, i.ts) from index i where i.instrument = w.instrument
        and i.ts <= w.earlier and i.ts >= w.earlier - interval 10 minute) as index_before,
    (select arg_max(i.value, i.ts) from index i where i.instrument = w.instrument
        and i.ts <= w.peak_at and i.ts >= w.peak_at - interval 10 minute) as index_at_peak
from whole w left join terms t using (instrument)
"""
