"""The queue: what the screens read, and nothing that writes.

A case on a page needs only columns; the case file parses the dossiers too, back into the values
that detection filed, so that a screen and a report draw from the same nouns.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer
from sqlmodel import Session, and_, col, func, or_, select

from surveillance.casework.stored import dossier_of, hit_of
from surveillance.errors import CaseError
from surveillance.model import Dossier, Hit, Risk, Severity
from surveillance.records.tables import (
    Alert,
    Approval,
    Case,
    CaseRead,
    CaseState,
    Comment,
    Disposition,
    JournalEntry,
    Matter,
    NearHit,
    Officer,
    PatternHit,
    Report,
    Role,
)

IN_WORK = (CaseState.OPEN, CaseState.INVESTIGATING, CaseState.ESCALATED)
AGES = (
    ("under 1 day", timedelta(days=1)),
    ("1 to 3 days", timedelta(days=3)),
    ("3 to 7 days", timedelta(days=7)),
    ("7 to 30 days", timedelta(days=30)),
    ("over 30 days", timedelta.max),
)
"""Age of an unclosed case, each up to but without its limit."""


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case as a list shows it; typologies, risks and instruments by their top alert first."""

    id: str
    subject: str
    owner_id: str | None
    state: CaseState
    assignee: str | None
    awaits_approval: bool
    priority: float
    top_score: float
    severity: Severity
    risks: tuple[Risk, ...]
    typologies: tuple[str, ...]
    instruments: tuple[str, ...]
    alert_count: int
    opened_at: datetime
    age: timedelta
    disposition: Disposition | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases of the queue, and how many there are in all."""

    cases: tuple[CaseSummary, ...]
    total: int
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class CountedHit:
    """A hit below the line that makes up a pattern; one that is an alert by now counts there."""

    id: str
    run_id: str
    added_at: datetime
    hit: Hit
    is_alert: bool


@dataclass(frozen=True, slots=True)
class AlertFile:
    """One alert with everything that was gathered of it; ``digest`` is the dossier's.

    ``counted`` are the hits of a pattern in order of time, later ones included.
    """

    id: str
    filed_at: datetime
    digest: str
    dossier: Dossier
    counted: tuple[CountedHit, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is known of a case; alerts by score from the top, the rest in order of time."""

    case: Case
    summary: CaseSummary
    alerts: tuple[AlertFile, ...]
    comments: tuple[Comment, ...]
    approvals: tuple[Approval, ...]
    journal: tuple[JournalEntry, ...]
    reports: tuple[Report, ...]
    reads: tuple[CaseRead, ...]
    earlier: tuple[CaseSummary, ...]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not closed: cases by state and by age (``AGES``), and the oldest of them."""

    by_state: Mapping[CaseState, int]
    by_age: Mapping[str, int]
    unassigned: int
    awaiting_approval: int
    oldest: datetime | None


def queue(
    session: Session,
    *,
    now: datetime,
    states: Collection[CaseState] = IN_WORK,
    assignee: str | None = None,
    unassigned: bool = False,
    risk: Risk | None = None,
    about: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page:
    """Return cases by priority from the top, then the oldest first.

    ``about`` is the beginning of the id of a case, an owner or a trader, or names an instrument,
    a rule or a typology.
    """
    wanted: list[ColumnElement[bool]] = [col(Case.state).in_(states)]
    if assignee is not None:
        wanted.append(col(Case.assignee) == assignee)
    if unassigned:
        wanted.append(col(Case.assignee).is_(None))
    if risk is not None:
        wanted.append(col(Case.id).in_(select(Alert.case_id).where(Alert.risk == risk)))
    if about is not None:
        wanted.append(_is_about(about))
    total = session.exec(select(func.count()).select_from(Case).where(*wanted)).one()
    cases = session.exec(
        select(Case).where(*wanted).order_by(*_BY_PRIORITY).limit(limit).offset(offset)
    ).all()
    return Page(_summaries(session, cases, now), total, limit, offset)


def next_case(session: Session, officer: Officer, *, skip: Collection[str] = ()) -> str | None:
    """Return the case this officer should work on next, or None.

    For a supervisor that is first a report somebody else proposed; then, by priority, their own
    case in work or one that nobody has taken. What waits for approval is passed over.
    """
    others = _WAITING.where(Approval.proposed_by != officer.id)
    mine_or_free = or_(col(Case.assignee) == officer.id, col(Case.assignee).is_(None))
    work = and_(mine_or_free, col(Case.id).not_in(_WAITING))
    wanted = [col(Case.id).in_(others), work] if officer.role is Role.SUPERVISOR else [work]
    for which in wanted:
        cases = select(Case.id).where(
            which, col(Case.state).in_(IN_WORK), col(Case.id).not_in(skip)
        )
        if case_id := session.exec(cases.order_by(*_BY_PRIORITY).limit(1)).first():
            return case_id
    return None


def case_file(session: Session, case_id: str, *, now: datetime) -> CaseFile:
    """Return everything known of a case; log the access first with ``cases.read``."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseError(f"expected the id of a case, was {case_id!r}")
    alerts = session.exec(select(Alert).where(Alert.case_id == case_id).order_by(*_BY_SCORE))
    subjects = {case.subject, case.owner_id or case.subject}
    earlier = select(Case).where(
        or_(col(Case.subject).in_(subjects), col(Case.owner_id).in_(subjects)),
        Case.id != case_id,
        Case.opened_at <= case.opened_at,
    )
    counted = _counted(session, case_id)
    entries = select(JournalEntry).where(JournalEntry.subject == f"case:{case_id}")
    approvals = select(Approval).where(Approval.matter == Matter.CASE, Approval.subject == case_id)
    return CaseFile(
        case=case,
        summary=_summaries(session, [case], now)[0],
        alerts=tuple(_alert_file(alert, counted.get(alert.id, ())) for alert in alerts),
        comments=_all(session, select(Comment).where(Comment.case_id == case_id), Comment.id),
        approvals=_all(session, approvals, Approval.id),
        journal=_all(session, entries, JournalEntry.seq),
        reports=_all(session, select(Report).where(Report.case_id == case_id), Report.id),
        reads=_all(session, select(CaseRead).where(CaseRead.case_id == case_id), CaseRead.id),
        earlier=_summaries(session, _all(session, earlier, Case.opened_at), now),
    )


