"""What a customer did, row by row: orders, trades, transfers and logins, a page at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from surveillance.customers.identity import Customer
from surveillance.installation import Installation
from surveillance.model import Window

SIZE = 100
"""Rows of a page."""
MOST_PAGES = 1_000
COLUMNS = {
    "orders": ("ts", "trader_id", "instrument", "order_id", "event", "side", "type", "price",
               "quantity", "remaining", "reason"),
    "trades": ("ts", "instrument", "trade_id", "price", "quantity", "taker_side", "buyer_id",
               "seller_id", "cause"),
    "transfers": ("ts", "trader_id", "transfer_id", "direction", "kind", "asset", "amount", "usd",
                  "counterparty_id", "counterparty_name", "counterparty_vasp", "address",
                  "country"),
    "logins": ("ts", "trader_id", "kind", "ip", "network", "country", "device_id",
               "is_anonymised"),
}  # fmt: skip
"""What may be browsed, and the columns that are shown of it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows, the last first; ``has_more`` says whether there is another."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    page: int
    has_more: bool


def browse(
    place: Installation, customer: Customer, window: Window, table: str, page: int, at: datetime
) -> Rows:
    """Return a page of what a customer did in a window, as known at a moment."""
    with place.lake.view(
        window, at, None, place.settings.threads, accounts=customer.accounts
    ) as view:
        columns = ", ".join(COLUMNS[table])
        found = view.arrow(
            f"select {columns} from {table} order by ts desc, seq desc "
            f"limit {SIZE + 1} offset {(page - 1) * SIZE}"
        ).to_pylist()
    has_more = len(found) > SIZE and page < MOST_PAGES
    return Rows(table, COLUMNS[table], tuple(map(plain, found[:SIZE])), page, has_more)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the lake with its times aware, in UTC."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
