"""How urgent a case is: how likely it is to be productive, by what its alerts say together.

The formula is that of ``surveillance.risk``, with what officers decided until then of the rules
concerned. A case keeps the priority that it had when an alert last joined it or grew.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from surveillance.casework.alerts import STANDING
from surveillance.casework.decisions import decisions
from surveillance.records.database import portions
from surveillance.records.tables import Alert
from surveillance.risk import (
    Decisions,
    Kind,
    Part,
    combined,
    families,
    graded,
    independent,
    of_score,
    precision,
)

_REPEATS = 10
"""Hits of an alert that count: each counts half as much as the one before, the rest for nothing."""


def priority(session: Session, case_id: str, grown: Mapping[str, float] | None = None) -> float:
    """Return the priority of a case, 0-100 in hundredths.

    ``grown`` has the scores of alerts that are worth more now than when they were filed, by id.
    """
    return priorities(session, [case_id], grown)[case_id]


def priorities(
    session: Session, case_ids: Collection[str], grown: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the priorities of several cases."""
    parts: dict[str, list[Part]] = {case_id: [] for case_id in case_ids}
    alerts = [alert for some in portions(case_ids) for alert in _alerts(session, some)]
    decided = decisions(session, {alert.rule_id for alert in alerts})
    for alert in alerts:
        precise = precision(alert.severity, decided.get(alert.rule_id, Decisions()))
        score = max(alert.score, (grown or {}).get(alert.id, 0.0))
        likely = combined([of_score(score, precise)] * min(alert.hits, _REPEATS))
        part = Part(Kind.HIT, alert.risk, alert.rule_id, likely, alert.hits, alert.rule_id)
        parts[alert.case_id].append(part)
    return {name: graded(independent(families(each).values())) for name, each in parts.items()}


def _alerts(session: Session, case_ids: Collection[str]) -> Sequence[Alert]:
    wanted = select(Alert).where(col(Alert.case_id).in_(case_ids), STANDING).order_by(Alert.id)
    return session.exec(wanted.options(defer(Alert.dossier))).all()  # type: ignore[arg-type]
