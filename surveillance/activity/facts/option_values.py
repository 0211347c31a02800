"""What each option was worth at the end of a day, and how that moved with what moves it.

Its volatility is read from its own mark, on the forward that its index says, or else a mark of what
is traded on the same coin. Where either is missing nothing is known, and nothing is assumed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from surveillance.activity.catalogue import TEXT, TIME, Column, Table
from surveillance.activity.facts import typed
from surveillance.activity.pricing import YEAR, Option, implied, value
from surveillance.times import DAY

TABLE = Table(
    "option_values",
    "One row an option and day whose volatility its mark tells",
    ("instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the day; known at its end", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("forward", "DOUBLE", "Price of the underlying", required=True),
        Column("volatility", "DOUBLE", "Implied volatility a year, as a share", required=True),
        Column("worth", "DOUBLE", "Worth of one unit", required=True),
        Column("delta", "DOUBLE", "Units of the underlying that it moves like", required=True),
        Column("gamma", "DOUBLE", "Change of delta when the price moves 1 %", required=True),
        Column("vega", "DOUBLE", "Change of worth for a point of volatility", required=True),
        Column("theta", "DOUBLE", "Change of worth when a day passes", required=True),
    ),
    fact=True,
)
READS = ("instruments", "contracts", "marks")

_SQL = f"""
with terms as (
    select instrument, underlying, option_kind, strike, expires_at from instruments
    where kind = 'option' and option_kind is not null and strike is not null
        and expires_at is not null
    qualify row_number() over (partition by instrument order by ts desc) = 1
), last as (
    select instrument, epoch_us(ts) // {DAY} as day,
        arg_max(value, ts) filter (kind = 'mark') as mark,
        max(ts) filter (kind = 'mark') as marked_at,
        arg_max(value, ts) filter (kind = 'index') as index
    from marks where kind in ('mark', 'index') group by all
), coin as (
    select c.underlying, l.day, arg_min(l.mark, (
        case c.kind when 'perpetual' then 0 when 'spot' then 1 else 2 end, l.instrument)) as price
    from last l join (select distinct instrument, underlying, kind from contracts) c
        using (instrument)
    where c.kind in ('perpetual', 'spot', 'future') and l.mark is not null group by all
)
select make_timestamp(l.day * {DAY}) as ts, t.instrument, t.option_kind as "right",
    cast(t.strike as double) as strike, cast(coalesce(l.index, u.price) as double) as forward,
    cast(l.mark as double) as mark, c.quote = c.underlying as is_in_coins,
    (epoch_us(t.expires_at) - epoch_us(l.marked_at)) / {YEAR} as years
from last l join terms t using (instrument)
    join contracts c on c.instrument = t.instrument
        and l.marked_at >= c.since and l.marked_at < c.until
    left join coin u on u.underlying = c.underlying and u.day = l.day
where l.mark is not null and coalesce(l.index, u.price) > 0
order by ts, instrument
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Value every option on every day."""
    rows = connection.sql(_SQL).to_arrow_table().to_pylist()
    return typed(TABLE, _valued(rows))


def _valued(rows: list[dict[str, Any]]) -> Iterator[Mapping[str, object]]:
    for row in rows:
        option = Option(row["right"], row["strike"], row["years"])
        forward, mark = row["forward"], row["mark"]
        volatility = implied(option, forward, mark * forward if row["is_in_coins"] else mark)
        if volatility is not None:
            now = value(option, forward, volatility)
            yield {
                "ts": row["ts"],
                "instrument": row["instrument"],
                "forward": forward,
                "volatility": volatility,
                "worth": now.worth,
                "delta": now.delta,
                "gamma": now.gamma,
                "vega": now.vega,
                "theta": now.theta,
            }
