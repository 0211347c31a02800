"""Suppressions: hits of one rule on one trader or owner that are not filed until a date, and why.

An officer proposes, a supervisor who is somebody else agrees; from then on, whatever is filed of
that rule and subject and became true before the date is recorded as hidden instead, whole in its
run and counted here. It hides nothing that was filed before it was granted, and a hit at or after
the date is filed whenever that is: so it expires by the time of the activity, not of the clock.
Anybody who works cases may end one early, because more alerts harm nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, func, select

from surveillance.canonical import digest
from surveillance.casework import parties
from surveillance.casework.terms import plain
from surveillance.errors import CaseError
from surveillance.records import approvals, database, journal, permissions
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import (
    Approval,
    JournalEntry,
    Matter,
    Officer,
    RuleVersion,
    Suppressed,
    Suppression,
)


class SuppressionState(StrEnum):
    """Where a suppression stands."""

    WAITING = "waiting"
    REFUSED = "refused"
    IN_FORCE = "in_force"
    LIFTED = "lifted"
    EXPIRED = "expired"


class SuppressionAction(StrEnum):
    """What can be done with a suppression that was proposed."""

    APPROVE = "approve"
    REFUSE = "refuse"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class SuppressionSummary:
    """A suppression as a list shows it: where it stands, what it hid, and what was decided."""

    row: Suppression
    state: SuppressionState
    hidden: int
    last_hidden_at: datetime | None
    approval: Approval | None

    @property
    def decided_by(self) -> str:
        """Return who agreed or refused; nothing while neither has happened."""
        return (self.approval.decided_by or "") if self.approval else ""

    @property
    def decision(self) -> str:
        """Return why it was refused."""
        return self.approval.decision if self.approval else ""

    @property
    def waiting(self) -> Approval | None:
        """Return the proposal that waits for a decision, if any."""
        return self.approval if self.approval and self.approval.granted is None else None


def propose(
    session: Session,
    officer: Officer,
    rule_id: str,
    subject: str,
    *,
    until: datetime,
    reason: str,
    at: datetime,
) -> Suppression:
    """Ask that hits of a rule on a trader or owner be hidden until a date."""
    officer.require(*WORKERS)
    journal.require_text(reason, "reason")
    journal.require_text(subject, "trader or an owner")
    if until <= at:
        raise CaseError(f"expected a date that is to come, was {until:%Y-%m-%d %H:%M}")
    if plain(subject) in parties.names_of(officer):
        raise CaseError("expected a trader or owner who is not you or yours, was one who is")
    database.lock(session.connection())
    _expect_rule(session, rule_id)
    _expect_no_other(session, rule_id, subject, at)
    row = Suppression(
        rule_id=rule_id, subject=subject, until=until, reason=reason,
        proposed_by=officer.id, proposed_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    what = _digest(row)
    matter = Matter.SUPPRESSION
    approvals.propose(session, officer, matter, str(row.id), digest=what, reason=reason, at=at)
    return row


def grant(session: Session, number: int, officer: Officer, at: datetime) -> Suppression:
    """Agree to a suppression, as a supervisor who did not propose it; it works from now on."""
    row = _row(session, number, officer, SuppressionAction.APPROVE, at)
    proposal = approvals.grant(session, officer, Matter.SUPPRESSION, str(number), at=at)
    if proposal.digest != _digest(row):
        raise CaseError(f"expected suppression {number} as it was proposed, was changed since")
    row.granted_at = at
    session.add(row)
    return row


def refuse(
    session: Session, number: int, officer: Officer, reason: str, at: datetime
) -> Suppression:
    """Turn a proposal down as a supervisor, or take back one's own."""
    row = _row(session, number, officer, SuppressionAction.REFUSE, at)
    approvals.refuse(session, officer, Matter.SUPPRESSION, str(number), reason=reason, at=at)
    return row


def lift(session: Session, number: int, officer: Officer, reason: str, at: datetime) -> Suppression:
    """End a suppression that is in force now instead of at its date."""
    row = _row(session, number, officer, SuppressionAction.LIFT, at)
    journal.require_text(reason, "reason")
    detail = {"reason": reason, "until": row.until}
    row.until = at
    session.add(row)
    journal.append(session, officer.id, "lift", subject_of(number), detail, at=at)
    return row


def allowed(summary: SuppressionSummary, officer: Officer) -> frozenset[SuppressionAction]:
    """Return what an officer may do with a suppression as it stands."""
    return permissions.allowed(SuppressionAction, lambda action: _require(action, summary, officer))


