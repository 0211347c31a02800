"""Why one version of a rule does not alert where another does, in the words of an officer.

In the order in which a rule decides: is there a candidate at all, does its gate open, did it
happen often enough, does its score reach the queue. Of a closed gate those conditions are named
that do not hold, each with what was measured, where the line is, and where the other version has
it. Where there is no candidate, what is named are the places in which the two are written
otherwise and which decide about candidates: nothing was measured that could be quoted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from surveillance.model import QUEUE_LINE, Hit, Scalar, format_time
from surveillance.rules.book import Entry
from surveillance.rules.explain import Explained, Part, Parts, explain
from surveillance.rules.schema import Strange
from surveillance.studies.backtest.wording import candidates_by, scored_by
from surveillance.studies.setting import Setting
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
        self, setting: Setting, entry: Entry, other: Entry, name: str, hits: Sequence[Hit]
    ) -> None:
        self.entry, self.other, self.name = entry, other, name
        self.found: dict[tuple[str, str | None, datetime], list[Explained]] = {}
        if hits and not isinstance(entry.rule.detect, Strange):
            asked = sorted({(hit.subject, hit.instrument) for hit in hits}, key=str)
            lines = setting.peers.lines(entry.rule)
            for one in explain(entry, setting.view, *setting.span, lines, asked):
                self.found.setdefault(self._place(one), []).append(one)

    def why_not(self, hit: Hit, own: Hit | None) -> tuple[tuple[str, ...], tuple[Crossing, ...]]:
        """Return the reasons; ``own`` is what the version has there all the same, too low."""
        if isinstance(self.entry.rule.detect, Strange):
            return (_less_strange(hit, own, self.name),), ()
        here = self.found.get((hit.subject, hit.instrument, hit.at), [])
        fired = _best(one for one in here if one.gate.holds)
        closed = _best(one for one in here if not one.gate.holds)
        if fired is not None and (own is not None or self.entry.compiled.repeats <= 1):
            return (self._too_low(fired, own),), ()
        said = [self._said(part, hit) for part in _closed(closed.gate)] if closed else []
        crossings = tuple(self._crossings(closed.gate, hit)) if closed else ()
        if fired is not None:
            return (self._too_seldom(said),), crossings
        if not said:
            causes = "; ".join(candidates_by(self.entry.rule, self.other.rule, self.name))
            said = [f"no candidate: {causes or 'nothing is found there'}"]
        return tuple(said), crossings

    def _place(self, one: Explained) -> tuple[str, str | None, datetime]:
        """Return where a candidate counts: at its moment, or at the end of its hop."""
        row, at = one.row, utc(one.row["at"])
        if self.entry.compiled.repeats:
            hop = span(self.entry.rule.every or "")
            at = EPOCH + ((at - EPOCH) // hop + 1) * hop - timedelta(microseconds=1)
        subject = row["owner_id"] or row["trader_id"] or row["instrument"] or ""
        return str(subject), row["instrument"], at

    def _too_seldom(self, others: Sequence[str]) -> str:
        needed, lookback = self.entry.compiled.repeats, self.entry.rule.lookback
        said = f"fires, but fewer than the {needed} times in {lookback} it takes"
        return f"{said}; of the others, {' and '.join(others)}" if others else said

    def _too_low(self, fired: Explained, own: Hit | None) -> str:
        score = own.score if own else float(fired.row["score"])
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
    """Write a measured value short: six digits, two decimals at least, thousands apart."""
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
    places = max(2, 5 - number.adjusted()) if number else 0
    return f"{round(number, places).normalize():,f}"


def _measured(part: Part) -> str:
    """Name a measure with its value; an expression stands in brackets."""
    name = part.measure if part.measure.isidentifier() else f"({part.measure})"
    return f"{name} {figure(part.value)}"


def _best(candidates: Iterable[Explained]) -> Explained | None:
    return max(candidates, key=lambda one: float(one.row["score"]), default=None)


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
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return int(value) if whole else format(value.normalize(), "f")
    if isinstance(value, datetime):
        return format_time(utc(value))
    return value if isinstance(value, (str, int, float, bool)) else None
