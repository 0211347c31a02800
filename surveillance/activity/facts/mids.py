"""What an instrument was worth, second by second: best bid, best ask and their middle.

A row says what was known when its second began, so whoever acts within the second is not yet in
it. Each price holds for an hour at most: what nobody has renewed for longer says nothing, and a
row never depends on where the view begins. Rules join on ``second``, which costs an equality.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import FLAG, PRICE, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR, SECOND

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
_HOUR = HOUR // SECOND
"""How long a price holds, in seconds."""

_CHANGE = f"""
select instrument, epoch_us(ts) // {SECOND} as second, arg_max(price, (ts, seq, price)) as price
from {{rows}} and ts >= make_timestamp({{low}}) and ts < make_timestamp({{high}}) group by all
"""
_QUOTE = """(select instrument, ts, seq, side, case when quantity > 0 then price else 0 end as price
    from book where level = 0) where side = '{side}'"""
_ROWS = {
    "bids": _QUOTE.format(side="buy"),
    "asks": _QUOTE.format(side="sell"),
    "lasts": "trades where not coalesce(is_block, false)",
}

_SQL = f"""
with change as (
    select instrument, second, price as bid, second as bid_at, cast(null as decimal(38, 18)) as ask,
        cast(null as bigint) as ask_at, cast(null as decimal(38, 18)) as last,
        cast(null as bigint) as last_at from ({{bids}})
    union all by name select instrument, second, price as ask, second as ask_at from ({{asks}})
    union all by name select instrument, second, price as last, second as last_at from ({{lasts}})
), moment as (
    select instrument, second, max(bid) as bid, max(bid_at) as bid_at, max(ask) as ask,
        max(ask_at) as ask_at, max(last) as last, max(last_at) as last_at
    from (from change union all by name select instrument, second + {_HOUR} as second from change)
    group by all
), standing as (
    select instrument, second, lead(second) over w as until,
        last_value(bid ignore nulls) over w as bid,
        last_value(bid_at ignore nulls) over w as bid_at,
        last_value(ask ignore nulls) over w as ask,
        last_value(ask_at ignore nulls) over w as ask_at,
        last_value(last ignore nulls) over w as last,
        last_value(last_at ignore nulls) over w as last_at
    from moment window w as (partition by instrument order by second)
), known as (
    select instrument, greatest(second + 1, {{start}}) as first, least(until + 1, {{end}}) as stop,
        case when second - bid_at < {_HOUR} and bid <> 0 then bid end as bid,
        case when second - ask_at < {_HOUR} and ask <> 0 then ask end as ask,
        case when second - last_at < {_HOUR} then last end as last
    from standing where until >= {{start}}
), priced as (
    select instrument, first, stop, bid, ask,
        coalesce(cast(bid + (ask - bid) * 0.5 as decimal(38, 18)), last) as mid,
        bid + ask is not null as is_quoted
    from known where bid + ask is not null or last is not null
)
select make_timestamp(second * {SECOND}) as ts, *
from (select instrument, unnest(range(first, stop)) as second, * exclude (instrument, first, stop)
    from priced)
"""
"""What stands changes where a price comes, and an hour after it, when it says nothing any more; so
it is reckoned once for all seconds between."""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for each stretch of time."""
    for start, end in _stretches(connection):
        span = {"low": (start - _HOUR) * SECOND, "high": end * SECOND}
        changes = {name: _CHANGE.format(rows=rows, **span) for name, rows in _ROWS.items()}
        yield _SQL.format(**changes, start=start, end=end)


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


_HOURS = f"""
with change as (
    select distinct instrument, epoch_us(ts) // {HOUR} as hour from book where level = 0
    union select distinct instrument, epoch_us(ts) // {HOUR} from trades
)
select hour, count(distinct instrument) from (
    select instrument, hour from change union all select instrument, hour + 1 from change
) group by hour order by hour
"""
