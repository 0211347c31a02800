"""What an instrument was worth, second by second: best bid, best ask and their middle.

A row says what was known when its second began, so whoever acts within the second is not yet in
it. Each price holds for an hour at most: what nobody has renewed for longer says nothing, and a
row never depends on where the view begins. Rules join on ``second``, which costs an equality;
facts read ``prevailing``, which has fewer rows.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.prevailing import PRICES
from surveillance.times import SECOND

TABLE = Table(
    "mids",
    "One row an instrument and second in which its price is known",
    ("instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the second", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("second", WHOLE, "The second, counted from 1970: epoch_us(ts) // 1000000"),
        *PRICES,
    ),
    fact=True,
)
READS = ("prevailing",)
REACH = timedelta(0)


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield one query, whose rows are of a kind that memory cannot hold."""
    yield f"""
    select make_timestamp(second * {SECOND}) as ts, * from (
        select instrument, unnest(range(first, stop)) as second, bid, ask, mid, is_quoted
        from prevailing)
    """
