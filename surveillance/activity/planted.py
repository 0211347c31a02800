"""Planted activity: rows written by hand, moved in time and into the namespace of canaries.

Every id of a trader, an owner, an order, a trade, an instrument begins with ``canary:``, those that
the author left out too, so that nothing that is found in such rows can be taken for real.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from surveillance.activity.catalogue import TABLES, TEXT, TIME, Column
from surveillance.errors import SurveillanceError
from surveillance.model import CANARY
from surveillance.times import span

_MICROSECOND = timedelta(microseconds=1)
_ELSEWHERE = ("national_id", "entry_id", "name_id")
"""Ids that others gave: of persons, and of entries in lists."""


def planted(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], by: timedelta
) -> dict[str, list[dict[str, Any]]]:
    """Return rows for a sample later by ``by``, with every id in the namespace of canaries.

    Raises:
        SurveillanceError: a time is not an offset.
    """
    return {
        table: [_planted(table, row, number, by) for number, row in enumerate(rows, 1)]
        for table, rows in tables.items()
    }


def _planted(table: str, row: Mapping[str, Any], number: int, by: timedelta) -> dict[str, Any]:
    moved = {**row, "at": _later(row.get("at", "0s"), by)}
    for column in TABLES[table].columns if table in TABLES else ():
        value = row.get(column.name)
        if column.type == TIME and value is not None:
            moved[column.name] = _later(value, by)
        elif _is_id(column) and value:
            moved[column.name] = " ".join(f"{CANARY}{name}" for name in str(value).split())
        elif _is_id(column) and column.required:
            plain = "X" if column.name == "instrument" else f"{table}-{number}-{{n}}"
            moved[column.name] = f"{CANARY}{plain}"
    return moved


def _later(offset: Any, by: timedelta) -> str:
    try:
        return f"{(span(str(offset)) + by) // _MICROSECOND}us"
    except ValueError as wrong:
        raise SurveillanceError(str(wrong)) from None


def _is_id(column: Column) -> bool:
    is_name = column.name in ("instrument", "linked_to", "dealers") or column.name.endswith("_id")
    return is_name and column.type == TEXT and column.name not in _ELSEWHERE
