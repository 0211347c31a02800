"""The one data contract: every table of activity, its columns, exact types, units and meaning.

Column docs name the field of RTS (EU) 2025/416 where the law has one, so that a regulator can
read an export.
"""

from surveillance.activity.catalogue import market, money, people
from surveillance.activity.catalogue.column import (
    AMOUNT,
    ARRIVED,
    BILLION,
    FLAG,
    KEY,
    MONEY,
    PRICE,
    QUANTITY,
    TEXT,
    TIME,
    VALUE,
    WHOLE,
    Column,
    Schema,
    Table,
    units,
)
from surveillance.activity.catalogue.market import CAUSES, ENDED_BY

__all__ = [
    "AMOUNT",
    "ARRIVED",
    "BILLION",
    "CAUSES",
    "ENDED_BY",
    "FLAG",
    "KEY",
    "MONEY",
    "PRICE",
    "QUANTITY",
    "TABLES",
    "TEXT",
    "TIME",
    "VALUE",
    "WHOLE",
    "Column",
    "Schema",
    "Table",
    "units",
]

TABLES: dict[str, Table] = {
    table.name: table for table in (*people.TABLES, *market.TABLES, *money.TABLES)
}
"""Every table that a source may fill, by name."""
