"""What moves a filing on: each move is checked, journalled and recorded in one transaction."""

from datetime import datetime

from sqlmodel import Session, func, select

from surveillance.casework import parties
from surveillance.casework.filings.register import approval_of, by_id, of_case
from surveillance.casework.filings.states import OPEN, FilingAction, require, require_state
from surveillance.errors import CaseError
from surveillance.records import approvals, database, journal
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import (
    Case,
    CaseState,
    FilingRow,
    FilingState,
    Matter,
    Officer,
    Report,
)
from surveillance.times import format_time


def expect_draftable(session: Session, case_id: str, kind: str, amends: str | None) -> Case:
    """Return a case of which a report of this kind may be drafted.

    Raises:
        CaseError: no suspicion was formed, one is under way, or what it amends was never sent.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise CaseError(f"expected the id of a case, was {case_id!r}")
    if case.suspicion_formed_at is None or not (amends or case.state is CaseState.ESCALATED):
        raise CaseError(f"expected a case that is escalated, was {case.state}")
    under_way = [row for row in of_case(session, case_id) if row.kind == kind and row.state in OPEN]
    if under_way:
        raise CaseError(f"expected no {kind} under way, was {under_way[0].id}")
    if amends:
        require_state(by_id(session, amends), FilingAction.AMEND)
    return case


def draft(
    session: Session,
    officer: Officer,
    report: Report,
    *,
    reason: str,
    at: datetime,
    amends: str | None = None,
) -> FilingRow:
    """Record a rendered report as a draft to file, which a second officer is asked to approve."""
    officer.require(*WORKERS)
    journal.require_text(reason, "reason")
    database.lock(session.connection())
    case = expect_draftable(session, report.case_id or "", report.kind, amends)
    session.flush()
    earlier = select(func.count()).where(FilingRow.case_id == case.id)
    filing = FilingRow(
        id=f"{case.id}.{session.exec(earlier).one() + 1}",
        case_id=case.id,
        kind=report.kind,
        report_id=report.id or 0,
        sha256=report.sha256,
        prepared_at=report.created_at,
        prepared_by=officer.id,
        amends=amends,
    )
    session.add(filing)
    detail = {
        "kind": filing.kind,
        "sha256": filing.sha256,
        "amends": amends,
        "suspicion_formed_at": case.suspicion_formed_at,
    }
    journal.append(session, officer.id, "draft", _subject(filing), detail, at=at)
    approvals.propose(
        session, officer, Matter.FILING, filing.id, digest=filing.sha256, reason=reason, at=at
    )
    return filing


def approve(session: Session, filing_id: str, officer: Officer, at: datetime) -> FilingRow:
    """Approve a draft that somebody else prepared, as a supervisor."""
    filing = _locked(session, filing_id, officer, FilingAction.APPROVE)
    approvals.grant(session, officer, Matter.FILING, filing.id, at=at)
    return _moved(session, filing, FilingState.APPROVED)


def refuse(
    session: Session, filing_id: str, officer: Officer, reason: str, at: datetime
) -> FilingRow:
    """Turn down a draft, or take back one's own."""
    filing = _locked(session, filing_id, officer, FilingAction.REFUSE)
    approvals.refuse(session, officer, Matter.FILING, filing.id, reason=reason, at=at)
    return _moved(session, filing, FilingState.REFUSED)


def sent(
    session: Session,
    filing_id: str,
    officer: Officer,
    *,
    authority: str,
    reference: str,
    sent_at: datetime,
    at: datetime,
) -> FilingRow:
    """Record that a filing was sent: to whom, when, and the reference it has there.

    One that amends another makes that one amended.
    """
    filing = _locked(session, filing_id, officer, FilingAction.SEND)
    journal.require_text(authority, "authority")
    journal.require_text(reference, "reference")
    approval = approval_of(session, filing)
    approved_at = approval.decided_at if approval else None
    _require_between(sent_at, approved_at or filing.prepared_at, at, "sent")
    filing.state = FilingState.SENT
    filing.sent_at, filing.sent_by = sent_at, officer.id
    filing.authority, filing.reference = authority.strip(), reference.strip()
    detail = {"authority": filing.authority, "reference": filing.reference, "sent_at": sent_at}
    journal.append(session, officer.id, "sent", _subject(filing), detail, at=at)
    if filing.amends:
        earlier = by_id(session, filing.amends)
        journal.append(session, officer.id, "amended", _subject(earlier), {"by": filing.id}, at=at)
        _moved(session, earlier, FilingState.AMENDED)
    return _moved(session, filing, FilingState.SENT)


def acknowledged(
    session: Session,
    filing_id: str,
    officer: Officer,
    *,
    answer: str,
    answered_at: datetime,
    at: datetime,
) -> FilingRow:
    """Record the receipt of the authority."""
    filing = _locked(session, filing_id, officer, FilingAction.ACKNOWLEDGE)
    return _answered(
        session, filing, officer, FilingState.ACKNOWLEDGED, answer, answered_at=answered_at, at=at
    )


def returned(
    session: Session,
    filing_id: str,
    officer: Officer,
    *,
    answer: str,
    answered_at: datetime,
    at: datetime,
) -> FilingRow:
    """Record that the authority sent a filing back, and why; it is then to be amended."""
    filing = _locked(session, filing_id, officer, FilingAction.RETURN)
    return _answered(
        session, filing, officer, FilingState.RETURNED, answer, answered_at=answered_at, at=at
    )


def _locked(session: Session, filing_id: str, officer: Officer, action: FilingAction) -> FilingRow:
    """Return a filing that an officer may do this with, after waiting for other writers."""
    officer.require(*WORKERS)
    database.lock(session.connection())
    filing = by_id(session, filing_id)
    if parties.is_hidden(session, filing.case_id, officer):
        raise CaseError(f"expected the id of a filing, was {filing_id!r}")
    require(filing, action, officer, approvals.pending(session, Matter.FILING, filing.id))
    return filing


def _answered(
    session: Session,
    filing: FilingRow,
    officer: Officer,
    state: FilingState,
    answer: str,
    *,
    answered_at: datetime,
    at: datetime,
) -> FilingRow:
    journal.require_text(answer, "answer")
    _require_between(answered_at, filing.sent_at or filing.prepared_at, at, state)
    filing.state = state
    filing.answered_at, filing.answer = answered_at, answer.strip()
    detail = {"answer": filing.answer, "answered_at": answered_at}
    journal.append(session, officer.id, state, _subject(filing), detail, at=at)
    return _moved(session, filing, state)


def _moved(session: Session, filing: FilingRow, state: FilingState) -> FilingRow:
    filing.state = state
    session.add(filing)
    session.flush()
    return filing


def _require_between(moment: datetime, first: datetime, last: datetime, what: str) -> None:
    if not first <= moment <= last:
        raise CaseError(
            f"expected it {what} between {format_time(first)} and {format_time(last)}, "
            f"was {format_time(moment)}"
        )


def _subject(filing: FilingRow) -> str:
    return f"filing:{filing.id}"
