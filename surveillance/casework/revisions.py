"""Revisions of a case: what people did to it last, so that nobody undoes what they did not see."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from surveillance.errors import CaseError
from surveillance.records import database, journal
from surveillance.records.tables import JournalEntry, Officer


def latest(session: Session, case_id: str) -> int:
    """Return the number of the last entry in the journal that a person made on a case, or 0."""
    return next((entry.seq for entry in _by_people(session, case_id)), 0)


def expect_unchanged(session: Session, case_id: str, officer: Officer, seen: int) -> None:
    """Refuse to change a case that somebody else changed since this officer saw it.

    Raises:
        CaseError: says who did what, and when.
    """
    database.lock(session.connection())
    for entry in _by_people(session, case_id):
        if entry.seq > seen and entry.actor != officer.id:
            raise CaseError(
                f"expected the case as you saw it, was changed meanwhile: {entry.verb} by "
                f"{entry.actor} at {entry.at:%Y-%m-%d %H:%M:%S} UTC. What you wrote is kept; "
                "look at the case again"
            )


def _by_people(session: Session, case_id: str) -> Sequence[JournalEntry]:
    wanted = select(JournalEntry).where(
        JournalEntry.subject == f"case:{case_id}", JournalEntry.actor != journal.SYSTEM
    )
    return session.exec(wanted.order_by(col(JournalEntry.seq).desc()).limit(20)).all()