def _alert_file(alert: Alert, counted: tuple[CountedHit, ...]) -> AlertFile:
    return AlertFile(
        id=alert.id,
        filed_at=alert.filed_at,
        digest=alert.dossier_digest,
        dossier=dossier_of(alert),
        counted=counted,
    )


def _counted(session: Session, case_id: str) -> dict[str, tuple[CountedHit, ...]]:
    theirs = select(Alert.id).where(Alert.case_id == case_id)
    rows = session.exec(
        select(NearHit, PatternHit)
        .join(PatternHit)
        .where(col(PatternHit.alert_id).in_(theirs))
        .order_by(col(NearHit.at), col(NearHit.hit_id))
    ).all()
    names = [near.hit_id for near, _ in rows]
    risen = set(session.exec(select(Alert.id).where(col(Alert.id).in_(names))))
    by_alert: dict[str, tuple[CountedHit, ...]] = {}
    for near, member in rows:
        counted = CountedHit(
            id=near.hit_id,
            run_id=near.run_id,
            added_at=member.added_at,
            hit=hit_of(near),
            is_alert=near.hit_id in risen,
        )
        by_alert[member.alert_id] = (*by_alert.get(member.alert_id, ()), counted)
    return by_alert


def backlog(session: Session, *, now: datetime) -> Backlog:
    """Count what is not closed."""
    in_work = select(Case.state, Case.opened_at, Case.assignee)
    rows = session.exec(in_work.where(col(Case.state).in_(IN_WORK))).all()
    states = Counter(state for state, _, _ in rows)
    ages = Counter(_age(now - opened_at) for _, opened_at, _ in rows)
    return Backlog(
        by_state={state: states[state] for state in IN_WORK},
        by_age={name: ages[name] for name, _ in AGES},
        unassigned=sum(assignee is None for _, _, assignee in rows),
        awaiting_approval=len(session.exec(_WAITING).all()),
        oldest=min((opened_at for _, opened_at, _ in rows), default=None),
    )


_BY_PRIORITY = (col(Case.priority).desc(), col(Case.opened_at), col(Case.id))
_BY_SCORE = (col(Alert.score).desc(), col(Alert.at), col(Alert.id))
_WAITING = select(Approval.subject).where(
    Approval.matter == Matter.CASE, col(Approval.granted).is_(None)
)


def _is_about(what: str) -> ColumnElement[bool]:
    names = (col(Alert.instrument), col(Alert.rule_id), col(Alert.typology))
    begun = col(Alert.trader_id).istartswith(what, autoescape=True)
    theirs = select(Alert.case_id).where(or_(begun, *(name == what for name in names)))
    ids = (col(Case.id), col(Case.subject), col(Case.owner_id))
    return or_(
        col(Case.id).in_(theirs), *(column.istartswith(what, autoescape=True) for column in ids)
    )


def _all(session: Session, rows: Any, order: Any) -> tuple[Any, ...]:
    return tuple(session.exec(rows.order_by(order)))


def _age(age: timedelta) -> str:
    return next(name for name, limit in AGES if age < limit)


def _summaries(session: Session, cases: Sequence[Case], now: datetime) -> tuple[CaseSummary, ...]:
    ids = [case.id for case in cases]
    wanted = select(Alert).where(col(Alert.case_id).in_(ids)).order_by(*_BY_SCORE)
    alerts = defaultdict(list)
    for alert in session.exec(wanted.options(defer(Alert.dossier))):  # type: ignore[arg-type]
        alerts[alert.case_id].append(alert)
    waiting = set(session.exec(_WAITING.where(col(Approval.subject).in_(ids))))
    return tuple(_summary(case, alerts[case.id], case.id in waiting, now) for case in cases)


def _summary(
    case: Case, alerts: Sequence[Alert], awaits_approval: bool, now: datetime
) -> CaseSummary:
    return CaseSummary(
        id=case.id,
        subject=case.subject,
        owner_id=case.owner_id,
        state=case.state,
        assignee=case.assignee,
        awaits_approval=awaits_approval,
        priority=case.priority,
        top_score=alerts[0].score,
        severity=max((alert.severity for alert in alerts), key=list(Severity).index),
        risks=_distinct(alert.risk for alert in alerts),
        typologies=_distinct(alert.typology for alert in alerts),
        instruments=_distinct(alert.instrument for alert in alerts if alert.instrument),
        alert_count=len(alerts),
        opened_at=case.opened_at,
        age=(case.closed_at or now) - case.opened_at,
        disposition=case.disposition,
        closed_at=case.closed_at,
    )


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
