"""What a column and a table of the catalogue are, and their exact types.

Prices, quantities and amounts are stored as the venue says them: DECIMAL(38,18) holds the tick of
1e-12 and the 10^19 pieces of a coin that is worth nothing, and is compared and summed as fast as a
narrow one. To multiply or to rescale it is dear, so what something is worth is reckoned once, by
facts (``valued_trades``, ``valued_orders``, ``valued_transfers``).

Ids are unique for an instrument at most, and texts of any length; joins go by keys of 16 bytes
that stand beside them, made of the id and of what it is unique within (``identity``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PRICE = QUANTITY = AMOUNT = "DECIMAL(38,18)"
MONEY = "DECIMAL(18,6)"
"""What a fact says that something is worth: whole millionths of a currency."""
VALUE = "DECIMAL(38,6)"
"""The same in a currency of which a dollar is many thousands."""
KEY = "UUID"
"""An id together with what it is unique within, in 16 bytes."""
TIME = "TIMESTAMP"
TEXT = "VARCHAR"
WHOLE = "BIGINT"
FLAG = "BOOLEAN"

BILLION = 1_000_000_000
"""Moves of prices are counted in whole billionths, so that their sums are exact."""

_UNITS = {
    **dict.fromkeys(
        ("price", "entry_price", "liquidation_price", "bankruptcy_price", "strike", "tick", "bid",
         "ask", "mid"),
        "price",
    ),
    **dict.fromkeys(
        ("quantity", "signed_quantity", "displayed", "remaining", "filled", "depth", "lot",
         "position_limit", "daily_volume", "usual", "opposed"),
        "quantity",
    ),
    **dict.fromkeys(
        ("usd", "income", "expected_volume", "margin", "unrealised", "fund_change", "gas_usd"),
        "money",
    ),
    **dict.fromkeys(("amount", "amount_in", "amount_out", "buyer_fee", "seller_fee"), "amount"),
    "entry_gap": "us",
}  # fmt: skip
"""What a column of a name counts in, in every table that has it; MONEY is money by its type."""

ARRIVED = "arrived_at"
"""When a row became known here; every table has it, and ``as_of`` is compared with it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, DuckDB type, meaning with its unit, and what it must be.

    ``keys`` names the column whose id a key stands for; a source never fills a key.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    positive: bool = False
    keys: str = ""


class Schema(dict[str, str]):
    """Column name to DuckDB type, in order; ``words`` are those of columns that hold no other."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__((column.name, column.type) for column in columns)
        self.words = {column.name: column.allowed for column in columns if column.allowed}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its key, the column that says when (or none), and its columns.

    ``id`` is the column by which evidence names a row, ``fixed`` are those that no revision may
    change.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    time: str
    columns: tuple[Column, ...]
    fact: bool = False
    id: str = ""
    fixed: tuple[str, ...] = ()

    @property
    def schema(self) -> "Schema":
        """Return column name to DuckDB type, in order."""
        return Schema(self.columns)

    @property
    def names(self) -> str:
        """Return the column by which evidence names a row."""
        return self.id or self.key[0]

    @property
    def source_key(self) -> tuple[str, ...]:
        """Return the key in the columns that a source fills."""
        of = {column.name: column.keys or column.name for column in self.columns}
        return tuple(of[name] for name in self.key)

    @property
    def sourced(self) -> dict[str, str]:
        """Return the columns that a source may fill, name to DuckDB type, in order."""
        return {column.name: column.type for column in self.columns if not column.keys}


def units(schema: Mapping[str, str]) -> dict[str, str]:
    """Return column name to what it counts in, where it is one of the units that differ."""
    known = {name: "money" if kind == MONEY else _UNITS.get(name) for name, kind in schema.items()}
    return {name: unit for name, unit in known.items() if unit}


def required(name: str, kind: str, meaning: str, *allowed: str, positive: bool = False) -> Column:
    """Return a column that every row fills."""
    return Column(name, kind, meaning, required=True, allowed=allowed, positive=positive)


def optional(name: str, kind: str, meaning: str, *allowed: str, positive: bool = False) -> Column:
    """Return a column that a row may leave empty."""
    return Column(name, kind, meaning, allowed=allowed, positive=positive)


def key(name: str, of: str) -> Column:
    """Return the key that stands for the id in column ``of``."""
    return Column(name, KEY, f"{of} and what it is unique within, for joins", keys=of)


TS = required("ts", TIME, "When it happened, UTC microseconds (field 8)")
SEQ = required(
    "seq",
    WHOLE,
    "Venue sequence number; breaks ties of ts (field 14); the last 18 digits of a longer one",
)
WITHDRAWN = optional(
    "withdrawn", FLAG, "The venue takes the row back, or with false puts it in force again"
)
INSTRUMENT = required("instrument", TEXT, "Instrument symbol")
TRADER = required("trader_id", TEXT, "The account that acts (field 3)")
