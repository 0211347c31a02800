"""Cases: what officers do with what was found; a verb is done and journalled, or refused.

    open -> investigating -> escalated -> closed, and reopened to investigating

Taking a case (``assign``) opens the investigation. It closes with a disposition and a reason from
investigating or escalated; as ``reported`` only when a second officer approves. The alerts of one
owner, or of one trader whose owner is unknown, join the case of theirs that is not closed; the
place of a closed case is taken by a new one that names it. Verbs belong to the caller's
transaction: they check first, then write, and never commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from surveillance import approvals, journal, suppressions, tables
from surveillance.errors import CaseError
from surveillance.journal import SYSTEM
from surveillance.model import CANARY, QUEUE_LINE, Dossier, Severity, canonical, digest
from surveillance.tables import (
    Alert,
    Case,
    CaseRead,
    Comment,
    Disposition,
    Matter,
    Officer,
    Role,
    State,
)

WEIGHTS = {Severity.LOW: 0.25, Severity.MEDIUM: 0.5, Severity.HIGH: 0.75, Severity.CRITICAL: 1.0}
"""What a severity makes of a score: the priority of a case is its largest product."""

_WORKERS = (Role.OFFICER, Role.SUPERVISOR)
_READERS = (Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_UNDER_WAY = (State.INVESTIGATING, State.ESCALATED)


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing did with each dossier, in numbers."""

    alerts_new: int = 0
    alerts_known: int = 0
    below_line: int = 0
    cases_opened: int = 0
    suppressed: int = 0


def file(session: Session, dossiers: Sequence[Dossier], at: datetime) -> Filed:
    """Turn hits from the queue line up into alerts on cases; a hit already filed adds nothing.

    A hit that a suppression covers is recorded as hidden, and not filed.

    Raises:
        CaseError: a hit is of the namespace of canaries. None of theirs gets here, so somebody
            real is called so: refused aloud, because passing it over would be a way to hide.
    """
    for dossier in dossiers:
        _expect_real(dossier)
    tables.lock(session.connection())
    above = [dossier for dossier in dossiers if dossier.hit.score >= QUEUE_LINE]
    opened = alerts = hidden = 0
    for dossier in above:
        if session.get(Alert, dossier.hit.id) is None:
            is_hidden = suppressions.hide(session, dossier, at)
            opened += not is_hidden and _file_one(session, dossier, at)
            hidden, alerts = hidden + is_hidden, alerts + (not is_hidden)
    known, below = len(above) - alerts - hidden, len(dossiers) - len(above)
    return Filed(alerts, known, below, opened, hidden)


def assign(
    session: Session, case_id: str, officer: Officer, assignee: Officer, at: datetime
) -> Case:
    """Give a case that is not closed to someone, oneself perhaps; an open one is then begun."""
    officer.require(*_WORKERS)
    assignee.require(*_WORKERS)
    case = _case(session, case_id, State.OPEN, *_UNDER_WAY)
    case.assignee = assignee.id
    if case.state is State.OPEN:
        case.state = State.INVESTIGATING
    return _done(session, case, officer, "assign", {"assignee": assignee.id}, at=at)


def comment(session: Session, case_id: str, officer: Officer, text: str, at: datetime) -> Case:
    """Add a note to a case in whatever state."""
    officer.require(*_WORKERS)
    _stated(text, "comment")
    case = _case(session, case_id, *State)
    session.add(Comment(case_id=case.id, officer_id=officer.id, at=at, text=text))
    return _done(session, case, officer, "comment", {"text": text}, at=at)


def escalate(session: Session, case_id: str, officer: Officer, reason: str, at: datetime) -> Case:
    """Say that the suspicion is real; from now on the law's clock runs."""
    officer.require(*_WORKERS)
    _stated(reason, "reason")
    case = _case(session, case_id, State.INVESTIGATING)
    _suspect(case, at)
    return _done(session, case, officer, "escalate", {"reason": reason}, at=at)


def dispose(
    session: Session,
    case_id: str,
    officer: Officer,
    disposition: Disposition,
    *,
    reason: str,
    at: datetime,
) -> Case:
    """Close a case with a reason; as ``reported`` only propose it, for a supervisor to approve."""
    officer.require(*_WORKERS)
    _stated(reason, "reason")
    case = _case(session, case_id, *_UNDER_WAY)
    _nothing_waits(session, case)
    if disposition is Disposition.REPORTED:
        return _propose(session, case, officer, reason, at)
    if disposition is Disposition.CONFIRMED:
        _suspect(case, at)
    return _close(session, case, officer, disposition, reason, at=at)


def approve(session: Session, case_id: str, officer: Officer, at: datetime) -> Case:
    """Close as reported what somebody else proposed, as a supervisor."""
    officer.require(Role.SUPERVISOR)
    case = _case(session, case_id, State.ESCALATED)
    proposal = approvals.grant(session, officer, Matter.CASE, case.id, at=at)
    return _close(session, case, officer, Disposition.REPORTED, proposal.reason, at=at)


def refuse(session: Session, case_id: str, officer: Officer, reason: str, at: datetime) -> Case:
    """Turn down a proposal to report, or take back one's own; the case stays escalated."""
    officer.require(*_WORKERS)
    case = _case(session, case_id, State.ESCALATED)
    approvals.refuse(session, officer, Matter.CASE, case.id, reason=reason, at=at)
    return case


