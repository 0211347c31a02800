"""What an instrument was worth, stretch by stretch: for as long as no price comes and none ends.

A row holds for whole seconds, from ``first`` until before ``stop``, and says what was known when
each began, as ``mids`` does second by second: of most instruments there are far fewer stretches
than seconds. No stretch is longer than the hour in which it begins, so that a row depends on no
more than that hour and the one before. Facts look a price up by the last stretch that began.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import FLAG, PRICE, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR, SECOND

PRICES = (
    Column("bid", PRICE, "Best bid, if there was one"),
    Column("ask", PRICE, "Best ask, if there was one"),
    Column("mid", PRICE, "Middle of both; the last trade where one is missing", required=True),
    Column("is_quoted", FLAG, "It is the middle, not a trade", required=True),
)
TABLE = Table(
    "prevailing",
    "One row an instrument and stretch of seconds in which its price stands",
    ("instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of its first second", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("first", WHOLE, "Its first second, counted from 1970", required=True),
        Column("stop", WHOLE, "The second after its last", required=True),
        *PRICES,
    ),
    fact=True,
)
READS = ("book", "trades")
REACH = timedelta(hours=1)
AHEAD = timedelta(hours=1)
"""When the next price came, within the hour."""

_AT_ONCE = 4_000_000
"""How many seconds of instruments are looked at together, to bound memory."""
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
    from (from change
        union all by name select instrument, second + {_HOUR} as second from change
        union all by name select distinct instrument, (second // {_HOUR} + 1) * {_HOUR} - 1
            as second from change)
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
    select instrument, second + 1 as first, until + 1 as stop,
        case when second - bid_at < {_HOUR} and bid <> 0 then bid end as bid,
        case when second - ask_at < {_HOUR} and ask <> 0 then ask end as ask,
        case when second - last_at < {_HOUR} then last end as last
    from standing where second + 1 >= {{start}} and until < {{end}}
)
select make_timestamp(first * {SECOND}) as ts, instrument, first, stop, bid, ask,
    coalesce(cast(bid + (ask - bid) * 0.5 as decimal(38, 18)), last) as mid,
    bid + ask is not null as is_quoted
from known where bid + ask is not null or last is not null
"""
"""What stands changes where a price comes, and an hour after it, when it says nothing any more; so
it is reckoned once for all seconds between."""


def each_minute(second: int) -> str:
    """Return SQL for the price in one second of every minute in which it is known."""
    return (
        f"(select instrument, unnest(range(first + ({second} + 60 - first % 60) % 60, stop, 60)) "
        "as second, bid, ask, mid, is_quoted from prevailing)"
    )


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
