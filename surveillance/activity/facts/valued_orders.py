"""What each order was worth when it was entered; see ``valued_trades``."""

from collections.abc import Iterator

import duckdb

from surveillance.activity.catalogue import KEY, MONEY, TEXT, TIME, VALUE, Column, Table
from surveillance.activity.facts.rates import HOLDS
from surveillance.activity.facts.valued_trades import valued

TABLE = Table(
    "valued_orders",
    "One row an order of a price, whose value is known",
    ("order_key", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it was entered", required=True),
        Column("order_key", KEY, "The order", required=True),
        Column("value", VALUE, "Price x size, or size alone if inverse", required=True),
        Column("currency", TEXT, "Currency of the value", required=True),
        Column("usd", MONEY, "The same in USD, if there was a rate"),
    ),
    fact=True,
)
READS = ("orders", "contracts", "rates")
REACH = HOLDS


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for orders in dollars, and one for others."""
    rows = (
        "select ts, order_key, instrument, price, quantity from orders "
        "where event = 'new' and price is not null"
    )
    yield from valued(connection, rows, "order_key")
