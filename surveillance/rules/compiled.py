"""A rule ready to run: one query of what it measures, who fires, how far beyond, on what evidence.

A run fills in its times, and the lines of parameters that are not the same for everybody. It is
plain text and numbers, so that it can be kept and read again without the language that made it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from surveillance.activity.asking import Conditions
from surveillance.model import SHADOW_LINE
from surveillance.rules.logic import Gated
from surveillance.rules.schema import Parameter, Rule
from surveillance.times import micros, span

EXCUSED, UNKNOWN = "excused: ", "not known: "
"""How the reasons begin for which a candidate is counted and not judged."""
Lines: TypeAlias = Mapping[str, Mapping[str, float]]
"""Value per segment of each parameter that is not the same for everybody."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to run: what it reads, how far back, its query, and its result columns.

    ``repeats`` is how many candidates must fire within the lookback where they are rolled up per
    hop (sequences), else 0. ``late`` has, by evidence table, the query that finds its ids for the
    rows that came through, so that nothing is listed for the many that did not. ``words`` has the
    names of all columns that its logic names, unless it reads some without naming them.
    ``unknown`` has each condition of the gate, by the measure that it is about, and ``excuses``
    what excuses a candidate, by name.
    """

    rule: Rule
    reach: timedelta
    tables: frozenset[str]
    candidates: str = ""
    gate: str = "false"
    near: str = "false"
    unknown: tuple[tuple[str, str], ...] = ()
    excuses: Mapping[str, str] = field(default_factory=dict)
    score: str = "0"
    measures: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    repeats: int = 0
    late: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] | None = None
    conditions: Conditions = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return all but the rule as JSON has it; mappings keep their order."""
        return {
            "reach": micros(self.reach),
            "tables": sorted(self.tables),
            "candidates": self.candidates,
            "gate": self.gate,
            "near": self.near,
            "unknown": self.unknown,
            "excuses": dict(self.excuses),
            "score": self.score,
            "measures": self.measures,
            "evidence": self.evidence,
            "repeats": self.repeats,
            "late": dict(self.late),
            "words": None if self.words is None else sorted(self.words),
            "conditions": {
                table: [[(sql, sorted(names)) for sql, names in place] for place in places]
                for table, places in self.conditions.items()
            },
        }

    @staticmethod
    def of(rule: Rule, plain: Mapping[str, Any]) -> "Compiled":
        """Return what ``plain`` was made of.

        Raises:
            KeyError, TypeError, ValueError: it was made of nothing like it.
        """
        words = plain["words"]
        return Compiled(
            rule=rule,
            reach=timedelta(microseconds=plain["reach"]),
            tables=frozenset(plain["tables"]),
            candidates=plain["candidates"],
            gate=plain["gate"],
            near=plain["near"],
            unknown=tuple((measure, sql) for measure, sql in plain["unknown"]),
            excuses=plain["excuses"],
            score=plain["score"],
            measures=tuple(plain["measures"]),
            evidence=tuple(plain["evidence"]),
            repeats=plain["repeats"],
            late=plain["late"],
            words=None if words is None else frozenset(words),
            conditions={
                table: [[(sql, frozenset(names)) for sql, names in place] for place in places]
                for table, places in plain["conditions"].items()
            },
        )

    def sql(self, start: int, end: int, lines: Lines) -> str:
        """Return the query for a run from ``start`` to ``end``, in microseconds since the epoch.

        Among the segments of ``lines``, ``""`` is everybody.
        """
        # A total order: rows that differ in anything never change places between two runs.
        rest = [*self.measures, *(f"evidence_{table}" for table in self.evidence)]
        parts = {
            "«candidates»": self.candidates,
            "«gate»": self.gate,
            "«near»": self.near,
            "«excuse»": _first((sql, name) for name, sql in self.excuses.items()),
            "«unknown»": _first((f"({sql}) is null", name) for name, sql in self.unknown),
            "«score»": self.score,
            "«rest»": ", ".join(rest),
            "«late»": "".join(
                f", coalesce(late_{table}.ids, []) as evidence_{table}" for table in self.late
            ),
            "«each»": self._each(),
            "«joins»": " ".join(
                f"left join (select hit_no, list(distinct id order by id) as ids from ({query}) "
                f"group by hit_no) late_{table} on late_{table}.hit_no = h.hit_no"
                for table, query in self.late.items()
            ),
        }
        return with_lines(_put(_put(_JUDGED, parts), self._times(start, end)), lines)

    def _each(self) -> str:
        """Return what has ids in order: of hits alone, for lists are long.

        An id may stand more than once; to leave that out costs the engine twice what sorting does.
        """
        own = [f"evidence_{table}" for table in self.evidence if table not in self.late]
        lists = ", ".join(f"list_sort(h.{name}) as {name}" for name in own)
        return f" replace ({lists})" if lists else ""

    def furthest(self, start: int, end: int) -> str:
        """Return the query for what each subject came to at the furthest, near a line or not.

        Returns the subject, and then the columns of ``towards``.
        """
        columns = (
            f"{'max' if is_more else 'min'}(cast({name} as double)) as {name}"
            for name, is_more in self.towards.items()
        )
        parts = {"«candidates»": self.candidates, "«furthest»": ", ".join(columns)}
        return _put(_put(_FURTHEST, parts), self._times(start, end))

    @property
    def towards(self) -> dict[str, bool]:
        """Return the measures with one line, and of each whether more, or less, goes towards it."""
        gates = self.rule.detect.gates if isinstance(self.rule.detect, Gated) else ()
        one = [gate for gate in gates if gate.has_room and not gate.upper]
        return {gate.measure: gate.relation.startswith(">") for gate in reversed(one)}

    def _times(self, start: int, end: int) -> dict[str, str]:
        since = start - (micros(span(self.rule.lookback)) if self.repeats else 0)
        return {
            "$run_from": str(start - micros(self.reach)),
            "$run_since": str(since),
            "$run_start": str(start),
            "$run_end": str(end),
        }


