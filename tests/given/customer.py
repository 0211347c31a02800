"""A venue of three owners written by hand: two share a device, one has a name on a list."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from surveillance.activity.batch import Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.facts import typed
from surveillance.activity.lake import Lake

DAY = datetime(2026, 3, 2, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script>"


def table(name: str, *rows: dict[str, Any]) -> pa.Table:
    """Rows of a catalogue table, their times naive as a source hands them over."""
    columns = {key for row in rows for key in row}
    plain = [
        {
            key: value.astimezone(UTC).replace(tzinfo=None)
            if isinstance(value, datetime)
            else value
            for key, value in row.items()
        }
        for row in rows
    ]
    return typed(TABLES[name], plain).select(sorted(columns))


def at(hours: float) -> datetime:
    """A moment so many hours into the day."""
    return DAY + timedelta(hours=hours)


def land(
    lake: Lake, batch: str = "first", known: datetime = DAY + timedelta(days=2), **tables: Any
) -> None:
    """Land rows by table, as known from a moment on."""
    ready = {name: table(name, *rows) for name, rows in tables.items()}
    lake.land(Batch("hand", batch, ready), known)


LISTED = {"ts": at(-900), "list": "L", "entry_id": "1", "name_id": "", "entity": "natural",
          "name": "ABDULRAHMAN, Farid", "birth_date": "25 Mar 1977"}  # fmt: skip


def furnish(lake: Lake) -> None:
    """Land the venue: owners OWN-2210 (two accounts), OWN-B, and C whose name nobody knows."""
    accounts = [("T-2210", "OWN-2210"), ("T-2211", "OWN-2210"), ("B", "OWN-B"), ("C", None)]
    logins = [
        {"ts": at(n + k / 10), "seq": 10 * n + k, "trader_id": who, "kind": "login",
         "device_id": "D1", "ip": "10.0.0.1"}
        for n in range(4)
        for k, who in enumerate(("T-2210", "B"))
    ]  # fmt: skip
    land(
        lake,
        accounts=[
            {"ts": at(-900), "trader_id": who, "owner_id": owner, "status": "open"}
            for who, owner in accounts
        ],
        kyc=[
            {"ts": at(-800), "trader_id": "T-2210", "name": "Farid Abdul-Rahman",
             "entity": "natural", "residence": "DE"},
            {"ts": at(-100), "trader_id": "T-2210", "name": "Farid Abdul-Rahman",
             "entity": "natural", "residence": "FR", "occupation": SCRIPT},
            {"ts": at(-800), "trader_id": "B", "name": "Berta Bright", "entity": "natural"},
        ],
        watchlist=[LISTED],
        logins=logins,
        transfers=[
            {"ts": at(5 + n / 100), "seq": n, "transfer_id": f"t{n}", "trader_id": "T-2210",
             "direction": "in", "asset": "USD", "amount": Decimal(100 + n),
             "usd": Decimal(100 + n), "counterparty_name": SCRIPT}
            for n in range(120)
        ],
    )  # fmt: skip
