"""Completeness is a result: what each feed brought in a window, and where it was silent.

The finding that regulators make most is the alert that silently never ran because a feed was off
(FCA Market Watch 79), so every run says this of every table, empty ones included.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from surveillance.activity.catalogue import ARRIVED, TABLES, Table
from surveillance.activity.view import STATE, View, moment
from surveillance.model import Window, format_time

_ROWS_A_BUCKET = 8
_UNUSUAL = 20
"""A silence this many times the average gap between rows is worth a look."""


def completeness(view: View, window: Window) -> dict[str, dict[str, Any]]:
    """Return, per table: rows, first and last time, missing sequence numbers, longest silence."""
    return {name: _table(view, table, window) for name, table in TABLES.items()}


def _table(view: View, table: Table, window: Window) -> dict[str, Any]:
    since = "" if table.name in STATE else f"{table.time} >= {moment(window.start)} and "
    where = f"{since}{table.time} < {moment(window.end)}"
    rows = f'(select * from "{table.name}" where {where})'
    ends = "min(seq) as low, max(seq)" if "seq" in table.schema else "null as low, null"
    found = view.arrow(
        f"select count(*) as rows, min({table.time}) as first, max({table.time}) as last, "
        f"max({ARRIVED}) as arrived, {ends} as high from {rows}"
    ).to_pylist()[0]
    low, high = found.pop("low"), found.pop("high")
    missing = None if low is None else high - low + 1 - _different(view, rows, low)
    silence = _silence(view, rows, table.time, found) if found["rows"] else None
    return _plain({**found, "missing_numbers": missing, "silence": silence})


def _different(view: View, rows: str, low: int) -> int:
    """Count the sequence numbers that are there: 64 to a word, for a set of all would not fit."""
    words = (
        f"select (seq - {low}) // 64 as word, bit_or(1::ubigint << ((seq - {low}) % 64)) as bits "
        f"from {rows} where seq is not null group by word"
    )
    found = view.arrow(f"select sum(bit_count(bits))::bigint as n from ({words})").to_pylist()[0]
    return int(found["n"])


def _silence(view: View, rows: str, time: str, found: dict[str, Any]) -> int | None:
    """Return the longest gap between rows in microseconds, without sorting them if that will do.

    Between rows of different buckets it is measured; one within a bucket is shorter than that.
    """
    span = (found["last"] - found["first"]) // timedelta(microseconds=1)
    width = max(1, span * _ROWS_A_BUCKET // found["rows"])
    buckets = (
        f"select min({time}) as first, max({time}) as last from {rows} "
        f"group by epoch_us({time}) // {width}"
    )
    longest = _gap(view, buckets)
    if longest is not None and longest >= width:
        return longest
    return _gap(view, f"select {time} as first, {time} as last from {rows}")


def _gap(view: View, stretches: str) -> int | None:
    gaps = f"select first - lag(last) over (order by first) as gap from ({stretches})"
    (found,) = view.arrow(f"select epoch_us(max(gap)) as gap from ({gaps})").to_pylist()
    return None if found["gap"] is None else int(found["gap"])


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
