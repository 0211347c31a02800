"""From a row of a rule's result to a hit and a verdict: exact measures, lines, and why in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

from surveillance.detection.rollup import Candidate
from surveillance.model import Hit, Outcome, Scalar, Severity, Unjudged, Verdict
from surveillance.rules.book import Entry
from surveillance.rules.compiled import EXCUSED, Lines
from surveillance.rules.gates import Gate
from surveillance.rules.logic import Gated
from surveillance.rules.rounding import figure
from surveillance.rules.schema import Rule
from surveillance.rules.sentence import said
from surveillance.times import format_time, utc


def hits_of(entry: Entry, rows: Iterable[Candidate], lines: Lines) -> list[Hit]:
    """Return the hit that each candidate is.

    ``lines`` gives the value per segment of each parameter that is not the same for everybody.
    """
    read, told = cache(partial(_thresholds, entry.rule, lines)), _told(entry.rule)
    return [_hit_of(entry, row, read(str(row["segment"])), told) for row in rows]


def _hit_of(
    entry: Entry, row: Candidate, thresholds: Mapping[str, Scalar], told: Sequence[Gate]
) -> Hit:
    rule = entry.rule
    measures = {name: _scalar(row[name]) for name in entry.compiled.measures}
    if "occurrences" in row:
        measures["occurrences"] = int(row["occurrences"])
    return Hit(
        rule_id=rule.id,
        version=rule.version,
        risk=rule.risk_family,
        typology=rule.typology,
        severity=rule.how_bad,
        score=float(row["score"]),
        at=utc(row["at"]),
        started_at=utc(row["started_at"]),
        trader_id=row["trader_id"],
        owner_id=row["owner_id"],
        instrument=row["instrument"],
        segment=str(row["segment"]),
        measures=measures,
        thresholds=thresholds,
        evidence={table: _ids(row[f"evidence_{table}"]) for table in entry.compiled.evidence},
        reasons=tuple(dict.fromkeys(_reason(gate, rule, measures, thresholds) for gate in told)),
        sentence=_sentence(rule, row, measures),
    )


def _thresholds(rule: Rule, lines: Lines, segment: str) -> dict[str, Scalar]:
    return {
        name: parameter.value if parameter.is_plain else lines[name].get(segment, lines[name][""])
        for name, parameter in rule.parameters.items()
    }


def _sentence(rule: Rule, row: Candidate, measures: Mapping[str, Scalar]) -> str:
    subject = row["owner_id"] or row["trader_id"] or row["instrument"]
    named = {**measures, "subject": subject, "instrument": row["instrument"]}
    return said(rule.say, named) if rule.say else ""


def _ids(ids: Sequence[str | None]) -> tuple[str, ...]:
    """Leave out what names no row, such as the order of a trade whose venue gives none.

    What is named twice is named once, in the same order.
    """
    once = dict.fromkeys(ids)
    once.pop(None, None)
    return tuple(once)  # type: ignore[arg-type]


def _told(rule: Rule) -> list[Gate]:
    """Return the gates of which a hit says what was measured, in the order of the rule.

    What has a line is not told once more without one, as where it must also be known.
    """
    gates = tuple(rule.detect.gates) if isinstance(rule.detect, Gated) else ()
    lined = {gate.measure for gate in gates if _line(gate) in rule.parameters}
    return [gate for gate in gates if _line(gate) in rule.parameters or gate.measure not in lined]


def _line(gate: Gate) -> str:
    return gate.line.removeprefix("$")


def _reason(
    gate: Gate, rule: Rule, measures: Mapping[str, Scalar], thresholds: Mapping[str, Scalar]
) -> str:
    """Say of a gate what the measure was and where the line is."""
    name = gate.measure.removeprefix("is_").replace("_", " ")
    words = f"{name} was {figure(measures[gate.measure])}"
    key = _line(gate)
    if key not in thresholds:
        return words
    return f"{words}; the line is {figure(thresholds[key])} {rule.parameters[key].unit}"


def _scalar(value: Any) -> Scalar:
    """Keep exact numbers as exact text; what is not finite is not a number."""
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, datetime):
        return format_time(utc(value))
    return value if isinstance(value, (str, int, bool)) else None


def verdict_of(
    entry: Entry,
    outcome: Outcome,
    reason: str = "",
    hits: Iterable[Hit] = (),
    scores: Mapping[str, float] | None = None,
) -> Verdict:
    """Return what a rule version said of a window, under its digest."""
    return Verdict(
        rule_id=entry.rule.id,
        version=entry.rule.version,
        digest=entry.digest,
        outcome=outcome,
        reason=reason,
        hits=tuple(hits),
        scores=scores or {},
    )


def counted_of(row: Mapping[str, Any]) -> Unjudged:
    """Return how many candidates were excused, or not judged, and for which reason."""
    reason = str(row["why"])
    is_excused = reason.startswith(EXCUSED)
    return Unjudged("candidates", reason.replace("_", " "), row["rows"], 0, is_excused)


def qualified(verdict: Verdict, entry: Entry, not_judged: tuple[Unjudged, ...]) -> Verdict:
    """Return a verdict that says what it could not judge.

    A critical rule that found nothing has not said that there is nothing while rows are missing.
    """
    not_judged = (*not_judged, *verdict.not_judged)
    if not not_judged:
        return verdict
    unknown = any(not each.is_excused for each in not_judged)
    is_silent = verdict.outcome is Outcome.NO_HIT and entry.rule.how_bad is Severity.CRITICAL
    is_open = is_silent and unknown
    return replace(
        verdict,
        outcome=Outcome.INSUFFICIENT_DATA if is_open else verdict.outcome,
        reason=verdict.reason or "; ".join(map(str, not_judged)),
        not_judged=not_judged,
    )


def merged_by_id(hits: Sequence[Hit]) -> list[Hit]:
    """Make one hit of those that share an id: the highest score, with the evidence of all.

    A subject can fire twice at one moment (two partners, two directions, two transfers); filing
    is idempotent by id, so a second hit of the same id would be lost.
    """
    merged: dict[str, Hit] = {}
    for hit in hits:
        known = merged.get(hit.id)
        merged[hit.id] = hit if known is None else _joined(known, hit)
    return list(merged.values())


def _joined(known: Hit, other: Hit) -> Hit:
    best = other if other.score > known.score else known
    tables = sorted(known.evidence.keys() | other.evidence.keys())
    evidence = {
        table: tuple(sorted({*known.evidence.get(table, ()), *other.evidence.get(table, ())}))
        for table in tables
    }
    return replace(best, evidence=evidence, started_at=min(known.started_at, other.started_at))
