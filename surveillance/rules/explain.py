"""Why a candidate fired or did not: the truth of every part of a rule's gate.

A run keeps what fired and what came near. A study also asks about the rest: for one subject at
one moment, which part of the gate does not hold, and by how much. So candidates are computed
again without gate and floor, for the subjects asked about only, and every part is evaluated beside
the measures. A gate is taken apart where it says *and* and *or*; what is left are comparisons of
a measure with a line, and conditions that have no line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pyarrow as pa
import sqlglot
from sqlglot import exp

from surveillance.activity.lake.view import View
from surveillance.language import emit
from surveillance.rules.book import Entry
from surveillance.rules.compiled import Compiled, Lines, with_lines
from surveillance.rules.logic import Strange

Row: TypeAlias = Mapping[str, Any]

_RELATIONS: dict[type[exp.Expr], str] = {
    exp.GTE: ">=",
    exp.GT: ">",
    exp.LTE: "<=",
    exp.LT: "<",
    exp.EQ: "=",
    exp.NEQ: "<>",
}
_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "=": "=", "<>": "<>"}


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a gate as it came out for one candidate.

    ``measure`` and ``line`` are the two sides as the rule writes them, ``line`` the one with the
    parameter, and ``value`` and ``at`` what they were; a condition without sides has its text in
    ``measure`` and no ``relation``.
    """

    measure: str
    relation: str
    line: str
    value: Any
    at: Any
    holds: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """Conditions taken together: ``all`` of them must hold, or ``any``."""

    kind: str
    parts: tuple["Part | Parts", ...]

    @property
    def holds(self) -> bool:
        """Say whether the gate, or this part of it, is open."""
        held = (part.holds for part in self.parts)
        return all(held) if self.kind == "all" else any(held)


@dataclass(frozen=True, slots=True)
class Explained:
    """A candidate whether it fired or not: its row, and its gate."""

    row: Row
    gate: Parts


def explain(
    entry: Entry,
    view: View,
    start: int,
    end: int,
    lines: Lines,
    subjects: Sequence[tuple[str, str | None]],
) -> list[Explained]:
    """Return every candidate of the named subjects (and instruments), each with its gate.

    The facts that the rule reads must be prepared on the view; times are microseconds since the
    epoch, as ``Compiled.sql`` takes them.
    """
    if isinstance(entry.rule.detect, Strange):
        raise TypeError(f"expected a rule with a gate, was {entry.rule.id}")
    asked = pa.Table.from_pydict(
        {
            "subject": pa.array([subject for subject, _ in subjects], pa.string()),
            "of": pa.array([instrument for _, instrument in subjects], pa.string()),
        }
    )
    view.connection.register("asked", asked)
    gate = _Gate(entry.rule.detect.condition, entry.compiled.gate)
    rows = view.arrow(_sql(entry.compiled, gate, start, end, lines)).to_pylist()
    view.connection.unregister("asked")
    return [Explained(row, gate.parts(row)) for row in rows]


def _sql(compiled: Compiled, gate: "_Gate", start: int, end: int, lines: Lines) -> str:
    every = replace(compiled, gate="true", near="true", excuses={}, score="100")
    candidates = every.sql(start, end, lines)
    columns = "".join(f", {sql} as {name}" for name, sql in gate.columns())
    return with_lines(
        f"select *, round({compiled.score}, 2) as score "
        f"from (select c.* exclude (fired, near, score), {compiled.near} as near, "
        f"coalesce({compiled.gate}, false) as fired{columns} from ({candidates}) c "
        "semi join asked on coalesce(c.owner_id, c.trader_id, c.instrument) = asked.subject "
        'and c.instrument is not distinct from asked."of") order by "at", score desc',
        lines,
    )


class _Gate:
    """A gate taken apart, as it is written and as it is executed, side by side."""

    def __init__(self, written: str, executed: str) -> None:
        self.leaves: list[tuple[exp.Expr, exp.Expr]] = []
        self.tree = self._part(_read(written), _read(executed))

    def _part(self, written: exp.Expr, executed: exp.Expr) -> Any:
        written, executed = written.unnest(), executed.unnest()
        for kind, name in ((exp.And, "all"), (exp.Or, "any")):
            if isinstance(written, kind) and isinstance(executed, kind):
                pairs = zip(written.flatten(), executed.flatten(), strict=True)
                return name, [self._part(*pair) for pair in pairs]
        self.leaves.append((written, executed))
        return len(self.leaves) - 1

    def columns(self) -> Iterator[tuple[str, str]]:
        """Return what to evaluate for each condition: its truth, and its two sides if it has."""
        for index, (written, executed) in enumerate(self.leaves):
            yield f"gate_{index}", f"coalesce({emit(executed)}, false)"
            if type(written) in _RELATIONS:
                yield f"left_{index}", emit(executed.this)
                yield f"right_{index}", emit(executed.expression)

    def parts(self, row: Row) -> Parts:
        """Return the gate as it came out for one candidate."""
        whole = self._outcome(self.tree, row)
        return whole if isinstance(whole, Parts) else Parts("all", (whole,))

    def _outcome(self, tree: Any, row: Row) -> Part | Parts:
        if isinstance(tree, int):
            return self._leaf(tree, row)
        return Parts(tree[0], tuple(self._outcome(each, row) for each in tree[1]))

    def _leaf(self, index: int, row: Row) -> Part:
        written, holds = self.leaves[index][0], bool(row[f"gate_{index}"])
        relation = _RELATIONS.get(type(written))
        if relation is None:
            return Part(_text(written), "", "", None, None, holds)
        left, right = (
            (written.this, row[f"left_{index}"]),
            (written.expression, row[f"right_{index}"]),
        )
        if left[0].find(exp.Placeholder) and not right[0].find(exp.Placeholder):
            left, right, relation = right, left, _TURNED[relation]
        return Part(_text(left[0]), relation, _text(right[0]), left[1], right[1], holds)


def _read(text: str) -> exp.Expr:
    tree: exp.Expr = sqlglot.parse_one(f"select {text}", dialect="duckdb").expressions[0]
    return tree


def _text(node: exp.Expr) -> str:
    """Write a side as the rule does: with ``$name`` for a parameter."""
    return emit(node)
