"""What a transfer at this venue usually is, so that no floor is above all that a small one sees.

The median of the four weeks before each day; on the first days nothing is known, and the figures
of law stand alone.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TIME, WHOLE, Column, Table

TABLE = Table(
    "usual_transfers",
    "One row a day that has transfers in the four weeks before it",
    ("day",),
    "ts",
    (
        Column("ts", TIME, "When the day began", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("usd", "DOUBLE", "Median worth of a transfer, USD", required=True),
        Column("moves", WHOLE, "How many there were", required=True),
    ),
    fact=True,
)
READS = ("payments",)
REACH = timedelta(days=29)

SQL = """
with cell as (
    select epoch_us(ts) // 86400000000 as day, floor(ln(greatest(usd, 0.01)) * 20)::bigint as size,
        count(*) as moves from payments group by all
), day as (
    select distinct day + unnest(range(0, 8)) as day from cell
), around as (
    select d.day, c.size, sum(c.moves)::bigint as moves
    from day d join cell c on c.day >= d.day - 28 and c.day < d.day group by all
), ranked as (
    select *, sum(moves) over (partition by day order by size) as upto,
        sum(moves) over (partition by day) as whole from around
)
select make_timestamp(day * 86400000000) as ts, day, exp((min(size) + 0.5) / 20) as usd,
    any_value(whole)::bigint as moves
from ranked where 2 * upto >= whole group by day
"""
