"""How closely a customer is watched: one risk of all that is on file against them, and a tier.

The formula is that of ``surveillance.risk``, over the hits of thirty days: what a case was closed
for as nothing does not count. ``surveillance risk RUN`` has the same of every trader of a run, with
what they took part in and how the rules that rank everybody grade them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from surveillance.casework.decisions import PRODUCTIVE, decisions
from surveillance.casework.queue import CaseSummary
from surveillance.model import ALERT_LINE, Hit, Severity, Window
from surveillance.risk import (
    Decisions,
    Part,
    families,
    graded,
    independent,
    part_of_hits,
    precision,
    tier,
)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """A score of 0-100, the tier that follows, its reasons, and the months to the next review."""

    score: float
    tier: str
    reasons: tuple[str, ...]
    review_months: int


def monitoring(
    session: Session, hits: Sequence[tuple[Hit, str]], cases: Sequence[CaseSummary], rating: str
) -> Monitoring:
    """Weigh the hits of a customer, each with its case or ``""``; ``rating`` is of their file."""
    over = {case.id for case in cases if case.disposition and case.disposition not in PRODUCTIVE}
    counted = [hit for hit, case in hits if case not in over]
    return weighed(counted, decisions(session, {hit.rule_id for hit in counted}), rating)


def within(hits: Collection[tuple[Hit, str]], window: Window) -> list[tuple[Hit, str]]:
    """Return the hits that became true in a window."""
    return [each for each in hits if window.start <= each[0].at < window.end]


def weighed(hits: Sequence[Hit], decided: Mapping[str, Decisions], rating: str) -> Monitoring:
    """Return what hits come to, given what officers decided of their rules."""
    of: dict[str, list[Hit]] = {}
    for hit in hits:
        of.setdefault(hit.rule_id, []).append(hit)
    parts = [_part(rule, some, decided) for rule, some in sorted(of.items())]
    score = graded(independent(families(parts).values()))
    critical = any(hit.severity is Severity.CRITICAL and hit.score >= ALERT_LINE for hit in hits)
    watched, reasons = tier(score, parts, critical, rating)
    return Monitoring(score, watched.value, tuple(reasons), watched.review_months)


def _part(rule: str, hits: Sequence[Hit], decided: Mapping[str, Decisions]) -> Part:
    severity = max(hits, key=lambda hit: (hit.score, hit.id)).severity
    return part_of_hits(rule, hits, precision(severity, decided.get(rule, Decisions())))
