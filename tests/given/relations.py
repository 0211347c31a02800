"""The tables that the texts of these tests are about, and an engine to ask."""

from typing import Any

import duckdb

TRADES = {
    "ts": "TIMESTAMP",
    "trade_id": "VARCHAR",
    "price": "DECIMAL(18,8)",
    "quantity": "DECIMAL(18,8)",
    "fee": "DOUBLE",
    "n": "BIGINT",
    "ok": "BOOLEAN",
    "tags": "VARCHAR[]",
    "body": "JSON",
}
ORDERS = {"ts": "TIMESTAMP", "order_id": "VARCHAR", "price": "DECIMAL(18,8)"}
RELATIONS = {"trades": TRADES, "orders": ORDERS}


_ENGINE = duckdb.connect()


def asked(sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query that reads no table."""
    return _ENGINE.cursor().execute(sql).fetchall()
