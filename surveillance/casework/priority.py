"""How urgent a case is: how likely it is to be productive, by what its alerts say together.

The formula is that of ``surveillance.risk``, with what officers decided until then of the rules
concerned. A case keeps the priority that it had when an alert last joined it or grew.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from surveillance.casework.alerts import STANDING
from surveillance.casework.decisions import decisions
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
    parts = list(_parts(session, case_id, grown or {}))
    return graded(independent(families(parts).values()))


def _parts(session: Session, case_id: str, grown: Mapping[str, float]) -> Iterator[Part]:
    wanted = select(Alert).where(col(Alert.case_id) == case_id, STANDING).order_by(Alert.id)
    alerts = session.exec(wanted.options(defer(Alert.dossier))).all()  # type: ignore[arg-type]
    decided = decisions(session, {alert.rule_id for alert in alerts})
    for alert in alerts:
        precise = precision(alert.severity, decided.get(alert.rule_id, Decisions()))
        score = max(alert.score, grown.get(alert.id, 0.0))
        likely = combined([of_score(score, precise)] * min(alert.hits, _REPEATS))
        yield Part(Kind.HIT, alert.risk, alert.rule_id, likely, alert.hits, alert.rule_id)
