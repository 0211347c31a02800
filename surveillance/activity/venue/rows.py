"""Rows of a database as the text that the contract judges, each with its origin and its faults."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa

from surveillance.activity.batch import FAULT, ORIGIN
from surveillance.activity.catalogue import TEXT, Table
from surveillance.activity.lake.rows import STATE
from surveillance.activity.venue.cells import texts
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.times import parse_time

_Columns: TypeAlias = Mapping[str, Sequence[str | None]]


def arrow(
    table: Table,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    zone: ZoneInfo | None,
    window: Window | None = None,
) -> pa.Table:
    """Return the rows of a window as text, ``source_line`` and ``fault`` among the columns."""
    kinds = {**table.sourced, ORIGIN: TEXT}
    columns: dict[str, list[str | None]] = {}
    faults: list[list[str]] = [[] for _ in rows]
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        if name in kinds:
            columns[name], wrong = texts(values, kinds[name], zone)
            for row, reason in wrong.items():
                faults[row].append(f"{name}: {reason}")
    columns.setdefault(ORIGIN, _origins(table, columns, len(rows)))
    columns[FAULT] = ["; ".join(each) or None for each in faults]
    whole = pa.Table.from_pydict(
        {name: pa.array(column, pa.string()) for name, column in columns.items()}
    )
    return whole if window is None else whole.filter(_within(table, columns, window))


def _origins(table: Table, columns: _Columns, rows: int) -> list[str | None]:
    """Name each row by its key, which is the same at every pull."""
    keys = [columns.get(name, [None] * rows) for name in table.source_key]
    known = zip(*keys, strict=True)
    return [f"{table.name}:{'/'.join(part or '?' for part in key)}" for key in known]


def _within(table: Table, columns: _Columns, window: Window) -> list[bool]:
    times = columns.get(table.time, [None] * len(columns[FAULT]))
    return [_is_in(time, window, is_state=table.name in STATE) for time in times]


def _is_in(time: str | None, window: Window, *, is_state: bool) -> bool:
    try:
        moment = parse_time(time or "")
    except SurveillanceError:
        return True  # it belongs to no window, and must not be lost
    return moment < window.end and (is_state or window.start <= moment)
