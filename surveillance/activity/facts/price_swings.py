"""Swings of a price: it ran up or down within an hour as it seldom does, and how far it came back.

Prices are averages of minutes, weighted by quantity, so one odd print is no swing. A peak is a
minute whose price no other within an hour of it exceeds. What came back is looked at for two
hours: whoever asks sooner than that after ``ts`` asks too soon. What is usual is a median, so that
one wild hour does not excuse the next. Options are left out; their prices run with the least move
of what they are on.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, TEXT, TIME, Column, Table
from surveillance.times import MINUTE

TABLE = Table(
    "price_swings",
    "One row an instrument and peak or trough that it reached within an hour",
    ("instrument", "ts", "direction"),
    "ts",
    (
        Column("ts", TIME, "Start of the minute of the extreme", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("direction", TEXT, "Which way it ran", required=True, allowed=("up", "down")),
        Column("began_at", TIME, "When it began to run, at most an hour before", required=True),
        Column("start", "DOUBLE", "Notional value of a contract when it began", required=True),
        Column("size", "DOUBLE", "How far it ran, as a part of where it began", required=True),
        Column("unusual", "DOUBLE", "Size over the median range of an hour in the day before"),
        Column("busy", "DOUBLE", "Volume of the run a minute, over that of the day before"),
        Column("retraced", "DOUBLE", "Part of it given back within two hours", required=True),
    ),
    fact=True,
)
READS = ("trades", "instruments")
REACH = timedelta(hours=26)

_SMALLEST = 0.015
"""Moves below this are nobody's concern, and many."""

SQL = f"""
with terms as (
    select instrument, kind from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), bars as (
    select t.instrument, epoch_us(t.ts) // {MINUTE} as minute, sum(t.quantity) as quantity,
        sum(cast(t.price::double * t.quantity::double as decimal(38, 8)))::double
            / sum(t.quantity)::double as price
    from trades t left join terms i using (instrument)
    where t.price > 0 and t.cause is null and not coalesce(t.is_block, false)
        and coalesce(i.kind, '') <> 'option'
    group by all
), shown as (
    select *, min(price) over an_hour as low, max(price) over an_hour as high,
        coalesce(price > max(price) over earlier, true) and price = max(price) over later_hour
            as is_top,
        coalesce(price < min(price) over earlier, true) and price = min(price) over later_hour
            as is_bottom,
        min(price) over later as sank, max(price) over later as rose
    from bars window
        an_hour as (partition by instrument order by minute
            range between 60 preceding and current row),
        earlier as (partition by instrument order by minute
            range between 60 preceding and 1 preceding),
        later_hour as (partition by instrument order by minute
            range between current row and 60 following),
        later as (partition by instrument order by minute
            range between current row and 120 following)
), hours as (
    select instrument, minute // 60 as hour,
        cast(round((max(price) / min(price) - 1) * {BILLION}) as bigint) as width,
        sum(quantity) as quantity from bars group by all
), usual as (
    select instrument, hour, median(width) over w / {BILLION} as width,
        sum(quantity) over w / 1440 as quantity
    from hours window w as (partition by instrument order by hour
        range between 24 preceding and 2 preceding)
), extreme as (
    select instrument, minute, 'up' as direction, price, low as began, high / low - 1 as size,
        (price - sank) / nullif(price - low, 0) as retraced
    from shown where is_top and price >= low * (1 + {_SMALLEST})
    union all
    select instrument, minute, 'down', price, high, 1 - low / high,
        (rose - price) / nullif(high - price, 0)
    from shown where is_bottom and price <= high * (1 - {_SMALLEST})
), since as (
    select e.instrument, e.minute, e.direction, max(b.minute) as began_minute
    from extreme e join bars b on b.instrument = e.instrument
        and b.minute between e.minute - 60 and e.minute and b.price = e.began
    group by all
), run as (
    select s.*, sum(b.quantity) as quantity
    from since s join bars b on b.instrument = s.instrument
        and b.minute between s.began_minute and s.minute group by all
)
select make_timestamp(e.minute * {MINUTE}) as ts, e.instrument, e.direction,
    make_timestamp(r.began_minute * {MINUTE}) as began_at, e.began as start, e.size,
    e.size / nullif(u.width, 0) as unusual,
    r.quantity / (r.minute - r.began_minute + 1) / nullif(u.quantity, 0) as busy,
    least(1, e.retraced) as retraced
from extreme e join run r using (instrument, minute, direction)
    left join usual u on u.instrument = e.instrument and u.hour = e.minute // 60
"""
