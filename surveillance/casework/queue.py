"""The queue: cases as lists show them, and what is not closed; it reads columns and no dossier."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import case as when
from sqlalchemy.orm import defer
from sqlmodel import Session, and_, col, func, or_, select

from surveillance.canonical import digest
from surveillance.casework.alerts import STANDING
from surveillance.casework.question import IN_WORK, Question, waiting
from surveillance.model import Risk, Severity
from surveillance.records.tables import (
    Alert,
    AlertHit,
    Case,
    CaseRead,
    CaseState,
    Disposition,
    Officer,
    Role,
)

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


EVERYTHING = Question()
"""All that is in work."""


class Sort(StrEnum):
    """The orders of the queue; what is alike goes by priority, then the oldest first."""

    PRIORITY = "priority"
    SEVERITY = "severity"
    DUE = "due"
    OLDEST = "oldest"
    NEWEST = "newest"
    CONDUCT = "conduct"
    SUBJECT = "subject"
    ASSIGNEE = "assignee"


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
    first_act: datetime | None
    last_act: datetime | None
    due_at: datetime | None
    snoozed_until: datetime | None


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
    overdue: int
    oldest: datetime | None


def queue(
    session: Session,
    question: Question = EVERYTHING,
    *,
    now: datetime,
    viewer: Officer | None = None,
    sort: Sort = Sort.PRIORITY,
    limit: int = 50,
    offset: int = 0,
) -> Page:
    """Return the cases that a question asks for, in an order; ``viewer`` sees no case of theirs."""
    wanted = question.conditions(now, viewer)
    total = session.exec(select(func.count()).select_from(Case).where(*wanted)).one()
    cases = session.exec(
        select(Case).where(*wanted).order_by(*_ORDERS[sort], *_BY_PRIORITY)
        .limit(limit).offset(offset)
    ).all()  # fmt: skip
    return Page(summaries(session, cases, now), total, limit, offset)


def next_case(
    session: Session, officer: Officer, *, now: datetime, skip: Collection[str] = ()
) -> str | None:
    """Return the case this officer should work on next, or None.

    For a supervisor that is first a report somebody else proposed; then, by priority, their own
    case in work or one that nobody has taken. What waits for approval or sleeps is passed over,
    and so is a case in which they are named.
    """
    others = waiting(officer)
    mine_or_free = or_(col(Case.assignee) == officer.id, col(Case.assignee).is_(None))
    work = and_(mine_or_free, col(Case.id).not_in(waiting()))
    wanted = [col(Case.id).in_(others), work] if officer.role is Role.SUPERVISOR else [work]
    for which in wanted:
        here = Question(snoozed=False).conditions(now, officer)
        cases = select(Case.id).where(which, *here, col(Case.id).not_in(skip))
        if case_id := session.exec(cases.order_by(*_BY_PRIORITY).limit(1)).first():
            return case_id
    return None


def drawn(
    session: Session, *, now: datetime, viewer: Officer | None = None
) -> tuple[CaseSummary, ...]:
    """Return some cases of the lower half of those that nobody has taken, drawn anew each day.

    Who only ever looks at the top never learns whether what stands below is rightly there. The
    draw hangs on the day and on the cases alone, so on one day everybody sees the same, but for a
    ``viewer`` who is named in one.
    """
    free = select(Case.id).where(col(Case.state).in_(IN_WORK), col(Case.assignee).is_(None))
    ids = session.exec(free.order_by(*_BY_PRIORITY)).all()
    bottom = ids[(len(ids) + 1) // 2 :]
    day = now.date().isoformat()
    chosen = sorted(bottom, key=lambda name: digest(["drawn", day, name]))[:DRAWN]
    here = Question().conditions(now, viewer)
    cases = select(Case).where(col(Case.id).in_(chosen), *here).order_by(*_BY_PRIORITY)
    return summaries(session, session.exec(cases).all(), now)


def backlog(session: Session, *, now: datetime, viewer: Officer | None = None) -> Backlog:
    """Count what is not closed."""
    here = Question().conditions(now, viewer)
    limits = [(name, now - age if age != timedelta.max else None) for name, age in AGES]
    older = [_count(col(Case.opened_at) <= since) for _, since in limits if since is not None]
    by_state = [_count(col(Case.state) == state) for state in IN_WORK]
    rest = (
        _count(col(Case.assignee).is_(None)),
        _count(col(Case.id).in_(waiting())),
        _count(col(Case.due_at) < now),
        func.min(Case.opened_at),
    )
    columns = (func.count(), *older, *by_state, *rest)
    row = session.execute(select(*columns).select_from(Case).where(*here)).one()
    total, counts = row[0], [int(count or 0) for count in row[1:-1]]
    past = [total, *counts[: len(older)], 0]
    states = counts[len(older) : len(older) + len(IN_WORK)]
    unassigned, awaiting, overdue = counts[-3:]
    return Backlog(
        by_state=dict(zip(IN_WORK, states, strict=True)),
        by_age={name: past[n] - past[n + 1] for n, (name, _) in enumerate(AGES)},
        unassigned=unassigned,
        awaiting_approval=awaiting,
        overdue=overdue,
        oldest=row[-1],
    )


def _count(condition: Any) -> Any:
    return func.sum(when((condition, 1), else_=0))


_BY_PRIORITY = (col(Case.priority).desc(), col(Case.opened_at), col(Case.id))
BY_SCORE = (col(Alert.score).desc(), col(Alert.at), col(Alert.id))
_ORDERS: Mapping[Sort, tuple[Any, ...]] = {
    Sort.PRIORITY: (),
    Sort.SEVERITY: (col(Case.gravity).desc(),),
    Sort.DUE: (col(Case.due_at),),
    Sort.OLDEST: (col(Case.opened_at),),
    Sort.NEWEST: (col(Case.opened_at).desc(),),
    Sort.CONDUCT: (col(Case.last_act).desc(),),
    Sort.SUBJECT: (col(Case.subject),),
    Sort.ASSIGNEE: (col(Case.assignee),),
}


def summaries(session: Session, cases: Sequence[Case], now: datetime) -> tuple[CaseSummary, ...]:
    """Return what a list shows of some cases, in their order."""
    ids = [case.id for case in cases]
    wanted = select(Alert).where(col(Alert.case_id).in_(ids), STANDING).order_by(*BY_SCORE)
    alerts = defaultdict(list)
    for alert in session.exec(wanted.options(defer(Alert.dossier))):  # type: ignore[arg-type]
        alerts[alert.case_id].append(alert)
    return summed_up(session, cases, alerts, now)


def summed_up(
    session: Session, cases: Sequence[Case], alerts: Mapping[str, Sequence[Alert]], now: datetime
) -> tuple[CaseSummary, ...]:
    """Return what a list shows of cases whose alerts are read already, by score from the top."""
    ids = [case.id for case in cases]
    wait = select(Case.id).where(col(Case.id).in_(ids), col(Case.id).in_(waiting()))
    waits = set(session.exec(wait))
    grown = _grown(session, ids)
    return tuple(
        _summary(case, alerts[case.id], case.id in waits, grown.get(case.id, 0), now)
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
        first_act=case.first_act,
        last_act=case.last_act,
        due_at=case.due_at,
        snoozed_until=case.snoozed_until,
    )


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
