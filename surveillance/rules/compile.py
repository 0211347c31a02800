"""From a rule to one query: what it measures, then who fires, how far beyond, on what evidence.

Every SQL shape first yields *candidates* (a subject, times, measures, evidence ids); what follows
is the same for all: the subject's segment, thresholds as literals, the gate, the score. Rows are
narrowed to what the rule's own lookback reaches, so a verdict never depends on which other rules
share the run. A hit's ``at`` is a moment at which everything it rests on is already past (the last
microsecond of a hop, or a sequence's deadline), so cutting a run differently finds the same hits.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from surveillance.activity.catalogue import Table
from surveillance.errors import Fault, RuleError
from surveillance.language import ROW, LanguageError, Units, expect_bound, expression, literal
from surveillance.model import ALERT_LINE
from surveillance.rules.aggregate import aggregate
from surveillance.rules.compiled import Compiled
from surveillance.rules.query import query_shape
from surveillance.rules.schema import (
    Aggregate,
    Grade,
    Query,
    Rule,
    Sequence,
    Strange,
)
from surveillance.rules.sequence import sequence
from surveillance.rules.shape import Shape, ShapeError, units_of
from surveillance.times import span
from surveillance.yamlfile import Document

_SEGMENTS = {"subject_id": "VARCHAR", "segment": "VARCHAR"}
_SAID = (
    "DECIMAL", "DOUBLE", "FLOAT", "BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "TINYINT", "UBIGINT",
    "UINTEGER", "VARCHAR", "BOOLEAN", "TIMESTAMP", "DATE",
)  # fmt: skip
"""Beginnings of the types that a hit can show."""
_NEAR = 45
"""The most that a candidate which does not fire can score: below the line, above nothing."""
_DIGITS = re.compile(r"\d{1,18}(\.\d{1,18})?")
"""A bound that is its own text, and need not be read as an expression."""


def compile_rule(rule: Rule, document: Document, relations: Mapping[str, Table]) -> Compiled:
    """Check a rule's logic against the tables it may read, and make it ready to run.

    Raises:
        RuleError: every fault found, with line and column.
    """
    checker = _Checker(rule, document, relations)
    compiled = checker.compile()
    if checker.faults:
        raise RuleError(checker.faults)
    return compiled


class _Checker:
    """One pass over one rule, gathering faults instead of stopping at the first."""

    def __init__(self, rule: Rule, document: Document, relations: Mapping[str, Table]) -> None:
        self.rule, self.document, self.relations = rule, document, relations
        self.faults: list[Fault] = []
        self.plain = {
            name: parameter.value
            for name, parameter in rule.parameters.items()
            if parameter.is_plain
        }

    def compile(self) -> Compiled:
        """Return the compiled rule, or a hollow one where there are faults."""
        self._needs()
        self._evidence()
        detect = self.rule.detect
        reach = span(self.rule.lookback)
        if isinstance(detect, Strange):
            tables = frozenset(need.split(".")[0] for need in self.rule.needs)
            return Compiled(rule=self.rule, reach=reach, tables=tables)
        shape = self._shape(detect)
        if shape is None:
            return Compiled(rule=self.rule, reach=reach, tables=frozenset())
        fire_when = self._judge(("detect", "fire_when"), detect.fire_when, shape, "BOOLEAN")
        score = self._score(shape)
        compiled = Compiled(
            rule=self.rule,
            reach=reach + shape.extra,
            tables=shape.tables,
            candidates=shape.sql,
            fire_when=fire_when,
            score=score,
            measures=tuple(shape.measures),
            evidence=tuple(shape.evidence),
            repeats=shape.repeats,
            late=shape.late,
            words=None if shape.whole else self._words(),
            conditions=shape.conditions,
        )
        self._whole(compiled, shape)
        return compiled

    def _whole(self, compiled: Compiled, shape: Shape) -> None:
        """Let the engine read what the parts were put together to, before a run does."""
        detect = "query" if isinstance(self.rule.detect, Query) else "measure"
        for name, kind in shape.measures.items():
            if not kind.startswith(_SAID) or kind.endswith("]"):
                message = f"expected a number, a text, a truth or a time as {name}, was {kind}"
                self._fault(("detect", detect, name), message)
        if self.faults:
            return
        schemas = {name: table.schema for name, table in self.relations.items()}
        anyone = {name: {"": 1.0} for name, each in self.rule.parameters.items()}
        try:
            expect_bound(compiled.sql(0, 1, anyone), {**schemas, "segments": _SEGMENTS})
        except LanguageError as error:
            self._fault(("detect", detect), error.message)

    def _words(self) -> frozenset[str]:
        logic = f"{self.rule.detect!r} {self.rule.evidence!r}"
        ids = (self.relations[name].names for name in self.rule.evidence)
        return frozenset((*re.findall(r"\w+", logic.lower()), *ids))

    def _needs(self) -> None:
        for index, need in enumerate(self.rule.needs):
            table, _, column = need.partition(".")
            known = self.relations.get(table)
            if known is None or (column and column not in known.schema):
                self._fault(("needs", index), f"expected a table or table.column, was {need!r}")

    def _evidence(self) -> None:
        for name in self.rule.evidence:
            if name in self.relations and self.relations[name].fact:
                self._fault(("evidence", name), f"expected a table of activity, was {name!r}")

    def _shape(self, detect: Aggregate | Sequence | Query) -> Shape | None:
        known = (self.relations, self.plain)
        try:
            if isinstance(detect, Aggregate):
                return aggregate(self.rule, detect, *known)
            if isinstance(detect, Sequence):
                return sequence(self.rule, detect, *known)
            return query_shape(self.rule, detect, *known)
        except ShapeError as error:
            self._within(error.loc, error.cause)
            return None

    def _judge(self, loc: tuple[str | int, ...], text: str, shape: Shape, kind: str) -> str:
        columns = {**shape.measures, "instrument": "VARCHAR", "segment": "VARCHAR"}
        try:
            read = expression(text, columns, parameters=self._marks(), units=self._units(shape))
        except LanguageError as error:
            self._within(loc, error)
            return "false"
        if read.type != kind:
            self._fault(loc, f"expected an expression of type {kind}, was {read.type}")
        return f"({read.sql()})"

    def _units(self, shape: Shape) -> Units:
        return replace(units_of(self.rule, {}), columns={ROW: shape.units})

    def _marks(self) -> dict[str, exp.Expr]:
        """Return plain parameters as literals and the others as marks that a run fills in."""
        return {
            name: literal(parameter.value) if parameter.is_plain else _mark(name)
            for name, parameter in self.rule.parameters.items()
        }

    def _score(self, shape: Shape) -> str:
        terms: list[tuple[float, str, str]] = []
        for name, grade in self.rule.score.items():
            loc = ("score", name)
            if name not in shape.measures:
                known = ", ".join(shape.measures)
                self._fault(loc, f"expected a measure of {known}; was {name!r}")
                continue
            low, high = (self._bound(loc, key, value, shape) for key, value in _ends(grade))
            beyond = f"least(1, greatest(0, ({name} - {low}) / nullif({high} - {low}, 0)))"
            near = (
                f"least(1, greatest(0, case when {high} < {low} then {low} / nullif({name}, 0) "
                f"when {low} > 0 then {name} / {low} else {name} / nullif({high}, 0) end))"
            )
            terms.append((float(grade.weight), f"coalesce({beyond}, 0)", f"coalesce({near}, 0)"))
        total = sum(weight for weight, _, _ in terms) or 1
        above = " + ".join(f"{weight / total!r} * {beyond}" for weight, beyond, _ in terms) or "0"
        below = " + ".join(f"{weight / total!r} * {near}" for weight, _, near in terms) or "0"
        fired = f"{ALERT_LINE:g} + {100 - ALERT_LINE:g} * ({above})"
        return f"case when fired then {fired} else {_NEAR} * ({below}) end"

    def _bound(self, loc: tuple[str, ...], key: str, value: int | float | str, shape: Shape) -> str:
        text = value if isinstance(value, str) else repr(value)
        if _DIGITS.fullmatch(text):
            return f"cast(({text}) as double)"
        try:
            units = self._units(shape)
            columns = {"segment": "VARCHAR"}
            read = expression(text, columns, parameters=self._marks(), units=units)
        except LanguageError as error:
            self._within((*loc, key), error)
            return "0"
        measured = shape.units.get(loc[-1])
        if read.unit and measured and read.unit != measured:
            self._fault((*loc, key), f"expected a value in {measured}, was in {read.unit}")
        return f"cast(({read.sql()}) as double)"

    def _fault(self, loc: tuple[str | int, ...], message: str) -> None:
        self.faults.append(self.document.fault(loc, message))

    def _within(self, loc: tuple[str | int, ...], error: LanguageError) -> None:
        fault = self.document.fault_within(loc, error.line, error.column, error.message)
        self.faults.append(fault)


def _mark(name: str) -> exp.Expr:
    """Return what stands for a parameter: the engine may read it before a run fills it in."""
    double = exp.DataType.build("DOUBLE", dialect="duckdb")
    return exp.TryCast(this=exp.Literal.string(f"«{name}»"), to=double)


def _ends(grade: Grade) -> tuple[tuple[str, int | float | str], tuple[str, int | float | str]]:
    return ("from", grade.from_), ("to", grade.to)
