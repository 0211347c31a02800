"""Closings: a case is closed with a reason, at once or as somebody else agrees, and taken up again.

Verbs belong to the caller's transaction, as those of ``cases`` do.
"""

from datetime import datetime

from sqlmodel import Session, select

from surveillance.canonical import digest
from surveillance.casework import cases, filings
from surveillance.casework.alerts import STANDING
from surveillance.casework.permissions import CaseAction
from surveillance.casework.policy import PLAIN, Policy
from surveillance.errors import CaseError
from surveillance.records import approvals, journal
from surveillance.records.tables import Alert, Case, CaseState, Disposition, Matter, Officer


def dispose(
    session: Session,
    case_id: str,
    officer: Officer,
    disposition: Disposition,
    *,
    reason: str,
    at: datetime,
    policy: Policy = PLAIN,
) -> Case:
    """Close a case with a reason, or only propose it, where the policy asks for a second look.

    As ``reported`` it closes only once a filing of it was sent, which two people have seen.
    """
    case = cases.case_for(session, case_id, officer, CaseAction.DISPOSE)
    journal.require_text(reason, "reason")
    filings.expect_none_under_way(session, case.id)
    if disposition is Disposition.REPORTED:
        filings.require_sent(session, case.id)
    if disposition is Disposition.CONFIRMED:
        cases.suspect(case, at)
    if disposition is not Disposition.REPORTED and policy.needs_second(case.gravity):
        return _propose(session, case, officer, disposition, reason, at=at)
    return _close(session, case, officer, disposition, reason, at=at, policy=policy)


def approve(
    session: Session, case_id: str, officer: Officer, at: datetime, policy: Policy = PLAIN
) -> Case:
    """Close a case as somebody else proposed, as a supervisor."""
    case = cases.case_for(session, case_id, officer, CaseAction.APPROVE)
    proposal = approvals.grant(session, officer, Matter.CASE, case.id, at=at)
    disposition = Disposition(case.proposed or Disposition.CONFIRMED)
    return _close(session, case, officer, disposition, proposal.reason, at=at, policy=policy)


def refuse(session: Session, case_id: str, officer: Officer, reason: str, at: datetime) -> Case:
    """Turn down a proposal to close a case, or take back one's own; the case stays as it is."""
    case = cases.case_for(session, case_id, officer, CaseAction.REFUSE)
    case.proposed = None
    session.add(case)
    approvals.refuse(session, officer, Matter.CASE, case.id, reason=reason, at=at)
    return case


def reopen(session: Session, case_id: str, officer: Officer, reason: str, at: datetime) -> Case:
    """Take up a closed case again, unless a later one of the same subject is already worked on."""
    case = cases.case_for(session, case_id, officer, CaseAction.REOPEN)
    journal.require_text(reason, "reason")
    in_work = select(Case.id).where(Case.subject == case.subject, Case.state != CaseState.CLOSED)
    if later := session.exec(in_work).first():
        raise CaseError(f"expected no other case of {case.subject} in work, was case {later}")
    detail = {"reason": reason, "disposition": case.disposition, "closed_at": case.closed_at}
    case.state, case.disposition, case.reason = CaseState.INVESTIGATING, None, ""
    case.closed_at = case.closed_by = case.sampled_at = None
    case.assignee = officer.id
    return cases.keep(session, case, officer, "reopen", detail, at=at)


def _propose(
    session: Session,
    case: Case,
    officer: Officer,
    disposition: Disposition,
    reason: str,
    *,
    at: datetime,
) -> Case:
    standing = select(Alert.id, Alert.hits).where(Alert.case_id == case.id, STANDING)
    alerts = [list(alert) for alert in session.exec(standing)]
    case.proposed = disposition
    session.add(case)
    what = digest(sorted(alerts))
    approvals.propose(session, officer, Matter.CASE, case.id, digest=what, reason=reason, at=at)
    return case


def _close(
    session: Session,
    case: Case,
    officer: Officer,
    disposition: Disposition,
    reason: str,
    *,
    at: datetime,
    policy: Policy,
) -> Case:
    case.state, case.disposition, case.reason = CaseState.CLOSED, disposition, reason
    case.closed_at, case.closed_by = at, officer.id
    case.proposed = case.snoozed_until = None
    case.sampled_at = at if policy.draws(case.id, at) else None
    detail = {"disposition": disposition, "reason": reason}
    return cases.keep(session, case, officer, "close", detail, at=at)
