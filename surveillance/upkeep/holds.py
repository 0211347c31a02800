"""Legal holds: whose activity is kept, whatever its age, because somebody has asked for it.

A hold is on a trader or an owner, or on a case and with it on whom the case is about. It stands in
the journal, with who placed it and why, until it is released there.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from surveillance.errors import CaseError
from surveillance.records import journal
from surveillance.records.tables import Case, JournalEntry, Officer, Role

HOLD, RELEASE = "hold", "release"
_KINDS = ("trader", "owner", "case")


def place(session: Session, officer: Officer, subject: str, reason: str, at: datetime) -> None:
    """Keep from now on what a subject such as ``trader:T1``, ``owner:O1`` or ``case:C1`` did.

    Raises:
        CaseError: the officer may not, there is no reason, or the subject is held or is none.
    """
    _expect(session, officer, subject, reason)
    if subject in held(session):
        raise CaseError(f"expected a subject that is not held yet, was {subject}")
    journal.append(session, officer.id, HOLD, subject, {"reason": reason}, at=at)


def release(session: Session, officer: Officer, subject: str, reason: str, at: datetime) -> None:
    """Let the policy go on for a subject that was held.

    Raises:
        CaseError: the officer may not, there is no reason, or nothing holds the subject.
    """
    _expect(session, officer, subject, reason)
    if subject not in held(session):
        raise CaseError(f"expected a subject that is held, was {subject}")
    journal.append(session, officer.id, RELEASE, subject, {"reason": reason}, at=at)


def held(session: Session) -> list[str]:
    """Return every subject that is held, in order."""
    return [str(row["subject"]) for row in listed(session)]


def listed(session: Session) -> list[dict[str, Any]]:
    """Return every hold: subject, placed_at, placed_by and reason, in order of subjects."""
    wanted = select(JournalEntry).where(col(JournalEntry.verb).in_((HOLD, RELEASE)))
    last = {row.subject: row for row in session.exec(wanted.order_by(col(JournalEntry.seq)))}
    return [
        {
            "subject": subject,
            "placed_at": row.at,
            "placed_by": row.actor,
            "reason": json.loads(row.detail)["reason"],
        }
        for subject, row in sorted(last.items())
        if row.verb == HOLD
    ]


def people(session: Session, subjects: Iterable[str]) -> set[str]:
    """Return the ids of traders and owners that holds are on."""
    names: set[str] = set()
    for subject in subjects:
        kind, _, name = subject.partition(":")
        case = session.get(Case, name) if kind == "case" else None
        names |= {case.subject, case.owner_id or case.subject} if case else {name}
    return names


def _expect(session: Session, officer: Officer, subject: str, reason: str) -> None:
    officer.require(Role.SUPERVISOR)
    journal.require_text(reason, "reason")
    kind, _, name = subject.partition(":")
    if kind not in _KINDS or not name:
        raise CaseError(f"expected trader:ID, owner:ID or case:ID, was {subject!r}")
    if kind == "case" and session.get(Case, name) is None:
        raise CaseError(f"expected the id of a case, was {name!r}")
