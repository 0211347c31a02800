"""A few rows of activity written by hand, as a view: what a rule's inline tests are judged on.

Only the columns that matter are given. Times are offsets from a fixed Monday; what the catalogue
requires and the author left out is filled in with plain values, and row ids are numbered.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from surveillance.activity.bounds import Bounds
from surveillance.activity.catalogue import TABLES, TIME, WHOLE, Column, Table
from surveillance.activity.lake.view import KNOWN_ACCOUNTS, STATE, View
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.times import span

START = datetime(2026, 1, 5, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_BOUNDS = Bounds(seconds=10, memory_mb=512, spill_mb=0)
"""What a rule may use to judge the few rows of one of its tests."""
_SANDBOX = (
    "TimeZone = 'UTC'",
    "python_enable_replacements = false",
    "enable_external_access = false",
)

_PLAIN: Mapping[str, Any] = {
    "instrument": "X",
    "side": "buy",
    "event": "new",
    "price": Decimal(100),
    "quantity": Decimal(1),
    "direction": "in",
    "asset": "USD",
    "category": "sanctioned",
    "source": "list",
    "kind": "news",
    "constituent": "",
    "value": Decimal(100),
    "list": "list",
    "name": "name",
    "name_id": "",
}


def sample_view(tables: Mapping[str, Iterable[Mapping[str, Any]]], window: Window) -> View:
    """Open a view of rows written by hand.

    Raises:
        SurveillanceError: a table or column is not in the catalogue, or a value does not fit.
    """
    connection = duckdb.connect(config={"threads": "2"})
    for setting in (*_BOUNDS.settings(), *_SANDBOX):
        connection.execute(f"set {setting}")
    for name, table in {**TABLES, KNOWN_ACCOUNTS: TABLES["accounts"]}.items():
        body = ", ".join(f'"{column}" {kind}' for column, kind in table.schema.items())
        connection.execute(f'create table "{name}" ({body}, arrived_at timestamp)')
    for name, rows in tables.items():
        if name not in TABLES:
            raise SurveillanceError(f"expected a table of the catalogue, was {name!r}")
        for number, row in enumerate(_repeated(rows), 1):
            filled = _whole(TABLES[name], row, number)
            if _is_seen(TABLES[name], filled, window):
                _insert(connection, name, filled)
            if name == "accounts":
                _insert(connection, KNOWN_ACCOUNTS, filled)
    return View(
        connection, window, window.end, {}, lambda other: sample_view(tables, other), bounds=_BOUNDS
    )


def latest(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> timedelta:
    """Return the last offset at which anything happens."""
    repeated = (row for rows in tables.values() for row in _repeated(rows))
    offsets = [span(row["at"]) for row in repeated if "at" in row]
    return max(offsets, default=timedelta(0))


def _repeated(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for written in rows:
        row = dict(written)
        times, apart = int(row.pop("times", 1)), _offset(row.pop("apart", "0s"))
        start = _offset(row.get("at", "0s"))
        for n in range(times):
            text = {
                key: value.format(n=n) if isinstance(value, str) else value
                for key, value in row.items()
            }
            moved = {"at": f"{(start + n * apart) // _MICROSECOND}us"} if "at" in row else {}
            yield text | moved


def _is_seen(table: Table, row: Mapping[str, Any], window: Window) -> bool:
    """Say whether a view of the window shows a row, as the lake's views do."""
    at = row[table.time].replace(tzinfo=UTC)
    return bool(at < window.end and (table.name in STATE or at >= window.start))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    marks = ", ".join("?" for _ in row)
    names = ", ".join(f'"{name}"' for name in row)
    try:
        connection.execute(f'insert into "{table}" ({names}) values ({marks})', [*row.values()])
    except duckdb.Error as error:
        message = str(error).splitlines()[0]
        raise SurveillanceError(f"expected a row of {table}, was {dict(row)}: {message}") from None


def _whole(table: Table, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    try:
        return _filled(table, row, number)
    except (ValueError, ArithmeticError) as error:
        raise SurveillanceError(
            f"expected a row of {table.name}, was {dict(row)}: {error}"
        ) from None


def _filled(table: Table, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    unknown = set(row) - set(table.schema) - {"at"}
    if unknown:
        raise SurveillanceError(
            f"expected columns of {table.name}, was {', '.join(sorted(unknown))}"
        )
    filled: dict[str, Any] = {"ts": _moment(row.get("at", "0s"))}
    for column in table.columns:
        if column.name in row:
            value = row[column.name]
            filled[column.name] = _moment(value) if column.type == TIME else value
        elif column.required and column.name != "ts":
            filled[column.name] = _plain(table, column, row, number)
    if table.name == "trades" and "notional" not in filled:
        filled["notional"] = Decimal(str(filled["price"])) * Decimal(str(filled["quantity"]))
    return filled


def _plain(table: Table, column: Column, row: Mapping[str, Any], number: int) -> Any:
    if column.type == WHOLE:
        return number
    if column.name.startswith("amount"):
        return row.get("usd", 1)
    if column.name in _PLAIN and (not column.allowed or _PLAIN[column.name] in column.allowed):
        return _PLAIN[column.name]
    return column.allowed[0] if column.allowed else f"{table.name}-{number}"


def _moment(offset: Any) -> datetime:
    return (START + _offset(offset)).replace(tzinfo=None)


def _offset(value: Any) -> timedelta:
    try:
        return span(str(value))
    except ValueError as wrong:
        raise SurveillanceError(str(wrong)) from None
