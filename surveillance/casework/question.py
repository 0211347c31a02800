"""What an officer asks of the queue, and the condition on cases that it comes to.

Everything reads columns of cases and the words that find them (``terms``), and no alert; so what an
answer costs hardly grows with what was filed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, CompoundSelect, and_, or_, union
from sqlmodel import col, func, select

from surveillance.casework import parties, terms
from surveillance.casework.policy import GRAVITY
from surveillance.model import Severity
from surveillance.records.tables import (
    Approval,
    Case,
    CaseState,
    CaseTerm,
    Disposition,
    FilingRow,
    FilingState,
    Matter,
    Officer,
)

Condition: TypeAlias = ColumnElement[bool]
IN_WORK = (CaseState.OPEN, CaseState.INVESTIGATING, CaseState.ESCALATED)
_LAST = "\U0010ffff"


def waiting(officer: Officer | None = None) -> CompoundSelect[Any]:
    """Return the query for cases that wait for a second officer, with a closing or a filing.

    For an ``officer`` only what others have proposed.
    """
    closings = select(Approval.subject).where(
        Approval.matter == Matter.CASE, col(Approval.granted).is_(None)
    )
    drafts = select(FilingRow.case_id).where(FilingRow.state == FilingState.DRAFT)
    if officer is not None:
        closings = closings.where(Approval.proposed_by != officer.id)
        drafts = drafts.where(FilingRow.prepared_by != officer.id)
    return union(closings, drafts)


class Due(StrEnum):
    """When a case should be decided."""

    OVERDUE = "overdue"
    DAY = "day"
    WEEK = "week"


_DUE = {Due.OVERDUE: timedelta(0), Due.DAY: timedelta(days=1), Due.WEEK: timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Question:
    """Which cases are asked for; what is not given asks for nothing.

    ``about`` are words that each begin something of the case: an id, a name, an address, an
    instrument, a typology, or a word of the queue's own such as ``overdue``. Times bound the
    conduct. Without ``snoozed`` what sleeps is left out of what is in work; with it, all else.
    """

    states: Collection[CaseState] = IN_WORK
    assignee: str | None = None
    unassigned: bool = False
    risk: str | None = None
    severity: Severity | None = None
    typology: str | None = None
    instrument: str | None = None
    segment: str | None = None
    acted_from: datetime | None = None
    acted_to: datetime | None = None
    due: Due | None = None
    about: str | None = None
    snoozed: bool | None = None

    def conditions(self, now: datetime, viewer: Officer | None) -> list[Condition]:
        """Return what is true of the cases; ``viewer`` sees none in which they are named."""
        asked: list[tuple[object, Any]] = [
            (viewer, lambda: ~parties.hidden(viewer)),  # type: ignore[arg-type]
            (self.assignee, lambda: col(Case.assignee) == self.assignee),
            (self.unassigned or None, lambda: col(Case.assignee).is_(None)),
            (self.severity, lambda: col(Case.gravity) == GRAVITY[self.severity]),  # type: ignore[index]
            (self.acted_from, lambda: col(Case.last_act) >= self.acted_from),
            (self.acted_to, lambda: col(Case.first_act) < self.acted_to),
            (self.due, lambda: _is_due(now + _DUE[self.due])),  # type: ignore[index]
            (self.snoozed, lambda: _sleeps(now) if self.snoozed else ~_sleeps(now)),
        ]
        named = {"risk": self.risk, "typology": self.typology, "instrument": self.instrument,
                 "segment": self.segment}  # fmt: skip
        return [
            col(Case.state).in_(self.states),
            *(condition() for value, condition in asked if value is not None),
            *(_named(f"{kind}:{name}") for kind, name in named.items() if name is not None),
            *(
                _is_about(word, now)
                for word in terms.plain(self.about or "").replace("kyc/aml", "kyc_aml").split()
            ),
        ]


def _is_due(by: datetime) -> Condition:
    return and_(col(Case.due_at) < by, col(Case.closed_at).is_(None))


def _sleeps(now: datetime) -> Condition:
    return and_(col(Case.snoozed_until).is_not(None), col(Case.snoozed_until) > now).self_group()


def _named(term: str) -> Condition:
    having = select(CaseTerm.case_id).where(CaseTerm.term == terms.plain(term))
    return col(Case.id).in_(having)


def _is_about(word: str, now: datetime) -> Condition:
    return or_(_begins(word), *_own_words(word, now))


def _begins(word: str) -> Condition:
    having = select(CaseTerm.case_id).where(
        col(CaseTerm.term) >= word, col(CaseTerm.term) < word + _LAST
    )
    return col(Case.id).in_(having)


def _own_words(word: str, now: datetime) -> list[Condition]:
    """Return what the queue itself calls cases by, where a word is one of its own."""
    officers = select(Officer.id).where(
        or_(
            func.lower(Officer.id) == word,
            func.lower(Officer.name).startswith(word, autoescape=True),
        )
    )
    waits = col(Case.id).in_(waiting())
    said: dict[str, Condition] = {
        **{state.value: col(Case.state) == state for state in CaseState},
        **{severity.value: col(Case.gravity) == place for severity, place in GRAVITY.items()},
        "unassigned": col(Case.assignee).is_(None),
        "nobody": col(Case.assignee).is_(None),
        "overdue": _is_due(now),
        "snoozed": _sleeps(now),
        "awaiting": waits,
        "approval": waits,
    }
    meant = [col(Case.disposition) == each for each in Disposition if word in _words(each)]
    return [col(Case.assignee).in_(officers), *meant, *([said[word]] if word in said else ())]


def _words(disposition: Disposition) -> set[str]:
    return {disposition.value, *disposition.value.split("_")}
