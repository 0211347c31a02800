"""Hits that are hidden: of what is about to be filed, what a suppression covers, and what it hid.

A suppression covers hits of its rule on its subject that became true before its date, once granted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session, col, select

from surveillance.casework.suppressions import subject_of
from surveillance.model import Hit, Sighting
from surveillance.records import database, journal
from surveillance.records.journal import SYSTEM
from surveillance.records.tables import Suppressed, Suppression

_Granted: TypeAlias = dict[tuple[str, str], list[Suppression]]
"""Suppressions by their rule and whom they are about."""


def hide(session: Session, sightings: Sequence[Sighting], at: datetime) -> set[str]:
    """Record hits as hidden that suppressions cover; return the ids of all that are hidden."""
    hidden = _hidden(session, [sighting.hit.id for sighting in sightings])
    granted = _granted(session, [sighting.hit for sighting in sightings], at)
    for sighting in sightings:
        if sighting.hit.id in hidden:
            continue
        if row := _covering(granted, sighting.hit, sighting.owner_id):
            _record(session, row, sighting, at)
            hidden.add(sighting.hit.id)
    return hidden


def covered(session: Session, whose: Sequence[tuple[Hit, str | None]], at: datetime) -> set[str]:
    """Return the ids of those hits, of an owner each, that would be hidden; record nothing."""
    granted = _granted(session, [hit for hit, _ in whose], at)
    return {hit.id for hit, owner in whose if _covering(granted, hit, owner)}


def _record(session: Session, row: Suppression, sighting: Sighting, at: datetime) -> None:
    hit, number = sighting.hit, row.id or 0
    hidden = Suppressed(
        hit_id=hit.id,
        suppression_id=number,
        run_id=sighting.run_id,
        score=hit.score,
        at=hit.at,
    )
    session.add(hidden)
    detail = {"hit": hit.id, "run": sighting.run_id, "score": hit.score, "at": hit.at}
    journal.append(session, SYSTEM, "suppress", subject_of(number), detail, at=at)


def _hidden(session: Session, names: Sequence[str]) -> set[str]:
    hidden: set[str] = set()
    for some in database.portions(names):
        theirs = select(Suppressed.hit_id).where(col(Suppressed.hit_id).in_(some))
        hidden.update(session.exec(theirs))
    return hidden


def _granted(session: Session, hits: Sequence[Hit], at: datetime) -> _Granted:
    """Return what may cover some hits, the first granted first: few are, of many hits."""
    granted: _Granted = {}
    if not hits:
        return granted
    wanted = select(Suppression).where(
        col(Suppression.rule_id).in_(sorted({hit.rule_id for hit in hits})),
        col(Suppression.granted_at) <= at,
        Suppression.until > min(hit.at for hit in hits),
    )
    for row in session.exec(wanted.order_by(col(Suppression.id))):
        granted.setdefault((row.rule_id, row.subject), []).append(row)
    return granted


def _covering(granted: _Granted, hit: Hit, owner: str | None) -> Suppression | None:
    who = {hit.trader_id, hit.owner_id, owner} - {None, ""}
    rows = (row for name in who for row in granted.get((hit.rule_id, str(name)), ()))
    in_time = (row for row in rows if row.until > hit.at)
    return min(in_time, key=lambda row: row.id or 0, default=None)
