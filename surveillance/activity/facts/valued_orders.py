"""What each order was worth when it was entered; see ``valued_trades``."""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import Table
from surveillance.activity.facts.rates import HOLDS
from surveillance.activity.facts.valued_trades import columns, valued

TABLE = Table(
    "valued_orders",
    "One row an order of a price, whose value is known",
    ("order_key", "ts"),
    "ts",
    columns("order_key"),
    fact=True,
)
READS = ("orders", "contracts", "rates")
REACH = HOLDS
AHEAD = timedelta(0)


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for orders in dollars, and one for others."""
    rows = (
        "select ts, order_key, instrument, price, quantity from orders "
        "where event = 'new' and price is not null"
    )
    yield from valued(connection, rows, "order_key")
