"""From a rule to one query: what it measures, then who fires, how far beyond, on what evidence.

Every SQL shape first yields *candidates* (a subject, times, measures, evidence ids); what follows
is the same for all: the subject's segment, thresholds as literals, the gate, the score. Rows are
narrowed to what the rule's own lookback reaches, so a verdict never depends on which other rules
share the run. A hit's ``at`` is a moment at which everything it rests on is already past (the last
microsecond of a hop, or a sequence's deadline), so cutting a run differently finds the same hits.
"""

import re
from collections.abc import Mapping
from collections.abc import Sequence as Listed
from dataclasses import replace

from sqlglot import exp

from surveillance.activity.catalogue import Table
from surveillance.errors import Fault, RuleError
from surveillance.language import ROW, LanguageError, Units, expect_bound, expression, literal
from surveillance.model import ALERT_LINE, SHADOW_LINE
from surveillance.rules import gates, sentence
from surveillance.rules.aggregate import aggregate
from surveillance.rules.compiled import Compiled
from surveillance.rules.each import each as each_shape
from surveillance.rules.gates import Gate, Limits
from surveillance.rules.logic import EXCUSE, Aggregate, Each, Gated, Query, Sequence, Strange
from surveillance.rules.query import query_shape
from surveillance.rules.schema import Rule
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
_SHORT = 0.01
"""How far below the line of alerts the score of one that does not fire stays."""
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
            windows = 2 if detect.anomaly.is_novelty else 1
            return Compiled(rule=self.rule, reach=windows * reach, tables=tables)
        shape = self._shape(detect)
        if shape is None:
            return Compiled(rule=self.rule, reach=reach, tables=frozenset())
        excuses = self._excuses(detect, shape)
        limits = self._limits(detect, shape)
        conditions = [limit.condition for limit in limits]
        compiled = Compiled(
            rule=self.rule,
            reach=reach + shape.extra,
            tables=shape.tables,
            candidates=shape.sql,
            gate=gates.fold(detect.gates, conditions, gates.both, gates.either),
            near=gates.fold(detect.gates, [each.near for each in limits], gates.both, gates.either),
            unknown=tuple((each.gate.measure, each.condition) for each in limits),
            excuses=excuses,
            score=self._score(detect, shape, limits),
            measures=tuple(shape.measures),
            evidence=tuple(shape.evidence),
            repeats=shape.repeats,
            late=shape.late,
            words=None if shape.whole else self._words(),
            conditions=shape.conditions,
        )
        self._say(shape)
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

    def _shape(self, detect: Each | Aggregate | Sequence | Query) -> Shape | None:
        known = (self.relations, self.plain)
        try:
            if isinstance(detect, Each):
                return each_shape(self.rule, detect, *known)
            if isinstance(detect, Aggregate):
                return aggregate(self.rule, detect, *known)
            if isinstance(detect, Sequence):
                return sequence(self.rule, detect, *known)
            return query_shape(self.rule, detect, *known)
        except ShapeError as error:
            self._within(error.loc, error.cause)
            return None

    def _excuses(self, detect: Gated, shape: Shape) -> dict[str, str]:
        """Return each excuse as SQL: a column of the candidates, or a condition over measures."""
        return {
            name: f"{EXCUSE}{name}"
            if name in shape.excuses
            else self._condition(("detect", "unless", name), text, shape)
            for name, text in detect.unless.items()
        }

    def _limits(self, detect: Gated, shape: Shape) -> list[Limits]:
        return [self._limit(gate, shape) for gate in detect.gates]

    def _limit(self, gate: Gate, shape: Shape) -> Limits:
        loc = ("detect", "require", gate.measure)
        if gate.measure not in shape.measures:
            known = ", ".join(shape.measures)
            self._fault(loc, f"expected a measure of {known}; was {gate.measure!r}")
            return Limits(gate, "false", "0", "0", "")
        condition = self._condition(loc, gate.condition, shape, gate.prefix)
        if not gate.has_room:
            return Limits(gate, condition, "0", "0", "")
        line, upper = (self._line(loc, text, shape) for text in (gate.line, gate.upper))
        return Limits(gate, condition, f"cast({gate.measure} as double)", line, upper)

    def _line(self, loc: tuple[str | int, ...], text: str, shape: Shape) -> str:
        if not text:
            return ""
        try:
            read = expression(text, self._columns(shape), parameters=self._marks())
        except LanguageError:  # said of the condition that the line stands in
            return "0"
        return f"cast(({read.sql()}) as double)"

    def _condition(
        self, loc: tuple[str | int, ...], text: str, shape: Shape, before: int = 0
    ) -> str:
        """Read a condition over measures; ``before`` characters of it are not in the file."""
        columns, units = self._columns(shape), self._units(shape)
        try:
            read = expression(text, columns, parameters=self._marks(), units=units)
        except LanguageError as error:
            column = max(1, error.column - before)
            self.faults.append(self.document.fault_within(loc, error.line, column, error.message))
            return "false"
        if read.type != "BOOLEAN":
            self._fault(loc, f"expected a condition, was of type {read.type}")
        elif before and isinstance(read.tree, exp.Connector):
            self._fault(loc, f"expected one condition, several as a list, was {text!r}")
        return f"({read.sql()})"

    @staticmethod
    def _columns(shape: Shape) -> dict[str, str]:
        return {**shape.measures, "instrument": "VARCHAR", "segment": "VARCHAR"}

    def _say(self, shape: Shape) -> None:
        try:
            sentence.expect_said(self.rule.say or "", shape.measures)
        except ValueError as error:
            self._fault(("say",), str(error))

    def _units(self, shape: Shape) -> Units:
        return replace(units_of(self.rule, {}), columns={ROW: shape.units})

    def _marks(self) -> dict[str, exp.Expr]:
        """Return plain parameters as literals and the others as marks that a run fills in."""
        return {
            name: literal(parameter.value) if parameter.is_plain else _mark(name)
            for name, parameter in self.rule.parameters.items()
        }

    def _score(self, detect: Gated, shape: Shape, limits: Listed[Limits]) -> str:
        near = gates.fold(
            detect.gates, [each.closeness for each in limits], gates.least, gates.most
        )
        beyond = (
            self._graded(detect, shape)
            if self.rule.score
            else gates.fold(detect.gates, [each.beyond for each in limits], gates.mean, gates.most)
        )
        room = ALERT_LINE - SHADOW_LINE - _SHORT
        return (
            f"case when fired then {ALERT_LINE:g} + {100 - ALERT_LINE:g} * coalesce({beyond}, 0) "
            f"when near then {SHADOW_LINE:g} + {room:g} * coalesce({near}, 0) else 0 end"
        )

    def _graded(self, detect: Gated, shape: Shape) -> str:
        """Return how far beyond a candidate is by the rule's own grades."""
        lines = {gate.measure: gate.line for gate in reversed(list(detect.gates)) if gate.has_room}
        terms: list[tuple[float, str]] = []
        for name, grade in self.rule.score.items():
            loc = ("score", name)
            if name not in shape.measures:
                known = ", ".join(shape.measures)
                self._fault(loc, f"expected a measure of {known}; was {name!r}")
                continue
            start = lines.get(name) if grade.from_ is None else grade.from_
            if start is None:
                self._fault(loc, f"expected from, since {name} has no line under require")
                continue
            low = self._bound(loc, "from", start, shape)
            high = self._bound(loc, "to", grade.to, shape)
            beyond = f"least(1, greatest(0, ({name} - {low}) / nullif({high} - {low}, 0)))"
            terms.append((float(grade.weight), f"coalesce({beyond}, 0)"))
        total = sum(weight for weight, _ in terms) or 1
        return " + ".join(f"{weight / total!r} * {beyond}" for weight, beyond in terms) or "0"

    def _bound(self, loc: tuple[str, ...], key: str, value: int | float | str, shape: Shape) -> str:
        text = value if isinstance(value, str) else repr(value)
        if _DIGITS.fullmatch(text):
            return f"cast(({text}) as double)"
        try:
            units = self._units(shape)
            columns = self._columns(shape)
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
