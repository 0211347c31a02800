"""Repeats: hits below the line are kept, and filed as one alert when they make a pattern.

A hit counts towards one pattern and no more. It does not count where its person has an alert of the
same practice and time, itself above the line by now included, or where a suppression covers it. A
later hit extends the pattern while its case is not closed; of a closed case the hits are spent, and
a new pattern takes new ones. Filing the same hits again changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlmodel import Session, col, or_, select

from surveillance.canonical import canonical
from surveillance.casework import hiding, intake
from surveillance.casework.priority import priority
from surveillance.casework.stored import hit_of
from surveillance.model import Dossier, Hit, Sighting
from surveillance.records import artefacts, database, journal
from surveillance.records.journal import SYSTEM
from surveillance.records.tables import Alert, Case, CaseState, NearHit, PatternHit
from surveillance.rules.patterns import (
    PATTERN,
    HitTimes,
    PatternSettings,
    Written,
    founded,
    is_unusual,
    occasions,
    pattern_of,
)


class Near(NamedTuple):
    """A hit below the line, and the person that it speaks of: an owner, or else a trader."""

    person: str
    hit: Hit


class NewPattern(NamedTuple):
    """A pattern about to be filed: the hit that it is, and the last of those that make it."""

    pattern: Hit
    last: Hit


@dataclass(frozen=True, slots=True)
class Repeated:
    """What became of the hits below the line: patterns filed, and hits added to known ones."""

    filed: intake.Filed = field(default_factory=intake.Filed)
    extended: int = 0


Gather: TypeAlias = Callable[[Sequence[NewPattern]], tuple[Sequence[Sighting], Sequence[Dossier]]]


def file(
    session: Session,
    run_id: str,
    near: Sequence[Near],
    written: Written,
    gather: Gather,
    at: datetime,
) -> Repeated:
    """Keep the hits below the line of a run, and file or extend the patterns that they make.

    ``gather`` makes the sightings that new patterns are, and their dossiers.
    """
    database.lock(session.connection())
    _keep(session, run_id, near, at)
    extended, complete = _sorted_out(session, near, written.settings, at)
    if complete:
        artefacts.keep(session, "patterns", written.text.encode(), at)
    filed = _file_new(session, complete, written.settings, gather, at)
    return Repeated(filed, extended)


def _sorted_out(
    session: Session, near: Sequence[Near], settings: PatternSettings, at: datetime
) -> tuple[int, list[tuple[str, list[NearHit]]]]:
    """Extend the patterns in work; return by how many hits, and who has enough for a new one."""
    extended, complete = 0, []
    for person, typology in sorted({(near_hit.person, near_hit.hit.typology) for near_hit in near}):
        free, counted = _theirs(session, person, typology)
        if case := _in_work(session, counted):
            extended += _extend(session, case, free, counted, settings, at)
        elif places := _pattern(session, person, typology, free, settings):
            complete.append((person, [free[place] for place in places]))
    return extended, complete


def _file_new(
    session: Session,
    complete: Sequence[tuple[str, list[NearHit]]],
    settings: PatternSettings,
    gather: Gather,
    at: datetime,
) -> intake.Filed:
    patterns = [_new_pattern(person, rows, settings) for person, rows in complete]
    sightings, dossiers = gather(patterns) if patterns else ((), ())
    of_hit = {dossier.hit.id: dossier for dossier in dossiers}
    filed = intake.file(session, sightings, lambda hits: [of_hit[hit.id] for hit in hits], at)
    for sighting, (_, rows) in zip(sightings, complete, strict=True):
        if session.get(Alert, sighting.hit.id) is not None:
            _count(session, sighting.hit.id, rows, at)
    return filed


def _keep(session: Session, run_id: str, near: Sequence[Near], at: datetime) -> None:
    covered = hiding.covered(session, [(hit, person) for person, hit in near], at)
    for person, hit in near:
        if hit.id in covered or session.get(NearHit, hit.id) is not None:
            continue
        row = NearHit(
            hit_id=hit.id, person=person, typology=hit.typology, run_id=run_id,
            started_at=hit.started_at, at=hit.at, body=canonical(hit),
        )  # fmt: skip
        session.add(row)
    session.flush()


def _theirs(
    session: Session, person: str, typology: str
) -> tuple[list[NearHit], dict[str, list[NearHit]]]:
    """Return a person's hits that count nowhere yet, and those of each pattern."""
    rows = session.exec(
        select(NearHit, PatternHit.alert_id)
        .join(PatternHit, isouter=True)
        .where(NearHit.person == person, NearHit.typology == typology)
        .order_by(col(NearHit.at), col(NearHit.hit_id))
    ).all()
    filed = session.exec(
        select(Alert.id, Alert.started_at, Alert.at).where(
            Alert.typology == typology,
            Alert.rule_id != PATTERN,
            or_(col(Alert.owner_id) == person, col(Alert.trader_id) == person),
        )
    ).all()
    free: list[NearHit] = []
    counted: dict[str, list[NearHit]] = defaultdict(list)
    for row, alert_id in rows:
        if alert_id is not None:
            counted[alert_id].append(row)
        elif not any(start <= row.at and row.started_at <= end for _, start, end in filed):
            free.append(row)
    return free, counted


