"""Completeness is a result: what each feed brought in a window, and where it was silent.

The finding that regulators make most is the alert that silently never ran because a feed was off
(FCA Market Watch 79), so every run says this of every table, empty ones included.
"""

from datetime import UTC, datetime
from typing import Any

from surveillance.activity.catalogue import ARRIVED, TABLES, Table
from surveillance.activity.view import STATE, View, moment
from surveillance.model import Window, format_time

_UNUSUAL = 20
"""A silence this many times the average gap between rows is worth a look."""


def completeness(view: View, window: Window) -> dict[str, dict[str, Any]]:
    """Return, per table: rows, first and last time, missing sequence numbers, longest silence."""
    return {name: _table(view, table, window) for name, table in TABLES.items()}


def _table(view: View, table: Table, window: Window) -> dict[str, Any]:
    since = "" if table.name in STATE else f"{table.time} >= {moment(window.start)} and "
    where = f"{since}{table.time} < {moment(window.end)}"
    rows = f'(select * from "{table.name}" where {where})'
    seq = "max(seq) - min(seq) + 1 - count(distinct seq)" if "seq" in table.schema else "null"
    gaps = (
        f"select {table.time} - lag({table.time}) over (order by {table.time}) as gap from {rows}"
    )
    found = view.arrow(
        f"select count(*) as rows, min({table.time}) as first, max({table.time}) as last, "
        f"max({ARRIVED}) as arrived, {seq} as missing_numbers, "
        f"(select epoch_us(max(gap)) from ({gaps})) as silence from {rows}"
    ).to_pylist()[0]
    return _plain(found)


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    rows, first, last = int(found["rows"]), found["first"], found["last"]
    silence = found["silence"]
    usual = (last - first).total_seconds() / max(1, rows - 1) if rows else 0
    seconds = round(float(silence) / 1_000_000, 3) if silence is not None else None
    missing = found["missing_numbers"]
    return {
        "rows": rows,
        "first": _time(first),
        "last": _time(last),
        "arrived": _time(found["arrived"]),
        "missing_numbers": None if missing is None else int(missing),
        "longest_silence_s": seconds,
        "unusual_silence": bool(rows > 100 and seconds and seconds > _UNUSUAL * max(1.0, usual)),
    }


def _time(value: datetime | None) -> str | None:
    return None if value is None else format_time(value.replace(tzinfo=UTC))
