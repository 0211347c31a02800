"""What officers are writing and have not sent: it outlives the page, and being signed in."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, delete, select

from surveillance.errors import CaseError
from surveillance.records.tables import Draft, Officer

FIELDS = frozenset({"comment", "handover", "suspicion", "reason", "again", "release", "snooze"})
LONGEST = 100_000


def keep(
    session: Session, officer: Officer, case_id: str, words: Mapping[str, str], at: datetime
) -> None:
    """Keep what an officer wrote into the fields of a case; what is blank is forgotten."""
    for field, text in words.items():
        if field not in FIELDS or len(text) > LONGEST:
            raise CaseError(f"expected a field of a case and a text to keep, was {field!r}")
        draft = session.get(Draft, (officer.id, case_id, field))
        if not text.strip():
            if draft is not None:
                session.delete(draft)
            continue
        draft = draft or Draft(
            officer_id=officer.id, case_id=case_id, field=field, text="", saved_at=at
        )
        draft.text, draft.saved_at = text, at
        session.add(draft)


def of_case(session: Session, officer: Officer, case_id: str) -> dict[str, Draft]:
    """Return what an officer has not sent yet, by field."""
    wanted = select(Draft).where(Draft.officer_id == officer.id, Draft.case_id == case_id)
    return {draft.field: draft for draft in session.exec(wanted)}


def forget(session: Session, officer: Officer, case_id: str, field: str) -> None:
    """Forget what was written into a field, because it was sent."""
    session.exec(
        delete(Draft).where(
            col(Draft.officer_id) == officer.id,
            col(Draft.case_id) == case_id,
            col(Draft.field) == field,
        )
    )
