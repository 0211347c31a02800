"""What an owner shows on each side, minute by minute: whether it quotes or presses one way.

One row for each minute in which an owner entered orders, with what it entered or moved in that
minute and the one before; market orders show nothing. Who quotes both sides renews both, so that
its many withdrawn orders on one side have as many on the other.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, Column, Table
from surveillance.activity.facts.usual_sizes import stretches
from surveillance.times import MINUTE

TABLE = Table(
    "shown_sides",
    "One row an owner, instrument and minute with orders",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the minute", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who entered orders in it"),
        Column("bid", QUANTITY, "Entered to buy, in it and the minute before", required=True),
        Column("offered", QUANTITY, "Entered to sell, in it and the minute before", required=True),
    ),
    fact=True,
)
READS = ("orders", "owners")
REACH = timedelta(minutes=1)
AHEAD = timedelta(0)

_SHOWN = "event in ('new', 'replace') and type is distinct from 'market'"

_SQL = f"""
with entered as (
    select coalesce(o.owner_id, n.trader_id) as owner_id, n.instrument,
        epoch_us(n.ts) // {MINUTE} as minute,
        sum(n.quantity) filter (n.side = 'buy') as bid,
        sum(n.quantity) filter (n.side = 'sell') as offered
    from orders n left join owners o using (trader_id)
    where {_SHOWN} and n.ts >= make_timestamp({{start}} - {MINUTE})
        and n.ts < make_timestamp({{end}})
    group by all
), wide as (
    select owner_id, instrument, minute, sum(bid) over w as bid, sum(offered) over w as offered
    from entered window w as (partition by instrument, owner_id order by minute
        range between 1 preceding and current row)
)
select make_timestamp(minute * {MINUTE}) as ts, instrument, owner_id,
    coalesce(bid, 0) as bid, coalesce(offered, 0) as offered
from wide where minute * {MINUTE} >= {{start}}
"""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for each stretch of time."""
    for start, end in stretches(connection, _SHOWN):
        yield _SQL.format(start=start, end=end)
