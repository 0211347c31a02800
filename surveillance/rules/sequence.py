"""The sequence shape: steps in time per subject, one candidate for each occurrence of one step.

"B within w of A" is an equi-join on a time bucket followed by the exact comparison, so its cost
grows with matches and not with rows squared. A candidate is judged when the last moment that any
later step (or ``settle``) allows has passed; only what happened by then is looked at.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlglot import exp

from surveillance.activity.asking import Condition
from surveillance.activity.catalogue import Table
from surveillance.language import Expression, emit
from surveillance.model import Scalar
from surveillance.rules.logic import Sequence
from surveillance.rules.schema import Rule
from surveillance.rules.shape import Shape, ShapeError, Texts, measured, rows, subject_columns
from surveillance.times import micros, span


def sequence(
    rule: Rule, detect: Sequence, relations: Mapping[str, Table], parameters: Mapping[str, Scalar]
) -> Shape:
    """Build one candidate for each occurrence of the step ``per``, with what came around it."""
    chain = _Chain(Texts(rule, relations, parameters), detect)
    texts, earliest, latest = chain.texts, *chain.reach()
    measures = {
        name: texts.expression(("detect", "measure", name), text, chain.schemas, aggregates=True)
        for name, text in detect.measure.items()
    }
    evidence = {table: chain.evidence(table, text) for table, text in rule.evidence.items()}
    sql = chain.grouped(measures, evidence, latest)
    kinds = {name: measure.type for name, measure in measures.items()}
    read = frozenset(texts.read)
    extra = latest + earliest
    return Shape(
        sql=sql,
        measures=kinds,
        evidence=tuple(rule.evidence),
        tables=read,
        extra=extra,
        repeats=detect.at_least,
        units=measured(measures),
        conditions=chain.conditions(),
    )


class _Chain:
    """The steps of one sequence, joined in order; a step's column ``x`` travels as ``step__x``."""

    def __init__(self, texts: Texts, detect: Sequence) -> None:
        self.texts, self.detect = texts, detect
        self.tables: dict[str, Table] = {}
        for index, name in enumerate(detect.names):
            loc = ("detect", "sequence", index, name, "from")
            table = texts.table(loc, detect.steps[name].from_)
            texts.subject(table, detect.by)
            self.tables[name] = table
        self.schemas = {name: table.schema for name, table in self.tables.items()}

    def after(self, name: str) -> str:
        """Return the step that a step follows."""
        names = self.detect.names
        return self.detect.steps[name].after or names[max(0, names.index(name) - 1)]

    def reach(self) -> tuple[timedelta, timedelta]:
        """Return how long before, and how long after, the step ``per`` other steps may come."""
        before, after = timedelta(0), span(self.detect.settle or "0s")
        path = self._up(self.detect.per)
        for name in self.detect.names:
            common = next(each for each in self._up(name) if each in path)
            first, last = self._between(common, name)
            per_first, per_last = self._between(common, self.detect.per)
            before, after = max(before, per_last - first), max(after, last - per_first)
        return before, after

    def _up(self, name: str) -> list[str]:
        """Return a step and those it follows, up to the first."""
        first = name == self.detect.names[0]
        return [name] if first else [name, *self._up(self.after(name))]

    def _between(self, start: str, name: str) -> tuple[timedelta, timedelta]:
        """Return the shortest and the longest time from a step to one that comes of it."""
        if name == start:
            return timedelta(0), timedelta(0)
        first, last = self._between(start, self.after(name))
        least, most = self.detect.steps[name].offsets
        return first + least, last + most

    def evidence(self, table: str, text: str) -> str:
        """Return the travelling columns that hold ids of an evidence table, as one list."""
        loc = ("evidence", table)
        key = self.texts.key_of(loc, table)
        names = [name.strip() for name in text.split(",")]
        for name in names:
            if key not in self.schemas.get(name, {}):
                known = ", ".join(n for n, schema in self.schemas.items() if key in schema)
                raise ShapeError(loc, f"expected steps of {known}; was {name!r}")
        lists = [f"list(distinct {name}__{key} order by {name}__{key})" for name in names]
        return (
            lists[0]
            if len(lists) == 1
            else f"list_sort(list_distinct(flatten([{', '.join(lists)}])))"
        )

    def grouped(
        self, measures: Mapping[str, Expression], evidence: Mapping[str, str], latest: timedelta
    ) -> str:
        """Return one row per occurrence of the step ``per``."""
        by, per = self.detect.by, self.detect.per
        anchor = [*by, f"{per}__t", *(f"{per}__{key}" for key in self.tables[per].key)]
        started = ", ".join(f"{name}__t" for name in self.detect.names)
        body = "".join(
            f", {emit(_travel(measure.tree))} as {name}" for name, measure in measures.items()
        )
        ids = "".join(f", {sql} as evidence_{table}" for table, sql in evidence.items())
        times = f"make_timestamp(min(least({started}))) as started_at"
        return (
            f"select {subject_columns(by, 'c')}, {times}, "
            f"make_timestamp({per}__t + {micros(latest)}) as at{body}{ids} "
            f"from ({self._joined()}) c group by {', '.join(anchor)}"
        )

    def _joined(self) -> str:
        first, *others = self.detect.names
        sql = f"select * from ({self._step(first)}) where {self._where(0, first)}"
        for index, name in enumerate(others, 1):
            sql = self._join(sql, index, name)
        return sql

    def _step(self, name: str) -> str:
        step, table = self.detect.steps[name], self.tables[name]
        time = step.at or table.time
        known = " and ".join(f"{key} is not null" for key in [*self.detect.by, time])
        columns = ", ".join(f"{column} as {name}__{column}" for column in table.schema)
        chosen = ", ".join([*self.detect.by, f"epoch_us({time}) as {name}__t", columns])
        return f"select {chosen} from {rows(table)} where {known}"

    def _join(self, sql: str, index: int, name: str) -> str:
        by, before = self.detect.by, f"{self.after(name)}__t"
        first, last = (micros(offset) for offset in self.detect.steps[name].offsets)
        width = max(1, last - first)
        low, high = (f"({before} + {offset}) // {width}" for offset in (first, last))
        buckets = f"case when {low} = {high} then [{low}] else [{low}, {high}] end"
        keys = ", ".join([*by, "bucket"])
        return (
            f"select * exclude (bucket) from (select *, unnest({buckets}) as bucket from ({sql})) "
            f"join (select *, {name}__t // {width} as bucket from ({self._step(name)})) "
            f"using ({keys}) where {name}__t between {before} + {first} and {before} + {last} "
            f"and {self._where(index, name)}"
        )

    def conditions(self) -> dict[str, list[list[Condition]]]:
        """Return by table, for each step that reads it, what a row must meet by itself."""
        conditions: dict[str, list[list[Condition]]] = {}
        for index, name in enumerate(self.detect.names):
            parts = self._condition(index, name).tree.copy()
            each = parts.flatten() if isinstance(parts, exp.And) else [parts]
            own = [_alone(part) for part in each if _of(part) == {name}]
            conditions.setdefault(self.tables[name].name, []).append(own)
        return conditions

    def _where(self, index: int, name: str) -> str:
        return f"({emit(_travel(self._condition(index, name).tree))})"

    def _condition(self, index: int, name: str) -> Expression:
        known = {earlier: self.schemas[earlier] for earlier in self.detect.names[: index + 1]}
        loc = ("detect", "sequence", index, name, "where")
        return self.texts.condition(loc, self.detect.steps[name].where, known)


def _of(part: exp.Expr) -> set[str]:
    return {column.table for column in part.find_all(exp.Column)}


def _alone(part: exp.Expr) -> Condition:
    names = frozenset(column.name for column in part.find_all(exp.Column))
    return emit(part.transform(_bare)), names


def _bare(node: exp.Expr) -> exp.Expr:
    return exp.column(node.name) if isinstance(node, exp.Column) else node


def _travel(tree: exp.Expr) -> exp.Expr:
    def rename(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.table:
            return exp.column(f"{node.table}__{node.name}")
        return node

    return tree.copy().transform(rename)