def reopen(session: Session, case_id: str, officer: Officer, reason: str, at: datetime) -> Case:
    """Take up a closed case again, unless a later one of the same subject is already worked on."""
    officer.require(*_WORKERS)
    _stated(reason, "reason")
    case = _case(session, case_id, State.CLOSED)
    if later := _unclosed(session, Case.subject == case.subject):
        raise CaseError(f"expected no other case of {case.subject} in work, was case {later.id}")
    detail = {"reason": reason, "disposition": case.disposition, "closed_at": case.closed_at}
    case.state, case.disposition, case.reason = State.INVESTIGATING, None, ""
    case.closed_at = case.closed_by = None
    case.assignee = officer.id
    return _done(session, case, officer, "reopen", detail, at=at)


def read(session: Session, case_id: str, officer: Officer, at: datetime) -> Case:
    """Return a case and record who looked; admins may not, for want of a need to know."""
    officer.require(*_READERS)
    case = session.get(Case, case_id)
    if case is None:
        raise CaseError(f"expected the id of a case, was {case_id!r}")
    session.add(CaseRead(case_id=case.id, officer_id=officer.id, at=at))
    session.flush()
    return case


def _expect_real(dossier: Dossier) -> None:
    hit = dossier.hit
    names = (hit.trader_id, hit.owner_id, hit.instrument, *dossier.accounts)
    if was := next((name for name in names if name and name.startswith(CANARY)), None):
        raise CaseError(f"expected no id that begins with {CANARY!r}, was {was!r}; rename it")


def _file_one(session: Session, dossier: Dossier, at: datetime) -> bool:
    case = _case_in_work(session, dossier)
    is_new = case is None
    if case is None:
        case = _open(session, dossier, at)
    alert = _alert(dossier, case.id, at)
    case.priority = max(case.priority, alert.score * WEIGHTS[alert.severity])
    case.owner_id = case.owner_id or alert.owner_id
    session.add_all((case, alert))
    detail = {"alert": alert.id, "dossier": alert.dossier_digest, "new_case": is_new}
    journal.append(session, SYSTEM, "file", f"case:{case.id}", detail, at=at)
    return is_new


def _alert(dossier: Dossier, case_id: str, at: datetime) -> Alert:
    hit, text = dossier.hit, canonical(dossier)
    return Alert(
        id=hit.id,
        case_id=case_id,
        run_id=dossier.run_id,
        rule_id=hit.rule_id,
        version=hit.version,
        risk=hit.risk,
        typology=hit.typology,
        severity=hit.severity,
        score=hit.score,
        at=hit.at,
        started_at=hit.started_at,
        trader_id=hit.trader_id,
        owner_id=_owner(dossier),
        instrument=hit.instrument,
        segment=hit.segment,
        filed_at=at,
        dossier=text,
        dossier_digest=digest(text),
    )


def _case_in_work(session: Session, dossier: Dossier) -> Case | None:
    hit, subject = dossier.hit, _subject(dossier)
    same = _unclosed(session, or_(col(Case.subject) == subject, col(Case.owner_id) == subject))
    if same or not (hit.trader_id or hit.owner_id):
        return same
    # The owner of an account may have been unknown when its first alert was filed.
    accounts = {hit.trader_id or "", *dossier.accounts} - {""}
    theirs = select(Alert.case_id).where(col(Alert.trader_id).in_(accounts))
    return _unclosed(session, or_(col(Case.subject).in_(accounts), col(Case.id).in_(theirs)))


def _unclosed(session: Session, which: Any) -> Case | None:
    found = select(Case).where(Case.state != State.CLOSED, which)
    return session.exec(found.order_by(col(Case.opened_at), col(Case.id)).limit(1)).first()


def _open(session: Session, dossier: Dossier, at: datetime) -> Case:
    subject = _subject(dossier)
    closed = select(Case.id).where(Case.subject == subject).order_by(col(Case.opened_at).desc())
    case = Case(
        id=digest(["case", subject, dossier.hit.id])[:12],
        subject=subject,
        owner_id=_owner(dossier),
        priority=0.0,
        opened_at=at,
        earlier_id=session.exec(closed.limit(1)).first(),
    )
    session.add(case)
    session.flush()
    return case


def _owner(dossier: Dossier) -> str | None:
    return dossier.hit.owner_id or dossier.subject.get("owner_id")


def _subject(dossier: Dossier) -> str:
    return _owner(dossier) or dossier.hit.subject


def _case(session: Session, case_id: str, *expected: State) -> Case:
    tables.lock(session.connection())
    case = session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise CaseError(f"expected the id of a case, was {case_id!r}")
    if case.state not in expected:
        raise CaseError(f"expected a case that is {' or '.join(expected)}, was {case.state}")
    return case


def _stated(text: str, what: str) -> None:
    if not text.strip() or "\x00" in text:
        raise CaseError(f"expected a {what}, was {text!r}")


def _nothing_waits(session: Session, case: Case) -> None:
    if waiting := approvals.pending(session, Matter.CASE, case.id):
        raise CaseError(f"expected no proposal in wait, was one by {waiting.proposed_by}")


def _suspect(case: Case, at: datetime) -> None:
    case.state = State.ESCALATED
    case.suspicion_formed_at = case.suspicion_formed_at or at


def _propose(session: Session, case: Case, officer: Officer, reason: str, at: datetime) -> Case:
    alerts = session.exec(select(Alert.id).where(Alert.case_id == case.id)).all()
    _suspect(case, at)
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
) -> Case:
    case.state, case.disposition, case.reason = State.CLOSED, disposition, reason
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
