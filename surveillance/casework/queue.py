"""The queue: cases as lists show them, and what is not closed; it reads columns and no dossier."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer
from sqlmodel import Session, and_, col, func, or_, select

from surveillance.casework.alerts import STANDING
from surveillance.model import Risk, Severity, digest
from surveillance.records.tables import (
    Alert,
    AlertHit,
    Case,
    CaseRead,
    CaseState,
    Disposition,
    FilingRow,
    FilingState,
    Officer,
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


DRAWN = 3
"""Cases of the lower half that are shown each day, whatever their priority."""


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case as a list shows it; typologies, risks and instruments by their top alert first.

    ``grown`` is how many hits joined its alerts since its assignee read it last.
    """

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
    hit_count: int
    grown: int
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
    return Page(summaries(session, cases, now), total, limit, offset)


def next_case(session: Session, officer: Officer, *, skip: Collection[str] = ()) -> str | None:
    """Return the case this officer should work on next, or None.

    For a supervisor that is first a report somebody else proposed; then, by priority, their own
    case in work or one that nobody has taken. What waits for approval is passed over.
    """
    others = _WAITING.where(FilingRow.prepared_by != officer.id)
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


def drawn(session: Session, *, now: datetime) -> tuple[CaseSummary, ...]:
    """Return some cases of the lower half of those that nobody has taken, drawn anew each day.

    Who only ever looks at the top never learns whether what stands below is rightly there. The
    draw hangs on the day and on the cases alone, so on one day everybody sees the same.
    """
    free = select(Case.id).where(col(Case.state).in_(IN_WORK), col(Case.assignee).is_(None))
    ids = session.exec(free.order_by(*_BY_PRIORITY)).all()
    bottom = ids[(len(ids) + 1) // 2 :]
    day = now.date().isoformat()
    chosen = sorted(bottom, key=lambda name: digest(["drawn", day, name]))[:DRAWN]
    cases = select(Case).where(col(Case.id).in_(chosen)).order_by(*_BY_PRIORITY)
    return summaries(session, session.exec(cases).all(), now)


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
BY_SCORE = (col(Alert.score).desc(), col(Alert.at), col(Alert.id))
_WAITING = select(FilingRow.case_id).where(FilingRow.state == FilingState.DRAFT)


def _is_about(what: str) -> ColumnElement[bool]:
    names = (col(Alert.instrument), col(Alert.rule_id), col(Alert.typology))
    begun = col(Alert.trader_id).istartswith(what, autoescape=True)
    theirs = select(Alert.case_id).where(or_(begun, *(name == what for name in names)))
    ids = (col(Case.id), col(Case.subject), col(Case.owner_id))
    return or_(
        col(Case.id).in_(theirs), *(column.istartswith(what, autoescape=True) for column in ids)
    )


def _age(age: timedelta) -> str:
    return next(name for name, limit in AGES if age < limit)


def summaries(session: Session, cases: Sequence[Case], now: datetime) -> tuple[CaseSummary, ...]:
    """Return what a list shows of some cases, in their order."""
    ids = [case.id for case in cases]
    wanted = select(Alert).where(col(Alert.case_id).in_(ids), STANDING).order_by(*BY_SCORE)
    alerts = defaultdict(list)
    for alert in session.exec(wanted.options(defer(Alert.dossier))):  # type: ignore[arg-type]
        alerts[alert.case_id].append(alert)
    waiting = set(session.exec(_WAITING.where(col(FilingRow.case_id).in_(ids))))
    grown = _grown(session, ids)
    return tuple(
        _summary(case, alerts[case.id], case.id in waiting, grown.get(case.id, 0), now)
        for case in cases
    )


def _grown(session: Session, ids: Sequence[str]) -> dict[str, int]:
    """Count the hits that joined alerts of cases after their assignees read them last."""
    last = (
        select(func.max(CaseRead.at))
        .where(CaseRead.case_id == Case.id, CaseRead.officer_id == Case.assignee)
        .scalar_subquery()
    )
    new = (
        select(Case.id, func.count())
        .join(Alert, col(Alert.case_id) == col(Case.id))
        .join(AlertHit, col(AlertHit.alert_id) == col(Alert.id))
        .where(col(Case.id).in_(ids), col(AlertHit.added_at) > last)
        .group_by(col(Case.id))
    )
    return dict(session.exec(new).all())


def _summary(
    case: Case, alerts: Sequence[Alert], awaits_approval: bool, grown: int, now: datetime
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
        hit_count=sum(alert.hits for alert in alerts),
        grown=grown,
        opened_at=case.opened_at,
        age=(case.closed_at or now) - case.opened_at,
        disposition=case.disposition,
        closed_at=case.closed_at,
    )


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
