"""From a rule to one query: what it measures, then who fires, how far beyond, on what evidence.

Every SQL shape first yields *candidates* (a subject, times, measures, evidence ids); what follows
is the same for all: the subject's segment, thresholds as literals, the gate, the score. Rows are
narrowed to what the rule's own lookback reaches, so a verdict never depends on which other rules
share the run. A hit's ``at`` is a moment at which everything it rests on is already past (the last
microsecond of a hop, or a sequence's deadline), so cutting a run differently finds the same hits.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeAlias

from sqlglot import exp

from surveillance.activity.catalogue import Table
from surveillance.activity.facts import Conditions
from surveillance.errors import Fault, RuleError
from surveillance.language import ROW, LanguageError, Units, expect_bound, expression, literal
from surveillance.model import FIRED_LINE, SHADOW_LINE
from surveillance.rules.aggregate import aggregate
from surveillance.rules.query import query_shape
from surveillance.rules.schema import (
    Aggregate,
    Grade,
    Parameter,
    Query,
    Rule,
    Sequence,
    Strange,
)
from surveillance.rules.sequence import sequence
from surveillance.rules.shape import Shape, ShapeError, units_of
from surveillance.times import micros, span
from surveillance.yamlfile import Document

Lines: TypeAlias = Mapping[str, Mapping[str, float]]
"""Value per segment of each parameter that is not the same for everybody."""

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


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to run: what it reads, how far back, its query, and its result columns.

    ``repeats`` is how many candidates must fire within the lookback where they are rolled up per
    hop (sequences), else 0. ``late`` has, by evidence table, the query that finds its ids for the
    rows that came through, so that nothing is listed for the many that did not. ``words`` has the
    names of all columns that its logic names, unless it reads some without naming them.
    """

    rule: Rule
    reach: timedelta
    tables: frozenset[str]
    candidates: str = ""
    fire_when: str = ""
    score: str = ""
    measures: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    repeats: int = 0
    late: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] | None = None
    conditions: Conditions = field(default_factory=dict)

    def sql(self, start: int, end: int, lines: Lines) -> str:
        """Return the query for a run from ``start`` to ``end``, in microseconds since the epoch.

        Among the segments of ``lines``, ``""`` is everybody.
        """
        since = start - (micros(span(self.rule.lookback)) if self.repeats else 0)
        times = {
            "$run_from": str(start - micros(self.reach)),
            "$run_since": str(since),
            "$run_start": str(start),
            "$run_end": str(end),
        }
        # A total order: rows that differ in anything never change places between two runs.
        rest = [*self.measures, *(f"evidence_{table}" for table in self.evidence)]
        parts = {
            "«candidates»": self.candidates,
            "«gate»": self.fire_when,
            "«score»": self.score,
            "«rest»": ", ".join(rest),
            "«late»": "".join(
                f", coalesce(late_{table}.ids, []) as evidence_{table}" for table in self.late
            ),
            "«joins»": " ".join(
                f"left join (select hit_no, list(distinct id order by id) as ids from ({query}) "
                f"group by hit_no) late_{table} on late_{table}.hit_no = h.hit_no"
                for table, query in self.late.items()
            ),
        }
        return with_lines(_put(_put(_JUDGED, parts), times), lines)