_FURTHEST = """
select coalesce(owner_id, trader_id, instrument) as ":subject", «furthest» from («candidates»)
where "at" >= make_timestamp($run_start) and "at" < make_timestamp($run_end)
group by 1 order by 1
"""
_JUDGED = f"""
with candidates as («candidates»),
placed as (
    select c.*, coalesce(s.segment, '') as segment
    from candidates c left join segments s on s.subject_id = coalesce(c.owner_id, c.trader_id)
    where c."at" >= make_timestamp($run_since) and c."at" < make_timestamp($run_end)
),
weighed as (
    select *, «gate» as gate, coalesce(«near», false) as near, «excuse» as excuse from placed
),
judged as (
    select * exclude (gate, near), coalesce(gate, false) and excuse is null as fired,
        near and excuse is null as near,
        case when "at" < make_timestamp($run_start) then null
            when gate and excuse is not null then '{EXCUSED}' || excuse
            when gate is null and excuse is null then '{UNKNOWN}' || «unknown» end as why
    from weighed
),
scored as (select *, round(«score», 2) as score from judged),
hit as (
    select *, row_number() over () as hit_no, count(*) over (partition by why) as rows
    from scored where fired or score >= {SHADOW_LINE} or why is not null
    qualify why is null or row_number() over (partition by why) = 1
)
select h.* exclude (hit_no)«each»«late» from hit h «joins»
order by "at", coalesce(owner_id, trader_id, ''), coalesce(instrument, ''), started_at, «rest»,
    trader_id
"""


def _first(named: Iterable[tuple[str, str]]) -> str:
    """Return SQL for the name of the first condition that holds, null if none does."""
    branches = "".join(f" when {sql} then '{name}'" for sql, name in named)
    return f"case{branches} end" if branches else "cast(null as varchar)"


def _put(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of marks, once: what was put in is not looked at again."""
    if not values:
        return text
    marks = "|".join(re.escape(mark) for mark in sorted(values, key=len, reverse=True))
    return re.sub(marks, lambda mark: values[mark[0]], text)


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
