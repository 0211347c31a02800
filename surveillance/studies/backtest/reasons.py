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

from surveillance.model import ALERT_LINE, Hit, Scalar
from surveillance.records.answers import CrossingRecord
from surveillance.rules.book import Entry
from surveillance.rules.explain import Explained, Part, Parts, explain
from surveillance.rules.logic import Strange
from surveillance.studies.backtest.wording import candidates_by
from surveillance.studies.setting import Setting
from surveillance.times import EPOCH, format_time, span, utc

_LEAST = timedelta(microseconds=1)
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

    def record(self) -> CrossingRecord:
        """Return the crossing as a study stores it."""
        return {
            "measure": self.measure,
            "value": self.value,
            "line": self.line,
            "at": self.at,
            "other": self.other,
        }


class Explainer:
    """Explains the silence of ``entry`` where ``other`` has raised ``hits``.

    ``name`` is how lines of the other version are told apart: "in force", "as studied".
    """

    def __init__(
        self, setting: Setting, entry: Entry, other: Entry, name: str, hits: Sequence[Hit]
    ) -> None:
        self.entry, self.other, self.name = entry, other, name
        self.explained: dict[tuple[str, str | None, datetime], list[Explained]] = {}
        if hits and not isinstance(entry.rule.detect, Strange):
            subjects = sorted({(hit.subject, hit.instrument) for hit in hits}, key=str)
            lines = setting.peers.lines(entry.rule)
            for candidate in explain(entry, setting.view, *setting.span, lines, subjects):
                self.explained.setdefault(self._place(candidate), []).append(candidate)

    def why_not(self, hit: Hit, own: Hit | None) -> tuple[tuple[str, ...], tuple[Crossing, ...]]:
        """Return the reasons; ``own`` is what the version has there all the same, too low."""
        if isinstance(self.entry.rule.detect, Strange):
            return (_less_strange(hit, own, self.name),), ()
        here = self.explained.get((hit.subject, hit.instrument, hit.at), [])
        fired = _best(candidate for candidate in here if candidate.gate.holds)
        closed = _best(candidate for candidate in here if not candidate.gate.holds)
        unmet = [self._unmet(part, hit) for part in _closed(closed.gate)] if closed else []
        crossings = tuple(self._crossings(closed.gate, hit)) if closed else ()
        if fired is not None:
            return (self._too_seldom(unmet),), crossings
        if not unmet:
            causes = "; ".join(candidates_by(self.entry.rule, self.other.rule, self.name))
            unmet = [f"no candidate: {causes or 'nothing is found there'}"]
        return tuple(unmet), crossings

    def _place(self, candidate: Explained) -> tuple[str, str | None, datetime]:
        """Return where a candidate counts: at its moment, or at the end of its hop."""
        row, at = candidate.row, utc(candidate.row["at"])
        if self.entry.compiled.repeats:
            hop = span(self.entry.rule.every or "")
            at = EPOCH + ((at - EPOCH) // hop + 1) * hop - _LEAST
        subject = row["owner_id"] or row["trader_id"] or row["instrument"] or ""
        return str(subject), row["instrument"], at

    def _too_seldom(self, others: Sequence[str]) -> str:
        needed, lookback = self.entry.compiled.repeats, self.entry.rule.lookback
        seldom = f"fires, but fewer than the {needed} times in {lookback} it takes"
        return f"{seldom}; of the others, {' and '.join(others)}" if others else seldom

    def _unmet(self, part: Part | Parts, hit: Hit) -> str:
        """Say of a condition that does not hold what was measured and where the line is."""
        if isinstance(part, Parts):
            inner = [self._unmet(each, hit) for each in part.parts if not each.holds]
            if len(inner) == 1:
                return inner[0]
            return " and ".join(inner) if part.kind == "all" else f"no way in: {'; '.join(inner)}"
        if not part.relation:
            return f"({part.measure}) does not hold"
        line = part.line if part.line == figure(part.at) else f"{part.line} {figure(part.at)}"
        missed = f"{_measured(part)} {_MISSED[part.relation]} {line}"
        other = self._elsewhere(part, hit)
        return missed if other is None else f"{missed} ({figure(other)} {self.name})"

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
        other = hit.thresholds.get(name) if part.line == f"${name}" else None
        return None if other is None or figure(other) == figure(part.at) else other


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
    return max(candidates, key=lambda candidate: float(candidate.row["score"]), default=None)


def _closed(gate: Parts) -> tuple[Part | Parts, ...]:
    if gate.kind == "any":
        return (gate,)
    return tuple(part for part in gate.parts if not part.holds)


def _less_strange(hit: Hit, own: Hit | None, name: str) -> str:
    if own is None:
        return f"too like the peers to be kept at all (score {hit.score:g} {name})"
    value = f"p-value {figure(own.measures['p_value'])} is beyond a budget in false alerts of"
    line = f"{value} {figure(own.thresholds['false_alerts'])}"
    return f"{line}: score {own.score:g} is below the alert line {ALERT_LINE:g}"


def _plain(value: Any) -> Scalar:
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return int(value) if whole else format(value.normalize(), "f")
    if isinstance(value, datetime):
        return format_time(utc(value))
    return value if isinstance(value, (str, int, float, bool)) else None