_JUDGED = f"""
with candidates as («candidates»),
placed as (
    select c.*, coalesce(s.segment, '') as segment
    from candidates c left join segments s on s.subject_id = coalesce(c.owner_id, c.trader_id)
    where c."at" >= make_timestamp($run_since) and c."at" < make_timestamp($run_end)
),
judged as (select *, coalesce(«gate», false) as fired from placed),
scored as (select *, round(«score», 2) as score from judged),
hit as (
    select *, row_number() over () as hit_no from scored where fired or score >= {SHADOW_LINE}
)
select h.* exclude (hit_no)«late» from hit h «joins»
order by "at", coalesce(owner_id, trader_id, ''), coalesce(instrument, ''), started_at, «rest»,
    trader_id
"""


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
            return Compiled(self.rule, reach, tables)
        shape = self._shape(detect)
        if shape is None:
            return Compiled(self.rule, reach, frozenset())
        fire_when = self._judge(("detect", "fire_when"), detect.fire_when, shape, "BOOLEAN")
        score = self._score(shape)
        compiled = Compiled(
            self.rule,
            reach + shape.extra,
            shape.tables,
            shape.sql,
            fire_when,
            score,
            tuple(shape.measures),
            tuple(shape.evidence),
            shape.repeats,
            shape.late,
            None if shape.whole else self._words(),
            shape.conditions,
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
        told = f"{self.rule.detect!r} {self.rule.evidence!r}"
        return frozenset(re.findall(r"\w+", told.lower()))

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
        given = (self.relations, self.plain)
        try:
            if isinstance(detect, Aggregate):
                return aggregate(self.rule, detect, *given)
            if isinstance(detect, Sequence):
                return sequence(self.rule, detect, *given)
            return query_shape(self.rule, detect, *given)
        except ShapeError as error:
            self._within(error.loc, error.cause)
            return None

    def _judge(self, loc: tuple[str | int, ...], text: str, shape: Shape, kind: str) -> str:
        columns = {**shape.measures, "instrument": "VARCHAR", "segment": "VARCHAR"}
        try:
            found = expression(text, columns, parameters=self._marks(), units=self._units(shape))
        except LanguageError as error:
            self._within(loc, error)
            return "false"
        if found.type != kind:
            self._fault(loc, f"expected an expression of type {kind}, was {found.type}")
        return f"({found.sql()})"

    def _units(self, shape: Shape) -> Units:
        return replace(units_of(self.rule, {}), columns={ROW: shape.units})

    def _marks(self) -> dict[str, exp.Expr]:
        """Return plain parameters as literals and the others as marks that a run fills in."""
        return {
            name: literal(parameter.value)
            if parameter.is_plain
            else exp.cast(exp.Literal.string(f"«{name}»"), "DOUBLE", dialect="duckdb")
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
        fired = f"{FIRED_LINE:g} + {100 - FIRED_LINE:g} * ({above})"
        return f"case when fired then {fired} else {_NEAR} * ({below}) end"

    def _bound(self, loc: tuple[str, ...], key: str, value: int | float | str, shape: Shape) -> str:
        text = value if isinstance(value, str) else repr(value)
        if _DIGITS.fullmatch(text):
            return f"cast(({text}) as double)"
        try:
            units = self._units(shape)
            columns = {"segment": "VARCHAR"}
            found = expression(text, columns, parameters=self._marks(), units=units)
        except LanguageError as error:
            self._within((*loc, key), error)
            return "0"
        measured = shape.units.get(loc[-1])
        if found.unit and measured and found.unit != measured:
            self._fault((*loc, key), f"expected a value in {measured}, was in {found.unit}")
        return f"cast(({found.sql()}) as double)"

    def _fault(self, loc: tuple[str | int, ...], message: str) -> None:
        self.faults.append(self.document.fault(loc, message))

    def _within(self, loc: tuple[str | int, ...], error: LanguageError) -> None:
        fault = self.document.fault_within(loc, error.line, error.column, error.message)
        self.faults.append(fault)


def _ends(grade: Grade) -> tuple[tuple[str, int | float | str], tuple[str, int | float | str]]:
    return ("from", grade.from_), ("to", grade.to)


def _put(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of marks, once: what was put in is not looked at again."""
    if not values:
        return text
    marks = "|".join(re.escape(mark) for mark in sorted(values, key=len, reverse=True))
    return re.sub(marks, lambda found: values[found[0]], text)


def with_lines(text: str, lines: Lines) -> str:
    """Put lines into SQL that was made of a rule, where its parameters differ by segment."""
    return _put(text, {f"'«{name}»'": _by_segment(values) for name, values in lines.items()})


def _by_segment(values: Mapping[str, float]) -> str:
    branches = "".join(
        f" when '{segment.replace(chr(39), chr(39) * 2)}' then {value!r}"
        for segment, value in sorted(values.items())
        if segment
    )
    return f"case segment{branches} else {values['']!r} end" if branches else repr(values[""])


def resolve(
    parameter: Parameter, quantile: Mapping[str, Mapping[float, float]] | None = None
) -> dict[str, float]:
    """Return a parameter's value per segment; ``""`` stands for every other segment.

    ``quantile`` maps a segment to the values of the parameter's feature at quantiles.
    """
    if parameter.peer_quantile is None:
        everyone = float(parameter.value or 0)
        return {"": everyone} | {name: float(value) for name, value in parameter.segments.items()}
    floor = float(parameter.floor or 0)
    among = {
        segment: max(floor, values[parameter.peer_quantile])
        for segment, values in (quantile or {}).items()
        if parameter.peer_quantile in values
    }
    return {"": floor} | among
