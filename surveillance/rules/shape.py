"""What every SQL shape of a rule is made of: its expressions read, its rows narrowed, its result.

Queries name the run's times as ``$run_from``, ``$run_since``, ``$run_start`` and ``$run_end``:
microseconds since the epoch, so that buckets and hops are whole numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

from surveillance.activity.asking import Conditions
from surveillance.activity.catalogue import Schema, Table, units
from surveillance.activity.lake.rows import STATE
from surveillance.language import (
    ROW,
    Expression,
    LanguageError,
    Units,
    expression,
    one_of,
    unit_named,
)
from surveillance.model import Scalar
from surveillance.rules.schema import Rule

SUBJECTS = ("trader_id", "owner_id", "instrument")


class ShapeError(Exception):
    """A fault in a rule's logic, and the key it stands under."""

    def __init__(self, loc: tuple[str | int, ...], cause: LanguageError | str) -> None:
        self.loc = loc
        self.cause = LanguageError(cause) if isinstance(cause, str) else cause
        super().__init__(str(cause))


@dataclass(frozen=True, slots=True)
class Shape:
    """Candidates of a rule: their query, measures with types, evidence tables, what is read.

    ``extra`` is how much further back than the lookback it reads; ``repeats`` is how many
    candidates must fire within the lookback where candidates are rolled up per hop, else 0.
    ``late`` has queries of ``hit_no, id`` for the evidence tables whose ids the candidates do not
    carry, over a relation ``hit`` of numbered candidates that fired or nearly did. ``whole`` says
    that it reads all columns of something, without naming them. ``conditions`` are those of rows
    by themselves, for each place in which a table is read. ``excuses`` are those that candidates
    already have a column for.
    """

    sql: str
    measures: Mapping[str, str]
    evidence: tuple[str, ...]
    tables: frozenset[str]
    extra: timedelta = timedelta(0)
    repeats: int = 0
    late: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    conditions: Conditions = field(default_factory=dict)
    excuses: tuple[str, ...] = ()


@dataclass
class Texts:
    """Reads the expressions of one rule, and says under which key a wrong one stands."""

    rule: Rule
    relations: Mapping[str, Table]
    parameters: Mapping[str, Scalar]
    read: set[str] = field(default_factory=set)

    def table(self, loc: tuple[str | int, ...], name: str) -> Table:
        """Return a relation by name, and remember that it is read."""
        if name not in self.relations:
            known = ", ".join(sorted(self.relations))
            raise ShapeError(loc, f"expected a table of {known}; was {name!r}")
        self.read.add(name)
        return self.relations[name]

    def expression(
        self,
        loc: tuple[str | int, ...],
        text: str,
        columns: Mapping[str, str] | Mapping[str, Mapping[str, str]],
        aggregates: bool = False,
    ) -> Expression:
        """Read one expression over columns."""
        nested = {name: kind for name, kind in columns.items() if not isinstance(kind, str)}
        named = nested or {ROW: cast(Mapping[str, str], columns)}
        units = replace(units_of(self.rule, named), shared=self._shared)
        try:
            return expression(
                text, columns, aggregates=aggregates, parameters=self.parameters, units=units
            )
        except LanguageError as error:
            raise ShapeError(loc, error) from None

    @property
    def _shared(self) -> frozenset[str]:
        """Return what all rows that a measure reduces have in common."""
        return frozenset(getattr(self.rule.detect, "by", ()))

    def condition(
        self,
        loc: tuple[str | int, ...],
        text: str | None,
        columns: Mapping[str, str] | Mapping[str, Mapping[str, str]],
    ) -> Expression:
        """Read one condition over columns; none is always true."""
        condition = self.expression(loc, text or "true", columns)
        if condition.type != "BOOLEAN":
            raise ShapeError(loc, f"expected a condition, was of type {condition.type}")
        return condition

    def subject(self, table: Table, by: list[str]) -> None:
        """Check the columns that candidates are grouped by."""
        for index, name in enumerate(by):
            if name not in table.schema:
                message = f"expected a column of {table.name}, was {name!r}"
                raise ShapeError(("detect", "by", index), message)
        if len(set(by)) != len(by):
            raise ShapeError(("detect", "by"), f"expected each column once, was {', '.join(by)}")
        if not set(by) & set(SUBJECTS):
            message = f"expected one of {', '.join(SUBJECTS)}, was {', '.join(by)}"
            raise ShapeError(("detect", "by"), message)

    def evidence(self, table: str, text: str) -> tuple[Table, str]:
        """Read ``relation [where condition]``, whose rows carry the ids of ``table``."""
        loc = ("evidence", table)
        key = self.key_of(loc, table)
        name, _, condition = text.strip().partition(" where ")
        relation = self.table(loc, name.strip())
        if key not in relation.schema:
            raise ShapeError(loc, f"expected a table with {key}, was {name!r}")
        return relation, self.condition(loc, condition or None, relation.schema).sql()

    def key(self, table: str) -> str:
        """Return the column that names a row of an evidence table."""
        return self.relations[table].names

    def key_of(self, loc: tuple[str | int, ...], table: str) -> str:
        """Return the column that names a row of what a rule calls an evidence table."""
        if table not in self.relations:
            raise ShapeError(loc, f"expected a table of activity, was {table!r}")
        return self.key(table)


def units_of(rule: Rule, columns: Mapping[str, Mapping[str, str]]) -> Units:
    """Return what is known of units: by relation (or step) and column, and by parameter."""
    named = {name: unit_named(each.unit) for name, each in rule.parameters.items()}
    known = {name: unit for name, unit in named.items() if unit}
    return Units({name: known_of(schema) for name, schema in columns.items()}, known)


def known_of(schema: Mapping[str, str]) -> dict[str, str]:
    """Return what is known of the columns of a relation: what they count in, or hold one of."""
    words = schema.words if isinstance(schema, Schema) else {}
    return {**units(schema), **{name: one_of(allowed) for name, allowed in words.items()}}


def measured(measures: Mapping[str, Expression]) -> dict[str, str]:
    """Return the units of measures, as far as they are known."""
    return {name: measure.unit for name, measure in measures.items() if measure.unit}


def rows(table: Table) -> str:
    """Return the rows of a table that the rule's own reach covers, as a subquery.

    It has the columns of the catalogue and no other: when a row arrived, and from which file, is
    not for a rule to see, and would make ``select *`` mean more in a run than when it was checked.
    """
    chosen = f"select {', '.join(table.schema)} from {table.name}"
    if not table.time:
        return f"({chosen})"
    low = "" if table.name in STATE else f"{table.time} >= make_timestamp($run_from) and "
    return f"({chosen} where {low}{table.time} < make_timestamp($run_end))"


def subject_columns(by: list[str], alias: str) -> str:
    """Return the three subject columns, empty where candidates are not grouped by them."""
    return ", ".join(
        f"{alias}.{name}" if name in by else f"cast(null as varchar) as {name}" for name in SUBJECTS
    )