def _in_work(session: Session, counted: dict[str, list[NearHit]]) -> tuple[str, Case] | None:
    """Return the pattern whose case is not closed, and the case."""
    extendable = session.exec(
        select(Alert.id, Case)
        .join(Case)
        .where(col(Alert.id).in_(list(counted)), Case.state != CaseState.CLOSED)
        .order_by(col(Alert.filed_at).desc(), col(Alert.id))
    ).first()
    return None if extendable is None else (extendable[0], extendable[1])


def _extend(
    session: Session,
    place: tuple[str, Case],
    free: Sequence[NearHit],
    counted: dict[str, list[NearHit]],
    settings: PatternSettings,
    at: datetime,
) -> int:
    alert_id, case = place
    members = counted[alert_id]
    first, last = members[0].at - settings.reach, members[-1].at + settings.reach
    new = [row for row in free if first <= row.at <= last]
    if not new:
        return 0
    _count(session, alert_id, new, at)
    grown = pattern_of([hit_of(row) for row in (*members, *new)], case.subject, settings)
    case.priority = max(case.priority, priority(session, case.id, {alert_id: grown.score}))
    session.add(case)
    detail = {"alert": alert_id, "added": len(new), "hits": len(members) + len(new)}
    journal.append(session, SYSTEM, "extend", f"case:{case.id}", detail, at=at)
    return len(new)


def _pattern(
    session: Session, person: str, typology: str, free: Sequence[NearHit], settings: PatternSettings
) -> list[int]:
    places = founded([HitTimes(row.started_at, row.at) for row in free], settings)
    if not places:
        return []
    spans = [HitTimes(free[place].started_at, free[place].at) for place in places]
    until = max(span.at for span in spans)
    others = _others(session, person, typology, until, settings)
    return places if is_unusual(len(occasions(spans)), others, settings) else []


def _others(
    session: Session, person: str, typology: str, until: datetime, settings: PatternSettings
) -> list[int]:
    """Return on how many occasions each other person came close, up to a moment."""
    spans: dict[str, list[HitTimes]] = defaultdict(list)
    rows = select(NearHit.person, NearHit.started_at, NearHit.at).where(
        NearHit.typology == typology,
        NearHit.person != person,
        NearHit.at > until - settings.reach,
        NearHit.at <= until,
    )
    for name, started_at, at in session.exec(rows):
        spans[name].append(HitTimes(started_at, at))
    return [len(occasions(theirs)) for theirs in spans.values()]


def _new_pattern(person: str, rows: Sequence[NearHit], settings: PatternSettings) -> NewPattern:
    hits = [hit_of(row) for row in rows]
    return NewPattern(
        pattern_of(hits, person, settings), max(hits, key=lambda hit: (hit.at, hit.id))
    )


def _count(session: Session, alert_id: str, rows: Iterable[NearHit], at: datetime) -> None:
    session.add_all(PatternHit(hit_id=r.hit_id, alert_id=alert_id, added_at=at) for r in rows)
    session.flush()
