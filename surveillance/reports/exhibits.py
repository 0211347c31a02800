"""Evidence rows as tables for print: what is the same in every row stands once, above.

The whole evidence is attached as JSON; the page shows the first rows and says how many there are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.reports.pages import cell

Cells: TypeAlias = Mapping[str, str | None]

MOST_ROWS = 40
MOST_COLUMNS = 9
_NUMBER = re.compile(r"-?\d{1,18}\.\d+")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One table of evidence: ``stored`` of ``total`` rows; ``numeric`` columns stand right."""

    table: str
    meaning: str
    constants: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    numeric: frozenset[str]
    rows: tuple[tuple[str, ...], ...]
    stored: int
    total: int
    hidden: tuple[str, ...]


def exhibits(rows: Mapping[str, Sequence[Cells]], counts: Mapping[str, int]) -> list[Exhibit]:
    """Return the evidence tables that have rows, in the order of the catalogue.

    ``counts`` says how many rows there are in all, where not all are stored.
    """
    return [
        _exhibit(name, rows[name], counts.get(name, len(rows[name])))
        for name in in_order(rows)
        if rows[name]
    ]


def in_order(tables: Iterable[str]) -> list[str]:
    """Return names of tables as the catalogue orders them, then others by name."""
    order = {name: index for index, name in enumerate(TABLES)}
    return sorted(tables, key=lambda name: (order.get(name, len(order)), name))


def _exhibit(table: str, rows: Sequence[Cells], total: int) -> Exhibit:
    filled = [name for name in columns_of(table, rows) if any(row.get(name) for row in rows)]
    numeric = frozenset(name for name in filled if _is_numeric(rows, name))
    same = [name for name in filled if name not in numeric and _is_constant(rows, name)]
    varying = [name for name in filled if name not in same]
    columns = varying[:MOST_COLUMNS]
    formats = {name: _places(rows, name) for name in numeric}
    return Exhibit(
        table=table,
        meaning=TABLES[table].meaning if table in TABLES else "Derived from the tables above",
        constants=tuple((name, cell(rows[0].get(name))) for name in same),
        columns=tuple(columns),
        numeric=numeric,
        rows=tuple(
            tuple(_cell(row.get(name), formats.get(name)) for name in columns)
            for row in rows[:MOST_ROWS]
        ),
        stored=len(rows),
        total=max(total, len(rows)),
        hidden=tuple(varying[MOST_COLUMNS:]),
    )


def columns_of(table: str, rows: Sequence[Cells]) -> list[str]:
    """Return the columns as the catalogue orders them, then others by name."""
    known = list(TABLES[table].schema) if table in TABLES else ["ts"]
    present = {name for row in rows for name in row} - {ARRIVED}
    return [name for name in known if name in present] + sorted(present - set(known))


def _is_constant(rows: Sequence[Cells], name: str) -> bool:
    return len(rows) > 1 and len({row.get(name) for row in rows}) == 1


def _is_numeric(rows: Sequence[Cells], name: str) -> bool:
    values = [value for row in rows if (value := row.get(name)) is not None]
    return all(_NUMBER.fullmatch(value) for value in values)


def _places(rows: Sequence[Cells], name: str) -> int:
    """Return the decimals that the column needs, so that its points stand in one line."""
    values = (row.get(name) or "0" for row in rows)
    return max(-min(0, int(Decimal(v).normalize().as_tuple().exponent)) for v in values)


def _cell(value: str | None, places: int | None) -> str:
    if value is None or places is None:
        return cell(value)
    return f"{Decimal(value):,.{places}f}"