def _require(action: SuppressionAction, summary: SuppressionSummary, officer: Officer) -> None:
    """Raise a CaseError unless an officer may do this with a suppression as it stands.

    A proposal may be refused or taken back after its date too, so that none waits for ever.
    """
    officer.require(*WORKERS)
    row, state = summary.row, summary.state
    if action is SuppressionAction.REFUSE:
        approvals.require_refusable(summary.waiting, officer)
    if action is SuppressionAction.APPROVE:
        approvals.require_grantable(summary.waiting, officer)
        if state is SuppressionState.EXPIRED:
            raise CaseError(f"expected a date that is to come, was {row.until:%Y-%m-%d %H:%M}")
    if action is SuppressionAction.LIFT and state is not SuppressionState.IN_FORCE:
        raise CaseError(f"expected a suppression in force, was {row.id}, which is not")


def listed(session: Session, at: datetime) -> list[SuppressionSummary]:
    """List suppressions, the latest first, each with how many hits it hid."""
    rows = session.exec(select(Suppression).order_by(col(Suppression.id).desc())).all()
    return _summaries(session, rows, at)


def _summaries(
    session: Session, rows: Iterable[Suppression], at: datetime
) -> list[SuppressionSummary]:
    counts = _counts(session)
    decided = {
        approval.subject: approval
        for approval in session.exec(select(Approval).where(Approval.matter == Matter.SUPPRESSION))
    }
    ended = set(session.exec(select(JournalEntry.subject).where(JournalEntry.verb == "lift")))
    return [_summary(row, decided.get(str(row.id)), counts, ended, at) for row in rows]


def _summary(
    row: Suppression,
    approval: Approval | None,
    counts: Mapping[int, tuple[int, datetime]],
    ended: set[str],
    at: datetime,
) -> SuppressionSummary:
    count, last = counts.get(row.id or 0, (0, None))
    is_refused = approval is not None and approval.granted is False
    is_lifted = subject_of(row.id or 0) in ended
    state = _state(row, is_refused, is_lifted, at)
    return SuppressionSummary(
        row=row, state=state, hidden=count, last_hidden_at=last, approval=approval
    )


def _state(row: Suppression, is_refused: bool, is_lifted: bool, at: datetime) -> SuppressionState:
    if is_refused:
        return SuppressionState.REFUSED
    if row.until <= at:
        return SuppressionState.LIFTED if is_lifted else SuppressionState.EXPIRED
    return SuppressionState.WAITING if row.granted_at is None else SuppressionState.IN_FORCE


def _counts(session: Session) -> dict[int, tuple[int, datetime]]:
    counted = select(
        Suppressed.suppression_id, func.count(), func.max(col(Suppressed.at))
    ).group_by(col(Suppressed.suppression_id))
    return {number: (count, last) for number, count, last in session.exec(counted)}


def _row(
    session: Session, number: int, officer: Officer, action: SuppressionAction, at: datetime
) -> Suppression:
    """Return a suppression that an officer may do this with, after waiting for other writers."""
    officer.require(*WORKERS)
    database.lock(session.connection())
    row = session.get(Suppression, number, populate_existing=True)
    if row is None:
        raise CaseError(f"expected the number of a suppression, was {number}")
    [summary] = _summaries(session, [row], at)
    _require(action, summary, officer)
    return row


def _expect_rule(session: Session, rule_id: str) -> None:
    of = select(RuleVersion.rule_id).where(RuleVersion.rule_id == rule_id)
    if session.exec(of.limit(1)).first() is None:
        raise CaseError(f"expected the id of a published rule, was {rule_id!r}")


def _expect_no_other(session: Session, rule_id: str, subject: str, at: datetime) -> None:
    for other in listed(session, at):
        is_same = (other.row.rule_id, other.row.subject) == (rule_id, subject)
        if is_same and other.state in (SuppressionState.WAITING, SuppressionState.IN_FORCE):
            raise CaseError(
                f"expected no suppression of {rule_id} on {subject} until then, was number "
                f"{other.row.id}, {other.state.value.replace('_', ' ')}"
            )


def _digest(row: Suppression) -> str:
    return digest([row.id, row.rule_id, row.subject, row.until, row.reason])


def subject_of(number: int) -> str:
    """Return what the journal calls a suppression."""
    return f"suppression:{number}"
