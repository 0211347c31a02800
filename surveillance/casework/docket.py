"""The docket: the cases that what is filed may join, found once for all of it.

The alerts of one owner, or of one trader whose owner is unknown, join the case of theirs that is
not closed. The place of a closed case is taken by a new one that names it, so nothing is reopened
by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select

from surveillance.canonical import digest
from surveillance.model import Sighting
from surveillance.records.database import portions
from surveillance.records.tables import Alert, Case, CaseState


class Docket:
    """The cases of whoever some sightings are about, and those opened for them."""

    def __init__(self, session: Session, sightings: Sequence[Sighting]) -> None:
        self.opened: list[Case] = []
        self._named: dict[str, dict[str, Case]] = defaultdict(dict)
        """Cases by their subject and by their owner."""
        self._dealing: dict[str, dict[str, Case]] = defaultdict(dict)
        """Cases by the accounts that they have alerts of."""
        names = {name for each in sightings for name in (_subject(each), *_accounts(each))}
        for some in portions(sorted(names)):
            theirs = or_(col(Case.subject).in_(some), col(Case.owner_id).in_(some))
            for case in session.exec(select(Case).where(theirs)):
                self._name(case)
            dealt = select(Alert.trader_id, Case).join(Case).where(col(Alert.trader_id).in_(some))
            for account, case in session.exec(dealt):
                self._dealing[str(account)][case.id] = case

    def case_for(self, sighting: Sighting, at: datetime) -> tuple[Case, bool]:
        """Return the case that a sighting's alert joins, and whether it was opened for that."""
        case = self._in_work(sighting)
        return (case, False) if case else (self._open(sighting, at), True)

    def join(self, case: Case, alert: Alert) -> None:
        """Let a case be found by an alert of its own."""
        case.owner_id = case.owner_id or alert.owner_id
        self._name(case)
        if alert.trader_id:
            self._dealing[alert.trader_id][case.id] = case

    def _in_work(self, sighting: Sighting) -> Case | None:
        same = _first(self._named[_subject(sighting)].values())
        if same or not (sighting.hit.trader_id or sighting.hit.owner_id):
            return same
        # The owner of an account may have been unknown when its first alert was filed.
        accounts = _accounts(sighting)
        theirs = [case for each in accounts for case in self._dealing[each].values()]
        named = [case for each in accounts for case in self._named[each].values()]
        return _first((*theirs, *(case for case in named if case.subject in accounts)))

    def _open(self, sighting: Sighting, at: datetime) -> Case:
        subject = _subject(sighting)
        before = [case for case in self._named[subject].values() if case.subject == subject]
        earlier = max(before, key=lambda case: case.opened_at, default=None)
        case = Case(
            id=digest(["case", subject, sighting.hit.id])[:12],
            subject=subject,
            owner_id=sighting.owner_id,
            priority=0.0,
            opened_at=at,
            earlier_id=earlier.id if earlier else None,
        )
        self.opened.append(case)
        self._name(case)
        return case

    def _name(self, case: Case) -> None:
        for name in filter(None, (case.subject, case.owner_id)):
            self._named[name][case.id] = case


def _first(cases: Iterable[Case]) -> Case | None:
    """Return the first case of some that is not closed."""
    in_work = (case for case in cases if case.state != CaseState.CLOSED)
    return min(in_work, key=lambda case: (case.opened_at, case.id), default=None)


def _subject(sighting: Sighting) -> str:
    return sighting.owner_id or sighting.hit.subject


def _accounts(sighting: Sighting) -> set[str]:
    return {sighting.hit.trader_id or "", *sighting.accounts} - {""}
