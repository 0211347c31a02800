"""How large an order usually is: what others entered in an instrument in the hour before.

One row for each minute in which an owner entered orders, so that orders of one minute share it.
It is made in stretches of time, each with the hour before it, so that its cost grows with the
orders and its memory does not.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, Column, Table
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "usual_sizes",
    "One row an owner, instrument and minute with orders",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the minute", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who entered orders in it"),
        Column("usual", QUANTITY, "Average quantity of others' orders in the 60 minutes before"),
    ),
    fact=True,
)
READS = ("orders", "owners")
REACH = timedelta(minutes=60)
AHEAD = timedelta(0)

_SQL = f"""
with entered as (
    select coalesce(o.owner_id, n.trader_id) as owner_id, n.instrument,
        epoch_us(n.ts) // {MINUTE} as minute, sum(n.quantity) as quantity,
        count(n.quantity) as orders
    from orders n left join owners o using (trader_id)
    where n.event = 'new' and n.ts >= make_timestamp({{start}} - {HOUR})
        and n.ts < make_timestamp({{end}})
    group by all
), own as (
    select instrument, owner_id, minute, sum(quantity) over w as quantity,
        sum(orders) over w as orders
    from entered window w as (partition by instrument, owner_id order by minute
        range between 60 preceding and 1 preceding)
), market as (
    select instrument, minute, sum(quantity) over w as quantity, sum(orders) over w as orders
    from (select instrument, minute, sum(quantity) as quantity, sum(orders) as orders
        from entered group by all)
    window w as (partition by instrument order by minute range between 60 preceding and 1 preceding)
), others as (
    select m.instrument, w.owner_id, m.minute,
        m.quantity - case when w.owner_id is null then 0
            else coalesce(w.quantity, 0) end as quantity,
        m.orders - case when w.owner_id is null then 0 else coalesce(w.orders, 0) end as orders
    from own w join market m on m.instrument = w.instrument and m.minute = w.minute
)
select make_timestamp(minute * {MINUTE}) as ts, instrument, owner_id,
    cast(quantity / nullif(orders, 0) as decimal(38, 18)) as usual
from others where minute * {MINUTE} >= {{start}}
"""

_AT_ONCE = 1_000_000
"""How many messages are looked at together, to bound memory."""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for each stretch of time."""
    for start, end in stretches(connection):
        yield _SQL.format(start=start, end=end)


def stretches(
    connection: duckdb.DuckDBPyConnection, where: str = "event = 'new'"
) -> Iterator[tuple[int, int]]:
    """Yield stretches of whole hours, in microseconds, with about as many such messages each.

    No such message lies outside of all stretches.
    """
    hours = connection.execute(
        f"select epoch_us(ts) // {HOUR} as hour, count(*) from orders where {where} "
        "group by hour order by hour"
    ).fetchall()
    start, held = None, 0
    for hour, count in hours:
        if start is not None and held + count > _AT_ONCE:
            yield start * HOUR, hour * HOUR
            start, held = None, 0
        start, held = (hour if start is None else start), held + count
    if start is not None:
        yield start * HOUR, (hours[-1][0] + 1) * HOUR
