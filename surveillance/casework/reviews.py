"""Quality review: of what was closed a part is drawn, and a supervisor looks whether it was right.

What is drawn says the policy of the installation (``policy``).
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from surveillance.casework import cases, parties
from surveillance.casework.permissions import CaseAction
from surveillance.records import journal
from surveillance.records.tables import Case, Officer


def review(
    session: Session, case_id: str, officer: Officer, *, agrees: bool, reason: str, at: datetime
) -> Case:
    """Say whether a closing was right, as a supervisor who did not close it."""
    case = cases.case_for(session, case_id, officer, CaseAction.REVIEW)
    journal.require_text(reason, "reason")
    case.sampled_at = None
    session.add(case)
    detail = {"verdict": "agrees" if agrees else "disagrees", "reason": reason}
    journal.append(session, officer.id, "review", f"case:{case.id}", detail, at=at)
    return case


def due(session: Session, officer: Officer, limit: int = 50) -> list[Case]:
    """Return closed cases that wait for a review by this officer, the longest first."""
    return list(
        session.exec(_due(officer).order_by(col(Case.sampled_at), col(Case.id)).limit(limit))
    )


def _due(officer: Officer) -> Any:
    return select(Case).where(
        col(Case.sampled_at).is_not(None),
        col(Case.closed_by) != officer.id,
        ~parties.hidden(officer),
    )
