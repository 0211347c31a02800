"""Four eyes: one officer proposes, a supervisor who is somebody else decides.

One noun for all three matters that need it (a report to an authority, a rule going active,
a recalibration of segments), so that none of them has its own, weaker, idea of a second person.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.errors import CaseError
from surveillance.records import database, identity, journal, officers
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Approval, Matter, Officer, Role


def propose(
    session: Session,
    officer: Officer,
    matter: Matter,
    subject: str,
    *,
    digest: str,
    reason: str,
    at: datetime,
) -> Approval:
    """Record that ``officer`` asks for ``subject``, which is exactly ``digest``, to be approved.

    Raises a CaseError where the role does not allow it or a proposal is already waiting.
    """
    officer.require(*WORKERS)
    return _propose(session, officer, matter, subject, digest=digest, reason=reason, at=at)


def propose_by_system(
    session: Session, matter: Matter, subject: str, *, digest: str, reason: str, at: datetime
) -> Approval:
    """Record that the schedule asks for ``subject``; who decides is a supervisor, as ever.

    Raises a CaseError where a proposal is already waiting.
    """
    system = officers.system(session, at)
    return _propose(session, system, matter, subject, digest=digest, reason=reason, at=at)


def _propose(
    session: Session,
    officer: Officer,
    matter: Matter,
    subject: str,
    *,
    digest: str,
    reason: str,
    at: datetime,
) -> Approval:
    journal.require_text(reason, "reason")
    database.lock(session.connection())
    if waiting := pending(session, matter, subject):
        raise CaseError(
            f"expected no proposal for {matter} {subject}, was one by {waiting.proposed_by}"
        )
    proposal = Approval(
        matter=matter,
        subject=subject,
        digest=digest,
        reason=reason,
        proposed_by=officer.id,
        proposed_at=at,
    )
    session.add(proposal)
    detail = {"digest": digest, "reason": reason}
    journal.append(session, officer.id, "propose", f"{matter}:{subject}", detail, at=at)
    return proposal


def grant(
    session: Session, officer: Officer, matter: Matter, subject: str, *, at: datetime
) -> Approval:
    """Approve what is waiting, as a supervisor other than the proposer; else a CaseError.

    Who proposed it as another officer from the same keyboard is no second person.
    """
    database.lock(session.connection())
    proposal = require_grantable(pending(session, matter, subject), officer)
    identity.expect_other_hands(session, "propose", f"{matter}:{subject}", proposal.proposed_by)
    return _decide(session, proposal, officer, granted=True, reason="", at=at)


def refuse(
    session: Session, officer: Officer, matter: Matter, subject: str, *, reason: str, at: datetime
) -> Approval:
    """Turn down what is waiting, as a supervisor, or take it back, as its proposer."""
    database.lock(session.connection())
    proposal = require_refusable(pending(session, matter, subject), officer)
    journal.require_text(reason, "reason")
    return _decide(session, proposal, officer, granted=False, reason=reason, at=at)


def require_grantable(proposal: Approval | None, officer: Officer) -> Approval:
    """Return a proposal that an officer may approve: a supervisor, and not who proposed it."""
    officer.require(Role.SUPERVISOR)
    waiting = _waiting(proposal)
    if waiting.proposed_by == officer.id:
        raise CaseError(f"expected a second officer to approve, was {officer.id} who proposed it")
    return waiting


def require_refusable(proposal: Approval | None, officer: Officer) -> Approval:
    """Return a proposal that an officer may turn down: any supervisor, or who proposed it."""
    officer.require(*WORKERS)
    waiting = _waiting(proposal)
    if waiting.proposed_by != officer.id:
        officer.require(Role.SUPERVISOR)
    return waiting


def pending(session: Session, matter: Matter, subject: str) -> Approval | None:
    """Return the proposal that waits for a decision, if any."""
    waiting = select(Approval).where(
        Approval.matter == matter, Approval.subject == subject, col(Approval.granted).is_(None)
    )
    return session.exec(waiting.execution_options(populate_existing=True)).first()


def decided(session: Session, matter: Matter, subject: str, digest: str) -> list[Approval]:
    """Return what was proposed of exactly ``digest`` of a subject, in order, decided or not."""
    of = select(Approval).where(
        Approval.matter == matter, Approval.subject == subject, Approval.digest == digest
    )
    return list(session.exec(of.order_by(col(Approval.id))).all())


def is_granted(session: Session, matter: Matter, subject: str, digest: str) -> bool:
    """Tell whether exactly ``digest`` of ``subject`` was ever approved."""
    granted = select(Approval.id).where(
        Approval.matter == matter,
        Approval.subject == subject,
        Approval.digest == digest,
        col(Approval.granted).is_(True),
    )
    return session.exec(granted).first() is not None


def _waiting(proposal: Approval | None) -> Approval:
    if proposal is None:
        raise CaseError("expected a proposal that waits, was none")
    return proposal


def _decide(
    session: Session,
    proposal: Approval,
    officer: Officer,
    *,
    granted: bool,
    reason: str,
    at: datetime,
) -> Approval:
    proposal.granted, proposal.decision = granted, reason
    proposal.decided_by, proposal.decided_at = officer.id, at
    session.add(proposal)
    verb = "approve" if granted else "refuse"
    detail = {"proposed_by": proposal.proposed_by, "digest": proposal.digest, "reason": reason}
    journal.append(
        session, officer.id, verb, f"{proposal.matter}:{proposal.subject}", detail, at=at
    )
    return proposal
