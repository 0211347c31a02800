"""Why one version of a rule does not alert where another does, in the words of an officer.

In the order in which a rule decides: is there a candidate at all, does its gate open, did it
happen often enough, does its score reach the queue. Of a closed gate those conditions are named
that do not hold, each with what was measured, where the line is, and where the other version has
it. Where there is no candidate, what is named are the places in which the two are written
otherwise and which decide about candidates: nothing was measured that could be quoted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from surveillance.model import QUEUE_LINE, Hit, Scalar, format_time
from surveillance.rules.book import Entry
from surveillance.rules.explain import Explained, Part, Parts, explain
from surveillance.rules.schema import Strange
from surveillance.studies.ground import Ground
from surveillance.studies.wording import candidates_by, scored_by
from surveillance.times import EPOCH, span, utc

_MISSED = {
    ">=": "is below", ">": "is not above", "<=": "is above", "<": "is not below",
    "=": "is not", "<>": "is",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crossing:
    """A measure that is on the wrong side of a line; ``other`` is the line of the other version."""

    measure: str
    value: Scalar
    line: str
    at: Scalar
    other: Scalar = None


class Explainer:
    """Explains the silence of ``entry`` where ``other`` has raised ``hits``.

    ``name`` is how lines of the other version are told apart: "in force", "as studied".
    """

    def __init__(
        self, ground: Ground, entry: Entry, other: Entry, name: str, hits: Sequence[Hit]
    ) -> None:
        self.entry, self.other, self.name = entry, other, name
        self.found: dict[tuple[str, str | None, datetime], list[Explained]] = {}
        if hits and not isinstance(entry.rule.detect, Strange):
            asked = sorted({(hit.subject, hit.instrument) for hit in hits}, key=str)
            for one in explain(entry, ground.view, *ground.span, ground.lines(entry), asked):
                self.found.setdefault(self._place(one), []).append(one)

    def why_not(self, hit: Hit, own: Hit | None) -> tuple[tuple[str, ...], tuple[Crossing, ...]]:
        """Return the reasons; ``own`` is what the version has there all the same, too low."""
        if isinstance(self.entry.rule.detect, Strange):
            return (_less_strange(hit, own, self.name),), ()
        here = self.found.get((hit.subject, hit.instrument, hit.at), [])
        best = max(here, key=lambda one: (one.gate.holds, one.row["score"]), default=None)
        if best is None:
            causes = "; ".join(candidates_by(self.entry.rule, self.other.rule, self.name))
            return (f"no candidate: {causes or 'nothing is found there'}",), ()
        if best.gate.holds:
            return (self._too_quiet(best, own),), ()
        crossings = tuple(self._crossings(best.gate, hit))
        return tuple(self._said(part, hit) for part in _closed(best.gate)), crossings

    def _place(self, one: Explained) -> tuple[str, str | None, datetime]:
        """Return where a candidate counts: at its moment, or at the end of its hop."""
        row, at = one.row, utc(one.row["at"])
        if self.entry.compiled.repeats:
            hop = span(self.entry.rule.every or "")
            at = EPOCH + ((at - EPOCH) // hop + 1) * hop - timedelta(microseconds=1)
        subject = row["owner_id"] or row["trader_id"] or row["instrument"] or ""
        return str(subject), row["instrument"], at

    def _too_quiet(self, best: Explained, own: Hit | None) -> str:
        needed = self.entry.compiled.repeats
        if own is None and needed > 1:
            return (
                f"fires, but fewer than the {needed} times in {self.entry.rule.lookback} it takes"
            )
        score = own.score if own else float(best.row["score"])
        why = "; ".join(scored_by(self.entry.rule, self.other.rule, self.name))
        said = f"fires, but its score {score:g} is below the queue line {QUEUE_LINE:g}"
        return f"{said}: {why}" if why else said

    def _said(self, part: Part | Parts, hit: Hit) -> str:
        if isinstance(part, Parts):
            inner = [self._said(each, hit) for each in part.parts if not each.holds]
            if len(inner) == 1:
                return inner[0]
            return " and ".join(inner) if part.kind == "all" else f"no way in: {'; '.join(inner)}"
        if not part.relation:
            return f"({part.measure}) does not hold"
        line = part.line if part.line == figure(part.at) else f"{part.line} {figure(part.at)}"
        said = f"{_measured(part)} {_MISSED[part.relation]} {line}"
        other = self._elsewhere(part, hit)
        return said if other is None else f"{said} ({figure(other)} {self.name})"

    def _crossings(self, part: Part | Parts, hit: Hit) -> Iterator[Crossing]:
        if isinstance(part, Parts):
            for each in part.parts:
                if not each.holds:
                    yield from self._crossings(each, hit)
        elif part.relation:
            value, at = _plain(part.value), _plain(part.at)
            yield Crossing(part.measure, value, part.line, at, self._elsewhere(part, hit))

    def _elsewhere(self, part: Part, hit: Hit) -> Scalar:
        """Return where the other version has the line, if it is a parameter and is elsewhere."""
        name = part.line.removeprefix("$")
        found = hit.thresholds.get(name) if part.line == f"${name}" else None
        return None if found is None or figure(found) == figure(part.at) else found


def figure(value: Any) -> str:
    """Write a measured value short: six digits, thousands apart, no trailing zeros."""
    if value is None:
        return "unknown"
    if isinstance(value, datetime):
        return format_time(utc(value))
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else None
    except ArithmeticError:
        number = None
    if number is None or not number.is_finite():
        return str(value)
    short = number if number == number.to_integral_value() else Decimal(f"{number:.6g}")
    return f"{short.normalize():,f}"


def _measured(part: Part) -> str:
    """Name a measure with its value; an expression stands in brackets."""
    name = part.measure if part.measure.isidentifier() else f"({part.measure})"
    return f"{name} {figure(part.value)}"


def _closed(gate: Parts) -> tuple[Part | Parts, ...]:
    if gate.kind == "any":
        return (gate,)
    return tuple(part for part in gate.parts if not part.holds)


def _less_strange(hit: Hit, own: Hit | None, name: str) -> str:
    if own is None:
        return f"too like the peers to be kept at all (score {hit.score:g} {name})"
    said = f"p-value {figure(own.measures['p_value'])} is no discovery at a rate of"
    line = f"{said} {figure(own.thresholds['false_discovery_rate'])}"
    return f"{line}: score {own.score:g} is below the queue line {QUEUE_LINE:g}"


def _plain(value: Any) -> Scalar:
    if isinstance(value, (Decimal, datetime)):
        return figure(value)
    return value if isinstance(value, (str, int, float, bool)) else None
