"""Rows of people who share things, and what a fact says of them whatever the run's window."""

from datetime import timedelta
from typing import Any

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]


def fact(name: str, **tables: Rows) -> Rows:
    """Make a fact of rows written by hand in an hour long after them all."""
    later = START + timedelta(days=30)
    return fact_in(Window(later, later + timedelta(hours=1)), name, tables)


def fact_in(window: Window, name: str, tables: dict[str, Rows]) -> Rows:
    """Make a fact of rows written by hand as a run of a window sees it."""
    with sample_view(tables, window) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f"select * from {name} order by all").to_pylist()
    return rows


def logins(*traders: str, since: int = 0, days: int = 3, **used: Any) -> Rows:
    """Sign each account in once a day, an hour apart."""
    return [
        {"at": f"{since * 24 + hour}h", "times": days, "apart": "1d", "trader_id": trader, **used}
        for hour, trader in enumerate(traders)
    ]


def paid(direction: str, *traders: str, **how: Any) -> Rows:
    """Move money once for each account."""
    return [{"at": "1h", "trader_id": who, "direction": direction, **how} for who in traders]
