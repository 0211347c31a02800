"""Cases: what officers do with what was found; a verb is done and journalled, or refused.

What may be done in which state, and by whom, is said in ``permissions``. Verbs belong to the
caller's transaction: they check first, then write, and never commit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, func, select

from surveillance.casework import filings, permissions
from surveillance.casework.alerts import STANDING
from surveillance.casework.intake import unclosed
from surveillance.casework.permissions import CaseAction
from surveillance.errors import CaseError
from surveillance.model import format_time
from surveillance.records import database, journal
from surveillance.records.permissions import READERS, WORKERS
from surveillance.records.tables import (
    Alert,
    Case,
    CaseRead,
    CaseState,
    Comment,
    Disposition,
    Officer,
)


def assign(
    session: Session, case_id: str, officer: Officer, assignee: Officer, at: datetime
) -> Case:
    """Give a case that is not closed to someone, oneself perhaps; an open one is then begun."""
    permissions.require_role(officer)
    assignee.require(*WORKERS)
    case = _case(session, case_id, officer, CaseAction.ASSIGN)
    case.assignee = assignee.id
    if case.state is CaseState.OPEN:
        case.state = CaseState.INVESTIGATING
    return _done(session, case, officer, "assign", {"assignee": assignee.id}, at=at)


def comment(session: Session, case_id: str, officer: Officer, text: str, at: datetime) -> Case:
    """Add a note to a case in whatever state."""
    case = _case(session, case_id, officer, CaseAction.COMMENT)
    journal.require_text(text, "comment")
    session.add(Comment(case_id=case.id, officer_id=officer.id, at=at, text=text))
    return _done(session, case, officer, "comment", {"text": text}, at=at)


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
    case = _case(session, case_id, officer, CaseAction.ESCALATE)
    journal.require_text(reason, "reason")
    _expect_possible(session, case, formed_at, at)
    _suspect(case, formed_at or at)
    detail = {"reason": reason, "suspicion_formed_at": case.suspicion_formed_at}
    return _done(session, case, officer, "escalate", detail, at=at)


def dispose(
    session: Session,
    case_id: str,
    officer: Officer,
    disposition: Disposition,
    *,
    reason: str,
    at: datetime,
) -> Case:
    """Close a case with a reason; as ``reported`` only once a filing of it was sent."""
    case = _case(session, case_id, officer, CaseAction.DISPOSE)
    journal.require_text(reason, "reason")
    filings.expect_none_under_way(session, case.id)
    if disposition is Disposition.REPORTED:
        filings.require_sent(session, case.id)
    if disposition is Disposition.CONFIRMED:
        _suspect(case, at)
    return _close(session, case, officer, disposition, reason, at=at)


def reopen(session: Session, case_id: str, officer: Officer, reason: str, at: datetime) -> Case:
    """Take up a closed case again, unless a later one of the same subject is already worked on."""
    case = _case(session, case_id, officer, CaseAction.REOPEN)
    journal.require_text(reason, "reason")
    if later := unclosed(session, Case.subject == case.subject):
        raise CaseError(f"expected no other case of {case.subject} in work, was case {later.id}")
    detail = {"reason": reason, "disposition": case.disposition, "closed_at": case.closed_at}
    case.state, case.disposition, case.reason = CaseState.INVESTIGATING, None, ""
    case.closed_at = case.closed_by = None
    case.assignee = officer.id
    return _done(session, case, officer, "reopen", detail, at=at)


def read(session: Session, case_id: str, officer: Officer, at: datetime) -> Case:
    """Return a case and record who looked; admins may not, for want of a need to know."""
    officer.require(*READERS)
    case = session.get(Case, case_id)
    if case is None:
        raise CaseError(f"expected the id of a case, was {case_id!r}")
    session.add(CaseRead(case_id=case.id, officer_id=officer.id, at=at))
    session.flush()
    return case


def _case(session: Session, case_id: str, officer: Officer, action: CaseAction) -> Case:
    """Return a case that an officer may do this with, after waiting for other writers."""
    permissions.require_role(officer)
    database.lock(session.connection())
    case = session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise CaseError(f"expected the id of a case, was {case_id!r}")
    permissions.require(action, case, officer)
    return case


def _suspect(case: Case, at: datetime) -> None:
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


def _close(
    session: Session,
    case: Case,
    officer: Officer,
    disposition: Disposition,
    reason: str,
    *,
    at: datetime,
) -> Case:
    case.state, case.disposition, case.reason = CaseState.CLOSED, disposition, reason
    case.closed_at, case.closed_by = at, officer.id
    detail = {"disposition": disposition, "reason": reason}
    return _done(session, case, officer, "close", detail, at=at)


def _done(
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
