"""Which table of the catalogue a file seems to be, and which of its fields fills which column.

By name first, then by what values look like. A field is taken only for a column that its values
fit, so that a name alone misleads nobody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from surveillance.activity.catalogue import FLAG, TABLES, TEXT, TIME, Column, Table
from surveillance.activity.venue.draft import names, values
from surveillance.activity.venue.draft.sheet import Field, Sheet

MADE = {
    "trades": ("seq", "trade_id"),
    "orders": ("seq", "event"),
    "transfers": ("seq", "transfer_id", "direction"),
    "accounts": ("ts",),
    "instruments": ("ts",),
    "kyc": ("ts",),
    "staff": ("ts",),
    "marks": ("constituent",),
    "book": ("seq",),
    "liquidations": ("seq",),
    "logins": ("seq",),
}
"""Required columns that a SELECT can make where a file has none."""
_TELLING: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "orders": (("event",), ("type",), ("order_id",)),
    "trades": (("trade_id",), ("buyer_id", "seller_id"), ("taker_side",)),
    "accounts": (("owner_id", "kind", "status"),),
    "instruments": (("tick", "lot"), ("underlying", "quote"), ("kind", "expires_at")),
    "transfers": (("address", "tx_hash"), ("transfer_id",), ("direction",)),
    "positions": (("entry_price", "liquidation_price"),),
    "logins": (("ip",), ("device_id", "kind")),
}
"""By table, columns of which each group that is there speaks for it."""
_MAKER = frozenset(("m", "isbuyermaker", "buyermaker", "isbuyerthemaker"))
_ROLES = frozenset(("liquidity", "role", "makertaker", "exectype", "takerormaker", "851"))
_FLAGS = frozenset(("true", "false", "t", "f", "yes", "no", "y", "n", "0", "1"))
_FEES = ("fee", "commission", "feeamount", "execcomm", "fees", "12")
_FEE_CURRENCIES = ("feecurrency", "feecoin", "feeccy", "commissionasset", "feeasset", "13", "479")


@dataclass(frozen=True)
class Match:
    """A file as rows of one table: by column the field that fills it, and what is left."""

    sheet: Sheet
    table: Table
    columns: Mapping[str, Field]
    extra: Mapping[str, Field] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the required columns that nothing fills."""
        made = MADE.get(self.table.name, ())
        return tuple(
            column.name
            for column in self.table.columns
            if column.required and column.name not in self.columns and column.name not in made
        )

    @property
    def unmapped(self) -> tuple[Field, ...]:
        """Return the fields that fill nothing."""
        used = {id(each) for each in (*self.columns.values(), *self.extra.values())}
        return tuple(each for each in self.sheet.fields if id(each) not in used)

    @property
    def score(self) -> float:
        """Return how much speaks for the table."""
        telling = _TELLING.get(self.table.name, ())
        told = sum(any(name in self.columns for name in group) for group in telling)
        hinted = any(
            word in self.sheet.path.name.lower()
            for word in names.HINTS.get(self.table.name, self.table.name).split()
        )
        lacking = bool(telling) and not told
        return 0.3 * len(self.columns) + told + 2.5 * hinted - 3 * len(self.missing) - 3 * lacking


def match(sheet: Sheet) -> Match | None:
    """Return the table that a file most likely is, or nothing if none comes near."""
    matches = [_match(sheet, TABLES[name]) for name in names.ORDER if name in TABLES]
    best = max(matches, key=lambda each: each.score)
    return best if best.score > 0 and len(best.columns) > 1 else None


def _match(sheet: Sheet, table: Table) -> Match:
    columns: dict[str, Field] = {}
    for column, each in _named(sheet, table):
        if column.name not in columns and all(each is not other for other in columns.values()):
            columns[column.name] = each
    for column in table.columns:
        if column.required and column.name not in columns:
            free = [each for each in sheet.fields if each not in columns.values()]
            found = next((each for each in free if _looks(table, column, each)), None)
            columns |= {column.name: found} if found else {}
    return Match(sheet, table, columns, _extra(sheet, table, columns))


def _named(sheet: Sheet, table: Table) -> Iterator[tuple[Column, Field]]:
    """Yield columns with fields of fitting names and values, the best names first."""
    ranked = [
        (rank, place, column, each)
        for column in table.columns
        if not column.keys and column.name != "withdrawn"
        for place, each in enumerate(sheet.fields)
        if (rank := names.rank(table.name, column.name, each.name)) is not None
        and fits(table, column, each)
    ]
    for _, _, column, each in sorted(ranked, key=lambda pair: pair[:2]):
        yield column, each


def fits(table: Table, column: Column, each: Field) -> bool:
    """Return whether a field's values can be those of a column."""
    there = each.present
    if column.type == TIME:
        return values.stamp(there) is not None
    if column.type == FLAG:
        return bool(there) and {value.lower() for value in there} <= _FLAGS
    if column.type != TEXT:
        return values.marks(there) is not None or values.has_units(there)
    if there and column.allowed:
        said = values.meanings(table.name, column, there)
        return sum(means is not None for means in said.values()) * 2 >= len(said)
    if (table.name, column.name) in (("trades", "trade_id"), ("orders", "order_id")):
        return values.stamp(there) is None or len(set(there)) == len(there)
    return bool(there)


def _looks(table: Table, column: Column, each: Field) -> bool:
    """Return whether values alone say that a field is what a column wants."""
    there = each.present
    if not there or column.name in MADE.get(table.name, ()):
        return False
    if column.type == TIME:
        return values.stamp(there) is not None
    if column.allowed:
        said = values.meanings(table.name, column, there)
        return len(said) > 1 and None not in said.values()
    return column.name == "instrument" and all(map(values.is_symbol, there))


def _extra(sheet: Sheet, table: Table, columns: Mapping[str, Field]) -> dict[str, Field]:
    """Return what of a statement of one side's fills becomes its side's columns."""
    if table.name != "trades":
        return {}
    free = [each for each in sheet.fields if all(each is not used for used in columns.values())]
    wanted: dict[str, tuple[str, ...]] = {
        "maker": tuple(_MAKER),
        "role": tuple(_ROLES),
    }
    if "buyer_id" not in columns and "taker_side" in columns:
        wanted |= {
            "trader": tuple(names.NAMES["orders"]["trader_id"].split()),
            "order": tuple(names.NAMES["orders"]["order_id"].split()[:-2]),
            "fee": _FEES,
            "fee_currency": _FEE_CURRENCIES,
        }
    found = {
        name: each
        for name, known in wanted.items()
        if (each := next((f for f in free if names.plain(f.name) in known and f.present), None))
    }
    return {name: each for name, each in found.items() if _serves(name, each)}


def _serves(name: str, each: Field) -> bool:
    said = {value.lower() for value in each.present}
    if name == "maker":
        return said <= {"true", "false", "1", "0"}
    if name == "role":
        return said <= {"maker", "taker", "m", "t", "1", "2", "added", "removed"}
    return name != "fee" or values.marks(each.present) is not None
