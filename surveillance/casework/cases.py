"""Cases: what officers do with what was found; a verb is done and journalled, or refused.

What may be done in which state, and by whom, is said in ``permissions``. Verbs belong to the
caller's transaction: they check first, then write, and never commit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, func, select

from surveillance.casework import parties, permissions, terms
from surveillance.casework.alerts import STANDING
from surveillance.casework.permissions import CaseAction
from surveillance.errors import CaseError
from surveillance.records import approvals, database, journal
from surveillance.records.permissions import READERS, WORKERS
from surveillance.records.tables import (
    Alert,
    Case,
    CaseRead,
    CaseState,
    Comment,
    Matter,
    Officer,
)
from surveillance.times import format_time


class NoCase(CaseError):
    """There is no such case, or none that this officer may know of."""


def assign(
    session: Session,
    case_id: str,
    officer: Officer,
    assignee: Officer,
    at: datetime,
    note: str = "",
) -> Case:
    """Give a case that is not closed to someone, oneself perhaps; an open one is then begun."""
    permissions.require_role(CaseAction.ASSIGN, officer)
    assignee.require(*WORKERS)
    case = case_for(session, case_id, officer, CaseAction.ASSIGN)
    if parties.is_hidden(session, case.id, assignee):
        raise CaseError(f"expected an officer who may work on this case, was {assignee.id}")
    detail = {"assignee": assignee.id} | ({"text": note} if note.strip() else {})
    case.assignee, case.snoozed_until = assignee.id, None
    if case.state is CaseState.OPEN:
        case.state = CaseState.INVESTIGATING
    return keep(session, case, officer, "assign", detail, at=at)


def release(session: Session, case_id: str, officer: Officer, reason: str, at: datetime) -> Case:
    """Give a case back to everybody, with a word why."""
    case = case_for(session, case_id, officer, CaseAction.RELEASE)
    journal.require_text(reason, "reason")
    detail = {"reason": reason, "was": case.assignee}
    case.assignee = None
    return keep(session, case, officer, "release", detail, at=at)


def snooze(
    session: Session, case_id: str, officer: Officer, until: datetime, reason: str, at: datetime
) -> Case:
    """Take a case out of the queue until a time; its clock runs on."""
    case = case_for(session, case_id, officer, CaseAction.SNOOZE)
    journal.require_text(reason, "reason")
    if until <= at:
        raise CaseError(f"expected a time to come, was {until.isoformat()}")
    case.snoozed_until = until
    return keep(session, case, officer, "snooze", {"reason": reason, "until": until}, at=at)


def check(
    session: Session, case_id: str, officer: Officer, step: str, at: datetime, *, done: bool
) -> Case:
    """Tick a step of the checklist, or take the tick back."""
    case = case_for(session, case_id, officer, CaseAction.CHECK)
    journal.require_text(step, "step")
    return keep(session, case, officer, "check" if done else "uncheck", {"step": step}, at=at)


def restrict(
    session: Session, case_id: str, officer: Officer, party: Officer, reason: str, at: datetime
) -> Case:
    """Keep a case from an officer who is not named in it but must not know of it."""
    case = case_for(session, case_id, officer, CaseAction.RESTRICT)
    journal.require_text(reason, "reason")
    if party.id in (officer.id, case.assignee):
        raise CaseError(f"expected somebody who does not work on the case, was {party.id}")
    terms.keep(session, {case.id: {terms.plain(party.id): True}})
    detail = {"reason": reason, "officer": party.id}
    return keep(session, case, officer, "restrict", detail, at=at)


def comment(session: Session, case_id: str, officer: Officer, text: str, at: datetime) -> Case:
    """Add a note to a case in whatever state."""
    case = case_for(session, case_id, officer, CaseAction.COMMENT)
    journal.require_text(text, "comment")
    session.add(Comment(case_id=case.id, officer_id=officer.id, at=at, text=text))
    return keep(session, case, officer, "comment", {"text": text}, at=at)


def escalate(
    session: Session,
    case_id: str,
    officer: Officer,
    reason: str,
    at: datetime,
    formed_at: datetime | None = None,
) -> Case:
    """Say that the suspicion is real; the law's clock runs since ``formed_at``, by default now.

    A suspicion that was formed before, in an earlier round of the case, keeps its moment.
    """
    case = case_for(session, case_id, officer, CaseAction.ESCALATE)
    journal.require_text(reason, "reason")
    _expect_possible(session, case, formed_at, at)
    suspect(case, formed_at or at)
    detail = {"reason": reason, "suspicion_formed_at": case.suspicion_formed_at}
    return keep(session, case, officer, "escalate", detail, at=at)


def read(session: Session, case_id: str, officer: Officer, at: datetime) -> Case:
    """Return a case and record who looked; admins may not, for want of a need to know."""
    officer.require(*READERS)
    case = session.get(Case, case_id)
    if case is None or parties.is_hidden(session, case_id, officer):
        raise NoCase(f"expected the id of a case, was {case_id!r}")
    session.add(CaseRead(case_id=case.id, officer_id=officer.id, at=at))
    session.flush()
    return case


def case_for(session: Session, case_id: str, officer: Officer, action: CaseAction) -> Case:
    """Return a case that an officer may do this with, after waiting for other writers."""
    permissions.require_role(action, officer)
    database.lock(session.connection())
    case = session.get(Case, case_id, populate_existing=True)
    if case is None or parties.is_hidden(session, case_id, officer):
        raise NoCase(f"expected the id of a case, was {case_id!r}")
    proposal = approvals.pending(session, Matter.CASE, case.id)
    permissions.require(action, case, officer, proposal)
    return case


def suspect(case: Case, at: datetime) -> None:
    """Escalate a case; a suspicion that was formed before keeps its moment."""
    case.state = CaseState.ESCALATED
    case.suspicion_formed_at = case.suspicion_formed_at or at


def _expect_possible(
    session: Session, case: Case, formed_at: datetime | None, at: datetime
) -> None:
    """Refuse a suspicion formed in the future, or before anybody did what is suspected."""
    acts = select(func.min(Alert.first_act)).where(Alert.case_id == case.id, STANDING)
    first = session.exec(acts).one()
    if formed_at is not None and not first <= formed_at <= at:
        raise CaseError(
            f"expected a suspicion formed between the first act, {format_time(first)}, and now, "
            f"{format_time(at)}, was {format_time(formed_at)}"
        )


def keep(
    session: Session,
    case: Case,
    officer: Officer,
    verb: str,
    detail: Mapping[str, Any],
    *,
    at: datetime,
) -> Case:
    session.add(case)
    journal.append(session, officer.id, verb, f"case:{case.id}", detail, at=at)
    return case
