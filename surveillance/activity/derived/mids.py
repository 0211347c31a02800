"""What an instrument was worth, second by second: best bid, best ask and their middle.

A row says what was known when its second began, so whoever acts within the second is not yet in
it. Each price holds for an hour at most: what nobody has renewed for longer says nothing, and a
row never depends on where the view begins. Rules join on ``second``, which costs an equality.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import FLAG, PRICE, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "mids",
    "One row an instrument and second in which its price is known",
    ("instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the second", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("second", WHOLE, "The second, counted from 1970: epoch_us(ts) // 1000000"),
        Column("bid", PRICE, "Best bid, if there was one"),
        Column("ask", PRICE, "Best ask, if there was one"),
        Column("mid", PRICE, "Middle of both; the last trade where one is missing", required=True),
        Column("is_quoted", FLAG, "It is the middle, not a trade", required=True),
    ),
    fact=True,
)
READS = ("book", "trades")
REACH = timedelta(hours=1)

_AT_ONCE = 4_000_000
"""How many rows are made together, to bound memory."""
_HOUR = 3600

_SQL = """
with said as (
    select instrument, ts, seq, side, case when quantity > 0 then price else 0 end as price
    from book where level = 0 and ts >= make_timestamp({low}) and ts < make_timestamp({high})
    union all
    select instrument, ts, seq, 'trade', price from trades
    where not coalesce(is_block, false) and ts >= make_timestamp({low})
        and ts < make_timestamp({high})
), change as (
    select instrument, epoch_us(ts) // 1000000 as second,
        arg_max(price, (ts, seq, price)) filter (side = 'buy') as bid,
        arg_max(price, (ts, seq, price)) filter (side = 'sell') as ask,
        arg_max(price, (ts, seq, price)) filter (side = 'trade') as last
    from said group by all
), held as (
    select instrument, second, lead(second) over (partition by instrument order by second) as next,
        last_value(bid ignore nulls) over w as bid, last_value(ask ignore nulls) over w as ask,
        last_value(last ignore nulls) over w as last,
        last_value(if(bid is null, null, second) ignore nulls) over w as bid_at,
        last_value(if(ask is null, null, second) ignore nulls) over w as ask_at,
        last_value(if(last is null, null, second) ignore nulls) over w as last_at
    from change window w as (partition by instrument order by second)
), spread as (
    select * exclude (second), unnest(range(greatest(second + 1, {start}),
        1 + least(coalesce(next, {end}), second + 3600, {end} - 1))) as second
    from held
), known as (
    select instrument, second, if(second - bid_at <= 3600, nullif(bid, 0), null) as bid,
        if(second - ask_at <= 3600, nullif(ask, 0), null) as ask,
        if(second - last_at <= 3600, last, null) as last
    from spread
)
select make_timestamp(second * 1000000) as ts, instrument, second, bid, ask,
    coalesce(cast(bid + (ask - bid) * 0.5 as decimal(18, 8)), last) as mid,
    bid is not null and ask is not null as is_quoted
from known where bid is not null and ask is not null or last is not null
"""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for each stretch of time."""
    for start, end in _stretches(connection):
        low, high = (start - _HOUR) * 1_000_000, end * 1_000_000
        yield _SQL.format(low=low, high=high, start=start, end=end)


def _stretches(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, int]]:
    """Yield stretches of whole hours, in seconds, in which something is or was just known."""
    hours = connection.execute(_HOURS).fetchall()
    start, held = None, 0
    for hour, instruments in hours:
        if start is not None and held + instruments * _HOUR > _AT_ONCE:
            yield start * _HOUR, hour * _HOUR
            start, held = None, 0
        start, held = (hour if start is None else start), held + instruments * _HOUR
    if start is not None:
        yield start * _HOUR, (hours[-1][0] + 1) * _HOUR


_HOURS = """
with change as (
    select distinct instrument, epoch_us(ts) // 3600000000 as hour from book where level = 0
    union select distinct instrument, epoch_us(ts) // 3600000000 from trades
)
select hour, count(distinct instrument) from (
    select instrument, hour from change union all select instrument, hour + 1 from change
) group by hour order by hour
"""
