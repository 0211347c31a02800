"""How the work goes: by officer what waits and what was decided, by rule what came of it.

It counts columns of cases, and of alerts of cases that were decided in the period.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from surveillance.casework import parties
from surveillance.casework.alerts import STANDING
from surveillance.casework.question import IN_WORK
from surveillance.records.tables import Alert, Case, Disposition, Officer

PRODUCTIVE = (Disposition.CONFIRMED, Disposition.REPORTED)
"""What says that an alert was right."""
SUBJECT = "team:period"
"""What a report on the work of a period is about."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OfficerWork:
    """What an officer has before them and decided in a period; ``name`` is empty for nobody's.

    ``middle`` is the median time from opening to closing.
    """

    name: str
    in_work: int
    overdue: int
    oldest: datetime | None
    closed: int
    productive: int
    middle: timedelta | None


@dataclass(frozen=True, slots=True)
class RuleWork:
    """The alerts of a rule whose cases were decided in a period, and how many were right."""

    rule_id: str
    decided: int
    productive: int

    @property
    def share(self) -> float:
        """Return the part of them that were right."""
        return self.productive / self.decided


@dataclass(frozen=True, slots=True)
class WeekWork:
    """The cases that were opened and closed in seven days, or in what of them lies inside."""

    start: datetime
    opened: int
    closed: int
    productive: int
    middle: timedelta | None


@dataclass(frozen=True, slots=True)
class Team:
    """The work of everybody in a period: by officer, by rule, and by week."""

    start: datetime
    end: datetime
    officers: tuple[OfficerWork, ...]
    rules: tuple[RuleWork, ...]
    weeks: tuple[WeekWork, ...]


def team(session: Session, viewer: Officer, *, start: datetime, end: datetime) -> Team:
    """Return how the work went between two times, without the cases that name the viewer."""
    seen = ~parties.hidden(viewer)
    return Team(
        start=start,
        end=end,
        officers=_officers(session, seen, start, end),
        rules=_rules(session, seen, start, end),
        weeks=_weeks(session, seen, start, end),
    )


def _weeks(session: Session, seen: Any, start: datetime, end: datetime) -> tuple[WeekWork, ...]:
    opened = select(Case.opened_at).where(seen, Case.opened_at >= start, Case.opened_at < end)
    places = [(at - start) // _WEEK for at in session.exec(opened)]
    rows = select(Case.opened_at, Case.closed_at, Case.disposition)
    closed: dict[int, list[tuple[timedelta, bool]]] = defaultdict(list)
    for opened_at, closed_at, disposition in session.exec(rows.where(seen, *_decided(start, end))):
        if closed_at is not None:
            done = (closed_at - opened_at, disposition in PRODUCTIVE)
            closed[(closed_at - start) // _WEEK].append(done)
    return tuple(
        WeekWork(
            start=start + place * _WEEK,
            opened=places.count(place),
            closed=len(closed[place]),
            productive=sum(is_right for _, is_right in closed[place]),
            middle=_middle([length for length, _ in closed[place]]),
        )
        for place in range(-((start - end) // _WEEK))
    )


def _middle(lengths: Sequence[timedelta]) -> timedelta | None:
    return sorted(lengths)[len(lengths) // 2] if lengths else None


def _officers(
    session: Session, seen: Any, start: datetime, end: datetime
) -> tuple[OfficerWork, ...]:
    waiting = _waiting(session, seen, end)
    closed: dict[str, list[tuple[timedelta, bool]]] = defaultdict(list)
    rows = select(Case.closed_by, Case.opened_at, Case.closed_at, Case.disposition)
    for who, opened_at, closed_at, disposition in session.exec(
        rows.where(seen, *_decided(start, end))
    ):
        closed[who or ""].append((closed_at - opened_at, disposition in PRODUCTIVE))  # type: ignore[operator]
    names = sorted({*waiting, *closed})
    return tuple(_work(name, waiting.get(name, (0, 0, None)), closed[name]) for name in names)


def _work(
    name: str,
    waiting: tuple[int, int, datetime | None],
    closed: Sequence[tuple[timedelta, bool]],
) -> OfficerWork:
    in_work, overdue, oldest = waiting
    return OfficerWork(
        name=name,
        in_work=in_work,
        overdue=overdue,
        oldest=oldest,
        closed=len(closed),
        productive=sum(is_right for _, is_right in closed),
        middle=_middle([length for length, _ in closed]),
    )


def _waiting(
    session: Session, seen: Any, end: datetime
) -> Mapping[str, tuple[int, int, datetime | None]]:
    late = select(Case.assignee, func.count()).where(
        seen, col(Case.state).in_(IN_WORK), col(Case.due_at) < end
    )
    overdue = dict(session.exec(late.group_by(col(Case.assignee))).all())
    rows = select(Case.assignee, func.count(), func.min(Case.opened_at)).where(
        seen, col(Case.state).in_(IN_WORK)
    )
    return {
        who or "": (count, overdue.get(who, 0), oldest)
        for who, count, oldest in session.exec(rows.group_by(col(Case.assignee)))
    }


def _rules(session: Session, seen: Any, start: datetime, end: datetime) -> tuple[RuleWork, ...]:
    counted = (
        select(Alert.rule_id, Case.disposition, func.count())
        .join(Case, col(Case.id) == col(Alert.case_id))
        .where(seen, STANDING, *_decided(start, end))
        .group_by(col(Alert.rule_id), col(Case.disposition))
    )
    decided: dict[str, int] = defaultdict(int)
    right: dict[str, int] = defaultdict(int)
    for rule_id, disposition, count in session.exec(counted):
        decided[rule_id] += count
        right[rule_id] += count if disposition in PRODUCTIVE else 0
    return tuple(RuleWork(name, decided[name], right[name]) for name in sorted(decided))


def _decided(start: datetime, end: datetime) -> tuple[Any, Any]:
    return col(Case.closed_at) >= start, col(Case.closed_at) < end
