"""Intake: how what was found becomes alerts on cases.

The alerts of one owner, or of one trader whose owner is unknown, join the case of theirs that is
not closed; the place of a closed case is taken by a new one that names it. Filing belongs to the
caller's transaction, and what was filed once is never filed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from surveillance.casework import suppressions
from surveillance.errors import CaseError
from surveillance.model import CANARY, QUEUE_LINE, Dossier, Severity, canonical, digest
from surveillance.records import database, journal
from surveillance.records.journal import SYSTEM
from surveillance.records.tables import Alert, Case, CaseState

WEIGHTS = {Severity.LOW: 0.25, Severity.MEDIUM: 0.5, Severity.HIGH: 0.75, Severity.CRITICAL: 1.0}
"""What a severity makes of a score: the priority of a case is its largest product."""


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
    database.lock(session.connection())
    above = [dossier for dossier in dossiers if dossier.hit.score >= QUEUE_LINE]
    opened = alerts = hidden = 0
    for dossier in above:
        if session.get(Alert, dossier.hit.id) is None:
            is_hidden = suppressions.hide(session, dossier, at)
            opened += not is_hidden and _file_one(session, dossier, at)
            hidden, alerts = hidden + is_hidden, alerts + (not is_hidden)
    return Filed(
        alerts_new=alerts,
        alerts_known=len(above) - alerts - hidden,
        below_line=len(dossiers) - len(above),
        cases_opened=opened,
        suppressed=hidden,
    )


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
    same = unclosed(session, or_(col(Case.subject) == subject, col(Case.owner_id) == subject))
    if same or not (hit.trader_id or hit.owner_id):
        return same
    # The owner of an account may have been unknown when its first alert was filed.
    accounts = {hit.trader_id or "", *dossier.accounts} - {""}
    theirs = select(Alert.case_id).where(col(Alert.trader_id).in_(accounts))
    return unclosed(session, or_(col(Case.subject).in_(accounts), col(Case.id).in_(theirs)))


def unclosed(session: Session, which: Any) -> Case | None:
    """Return the first case of some that is not closed."""
    cases = select(Case).where(Case.state != CaseState.CLOSED, which)
    return session.exec(cases.order_by(col(Case.opened_at), col(Case.id)).limit(1)).first()


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
