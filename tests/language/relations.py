"""The tables that the texts of these tests are about."""

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
