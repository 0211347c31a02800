"""What each order shows in the book, and since when: one row for every change of it.

An order is followed from its entry or its last replacement on. What is hidden, waits for a trigger
or goes to market shows nothing. Withdrawals in parts and replacements are changes like any other;
``order_life`` knows only how an order ended.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import (
    FLAG,
    KEY,
    PRICE,
    QUANTITY,
    TEXT,
    TIME,
    WHOLE,
    Column,
    Table,
)

TABLE = Table(
    "displays",
    "One row a change of what an order shows",
    ("order_key", "ts", "seq"),
    "ts",
    (
        Column("ts", TIME, "When it changed", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("until", TIME, "When it changed next, if it has"),
        Column("since", TIME, "When it entered or was last replaced", required=True),
        Column("order_id", TEXT, "Order identification", required=True),
        Column("order_key", KEY, "The order", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("trader_id", TEXT, "Who entered it"),
        Column("side", TEXT, "Side", required=True, allowed=("buy", "sell")),
        Column("event", TEXT, "What changed it", required=True),
        Column("by_trader", FLAG, "It was no doing of the venue's", required=True),
        Column("price", PRICE, "Price since its entry or last replacement"),
        Column("shown", QUANTITY, "Contracts shown from now on"),
        Column("before", QUANTITY, "Contracts shown until now"),
        Column("meant", QUANTITY, "Contracts at entry or last replacement, shown or not"),
        Column("traded", QUANTITY, "Contracts filled since then, as its messages say"),
        Column("depth", QUANTITY, "Visible depth of its side at entry"),
    ),
    fact=True,
)
READS = ("orders",)
REACH = timedelta(hours=1)
"""How long an order is followed."""

_SET = "event in ('new', 'replace')"
RESTS = "type is distinct from 'market' and type is distinct from 'stop'"


def changes(messages: str) -> str:
    """Return a query for the changes that messages of orders tell, given a query for those."""
    return f"""
    with message as (
        select *, event <> 'new' as later, case when {_SET} then coalesce(nullif(remaining, 0), quantity)
            when event = 'cancel' then coalesce(remaining, 0)
            when event in ('expire', 'reject') then 0 else remaining end as open
        from ({messages}) where {RESTS}
    ), life as (
        select * exclude (price), count(*) filter ({_SET}) over o as life, lead(ts) over o as until,
            max(ts) filter ({_SET}) over o as since,
            last_value(case when {_SET} then price end ignore nulls) over o as price,
            last_value(case when {_SET} then open end ignore nulls) over o as meant,
            last_value(case when {_SET} then coalesce(displayed, open) end ignore nulls) over o as part
        from message window o as (partition by order_key order by ts, seq, later)
    ), left_over as (
        select *, coalesce(sum(quantity) filter (event = 'fill') over (
            partition by order_key, life order by ts, seq, later), 0) as traded
        from life where life > 0
    ), shown as (
        select *, greatest(0, least(part, coalesce(open, meant - traded))) as shown from left_over
    )
    select ts, seq, until, since, order_id, order_key, instrument, trader_id, side, event,
        coalesce(ended_by in ('trader', 'expiry'), true) as by_trader, price, shown,
        coalesce(lag(shown) over (partition by order_key order by ts, seq, later), 0) as before,
        meant, traded, depth
    from shown
    """


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for each part of the orders, so that memory does not grow with them."""
    count = connection.execute("select count(*) from orders").fetchall()[0][0]
    parts = 1 + count // _AT_ONCE
    reach = f"since >= ts - interval {REACH // timedelta(minutes=1)} minute"
    for part in range(parts):
        these = f"select * from orders where hash(order_key) % {parts} = {part}"
        yield f"select * from ({changes(these)}) where {reach}"


_AT_ONCE = 3_000_000
"""How many messages are looked at together."""
