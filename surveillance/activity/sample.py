"""A few rows of activity written by hand, as a view: what a rule's inline tests are judged on.

Only the columns that matter are given. Times are offsets from a fixed Monday; what the catalogue
requires and the author left out is filled in with plain values, and row ids are numbered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any

import duckdb

from surveillance.activity.bounds import Bounds
from surveillance.activity.catalogue import FLAG, TABLES, TIME, WHOLE, Column, Table
from surveillance.activity.contract import ENDED_BY
from surveillance.activity.ids import keys
from surveillance.activity.lake.rows import STATE
from surveillance.activity.lake.view import KNOWN, QUARANTINED, REFUSED, View
from surveillance.activity.statements import parsing_once
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
_AT_ONCE = 500
_BLANK = "blank"
_NUMBERS = count()

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
_SETTLES = {"settlement", "settlement_currency", "contract_value", "value_currency", "multiplier"}
"""Columns of which one says how an instrument settles; without any it is linear here."""


def sample_view(tables: Mapping[str, Iterable[Mapping[str, Any]]], window: Window) -> View:
    """Open a view of rows written by hand.

    Raises:
        SurveillanceError: a table or column is not in the catalogue, or a value does not fit.
    """
    view = _Sample(tables, window)
    try:
        _fill(view.connection, tables, window)
    except BaseException:
        view.close()
        raise
    return view


class _Sample(View):
    """A view of rows written by hand, in a database of its own in the engine of all samples."""

    def __init__(self, tables: Mapping[str, Iterable[Mapping[str, Any]]], window: Window) -> None:
        self._name, connection = f"sample_{next(_NUMBERS)}", _engine().cursor()
        for setting in (*_BOUNDS.settings(), *_SANDBOX):
            connection.execute(f"set {setting}")
        connection.execute(f"attach ':memory:' as {self._name}")
        connection.execute(f"copy from database {_BLANK} to {self._name} (schema)")
        connection.execute(f"use {self._name}")
        super().__init__(
            parsing_once(connection),
            window,
            window.end,
            {},
            lambda at: sample_view(tables, at),
            bounds=_BOUNDS,
        )

    def close(self) -> None:
        """Let go of the connection, and of its database."""
        super().close()
        with _engine().cursor() as connection:
            connection.execute(f"detach database if exists {self._name}")


@lru_cache(maxsize=1)
def _engine() -> duckdb.DuckDBPyConnection:
    """Start an engine with a blank database: starting one takes ten times as long as a sample."""
    engine = duckdb.connect(config={"threads": "1"})
    engine.execute(f"attach ':memory:' as {_BLANK}")
    for name, table in {**TABLES, **{KNOWN[of]: TABLES[of] for of in KNOWN}}.items():
        made = keys(table)
        body = ", ".join(
            f'"{column}" {kind}' + (f" as ({made[column]})" if column in made else "")
            for column, kind in table.schema.items()
        )
        engine.execute(f'create table {_BLANK}."{name}" ({body}, arrived_at timestamp)')
    for name in (QUARANTINED, REFUSED):
        engine.execute(f"create table {_BLANK}.{name} (table_name varchar, ts timestamp)")
    return engine


def _fill(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Iterable[Mapping[str, Any]]],
    window: Window,
) -> None:
    for name, rows in tables.items():
        if name not in TABLES:
            raise SurveillanceError(f"expected a table of the catalogue, was {name!r}")
        filled = list(_filled_in(TABLES[name], rows))
        _insert(connection, name, [e for e in filled if _is_seen(TABLES[name], e, window)])
        if name in KNOWN:
            _insert(connection, KNOWN[name], filled)
        if name == "orders":
            connection.execute(f"update orders set ended_by = coalesce(ended_by, {ENDED_BY})")


def _filled_in(table: Table, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    numbers = count(1)
    for row in rows:
        yield from (_whole(table, each, next(numbers)) for each in _repeated(row))


def earliest(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> timedelta:
    """Return the first offset at which anything happens."""
    return min(_offsets(tables), default=timedelta(0))


def latest(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> timedelta:
    """Return the last offset at which anything happens."""
    return max(_offsets(tables), default=timedelta(0))


def _offsets(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[timedelta]:
    repeated = (each for rows in tables.values() for row in rows for each in _repeated(row))
    return [span(row["at"]) for row in repeated if "at" in row]


def _repeated(written: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
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


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, those with the same columns many to a statement."""
    alike: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append(row)
    for group in alike.values():
        for first in range(0, len(group), _AT_ONCE):
            _insert_alike(connection, table, group[first : first + _AT_ONCE])


def _insert_alike(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    marks = ", ".join([f"({', '.join('?' for _ in rows[0])})"] * len(rows))
    names = ", ".join(f'"{name}"' for name in rows[0])
    values = [value for row in rows for value in row.values()]
    try:
        connection.execute(f'insert into "{table}" ({names}) values {marks}', values)
    except duckdb.Error as error:
        for row in rows if len(rows) > 1 else ():  # to name the one that does not fit
            _insert_alike(connection, table, [row])
        reason = str(error).splitlines()[0]
        message = f"expected a row of {table}, was {dict(rows[0])}: {reason}"
        raise SurveillanceError(message) from None


def _whole(table: Table, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    try:
        return _filled(table, row, number)
    except (ValueError, ArithmeticError) as error:
        raise SurveillanceError(
            f"expected a row of {table.name}, was {dict(row)}: {error}"
        ) from None


def _filled(table: Table, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    unknown = set(row) - set(table.sourced) - {"at"}
    if unknown:
        raise SurveillanceError(
            f"expected columns of {table.name}, was {', '.join(sorted(unknown))}"
        )
    filled: dict[str, Any] = {"ts": _moment(row.get("at", "0s"))}
    for column in (column for column in table.columns if not column.keys):
        if column.name in row:
            value = row[column.name]
            filled[column.name] = _moment(value) if column.type == TIME else value
        elif column.required and column.name != "ts":
            filled[column.name] = _plain(table, column, row, number)
    if table.name == "instruments" and not _SETTLES & set(row):
        filled["settlement"] = "linear"
    return filled


def _plain(table: Table, column: Column, row: Mapping[str, Any], number: int) -> Any:
    if column.type == WHOLE:
        return number
    if column.type == FLAG:
        return True
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
