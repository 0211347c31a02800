"""Intake: how what was found becomes alerts on cases.

Hits that follow one another are one alert that grows (``episodes``), on a case of whoever they are
about (``docket``). Filing belongs to the caller's transaction, and what was filed once is never
filed again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from surveillance.casework import alerts, hiding, terms
from surveillance.casework.docket import Docket
from surveillance.casework.episodes import Episode, Key, episodes, in_order, key_of
from surveillance.casework.policy import DUE_AFTER, GRAVITY
from surveillance.casework.priority import priorities
from surveillance.casework.stored import StoredDossier, keep_dossiers
from surveillance.errors import CaseError
from surveillance.model import ALERT_LINE, CANARY, Dossier, Hit, Sighting
from surveillance.records import database, journal
from surveillance.records.journal import SYSTEM, Act
from surveillance.records.tables import Alert, AlertHit, Case, CaseState

Gather: TypeAlias = Callable[[Sequence[Hit]], Sequence[Dossier]]
"""Makes the dossiers of hits, in their order."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing did, in numbers: alerts that are new or grew, and hits that were filed before."""

    alerts_new: int = 0
    alerts_grown: int = 0
    hits_known: int = 0
    below_line: int = 0
    cases_opened: int = 0
    suppressed: int = 0


def file(session: Session, sightings: Sequence[Sighting], gather: Gather, at: datetime) -> Filed:
    """Let hits from the alert line up be alerts on cases; a hit already filed adds nothing.

    A hit that a suppression covers is recorded as hidden, and not filed. ``gather`` is asked for
    the dossier of the strongest hit of each alert alone.

    Raises:
        CaseError: a hit is of the namespace of canaries. None of theirs gets here, so somebody
            real is called so: refused aloud, because passing it over would be a way to hide.
    """
    for sighting in sightings:
        _expect_real(sighting)
    database.lock(session.connection())
    unknown = _unknown(session, sightings)
    hidden = hiding.hide(session, unknown, at)
    new = [sighting for sighting in unknown if sighting.hit.id not in hidden]
    changed = _dealt(session, new)
    opened = _write(session, changed, gather, at)
    return Filed(
        alerts_new=sum(not episode.on_file for episode in changed),
        alerts_grown=sum(bool(episode.on_file) for episode in changed),
        hits_known=sum(sighting.hit.score >= ALERT_LINE for sighting in sightings) - len(unknown),
        below_line=sum(sighting.hit.score < ALERT_LINE for sighting in sightings),
        cases_opened=opened,
        suppressed=len(unknown) - len(new),
    )


def strongest(session: Session, sightings: Sequence[Sighting], at: datetime) -> list[Hit]:
    """Return the hits of which filing will ask the dossiers, if nothing else is filed meanwhile.

    Dossiers take longer than officers should wait for the database, so they are made before.
    """
    unknown = _unknown(session, sightings)
    covered = hiding.covered(session, [(each.hit, each.owner_id) for each in unknown], at)
    new = [sighting for sighting in unknown if sighting.hit.id not in covered]
    return [sighting.hit for episode in _dealt(session, new) if (sighting := episode.strongest)]


def _expect_real(sighting: Sighting) -> None:
    hit = sighting.hit
    names = (hit.trader_id, hit.owner_id, hit.instrument, *sighting.accounts)
    if was := next((name for name in names if name and name.startswith(CANARY)), None):
        raise CaseError(f"expected no id that begins with {CANARY!r}, was {was!r}; rename it")


def _unknown(session: Session, sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return those from the alert line up that were never filed, each once, in order of time."""
    above = {each.hit.id: each for each in in_order(sightings) if each.hit.score >= ALERT_LINE}
    known = _on_file(session, list(above))
    return [sighting for name, sighting in above.items() if name not in known]


def _on_file(session: Session, names: Sequence[str]) -> set[str]:
    """Return which of some hits were filed before."""
    known: set[str] = set()
    for some in database.portions(names):
        known.update(session.exec(select(AlertHit.hit_id).where(col(AlertHit.hit_id).in_(some))))
    return known


def _dealt(session: Session, sightings: Iterable[Sighting]) -> list[Episode]:
    by_key: dict[Key, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        by_key[key_of(sighting)].append(sighting)
    on_file = _unclosed_alerts(session, by_key)
    return [
        episode
        for key, theirs in by_key.items()
        for episode in episodes(on_file.get(key, ()), theirs)
    ]


def _unclosed_alerts(session: Session, keys: Iterable[Key]) -> dict[Key, list[Alert]]:
    """Return the alerts of keys that may grow, the first filed first, each key's of one case."""
    subjects = sorted({key.subject for key in keys})
    on_file: dict[Key, list[Alert]] = defaultdict(list)
    for some in database.portions(subjects):
        wanted = (
            select(Alert)
            .join(Case, col(Case.id) == col(Alert.case_id))
            .where(col(Alert.subject).in_(some))
            .where(alerts.STANDING, Case.state != CaseState.CLOSED)
            .order_by(col(Alert.filed_at), col(Alert.started_at), col(Alert.id))
            .options(defer(Alert.dossier))  # type: ignore[arg-type]
        )
        for alert in session.exec(wanted):
            theirs = on_file[Key(alert.rule_id, alert.subject, alert.instrument)]
            if not theirs or alert.case_id == theirs[0].case_id:
                theirs.append(alert)
    return on_file


def _write(session: Session, changed: Sequence[Episode], gather: Gather, at: datetime) -> int:
    """Write the alerts that are new or grew, with their hits; return how many cases were opened.

    Each table is written once for all of them: one by one, an alert takes several times as long.
    """
    if not changed:
        return 0
    tops = [sighting.hit for episode in changed if (sighting := episode.strongest)]
    stored = keep_dossiers(session, gather(tops) if tops else (), at)
    by_hit = {each.dossier.hit.id: each for each in stored}
    docket = Docket(session, [episode.sightings[0] for episode in changed])
    with session.no_autoflush:
        joined = [_joined(session, docket, episode, by_hit, at) for episode in changed]
    session.add_all(docket.opened)
    session.flush()
    session.add_all(each.alert for each in joined)
    session.flush()
    alerts.keep_hits(session, [(each.alert, each.episode.sightings) for each in joined], at)
    terms.keep(session, _words(joined))
    _rank(session, {each.case.id: each.case for each in joined})
    acts = [Act(SYSTEM, each.verb, f"case:{each.case.id}", each.detail) for each in joined]
    journal.append_all(session, acts, at=at)
    return len(docket.opened)


@dataclass(frozen=True, slots=True)
class _Joined:
    """An episode as an alert on its case, and what the journal says of it."""

    episode: Episode
    alert: Alert
    case: Case
    dossier: Dossier | None
    verb: str
    detail: Mapping[str, Any]


def _joined(
    session: Session,
    docket: Docket,
    episode: Episode,
    by_hit: Mapping[str, StoredDossier],
    at: datetime,
) -> _Joined:
    """Let an episode be a new alert, or one that grew, on its case."""
    top = episode.strongest
    stored = by_hit[top.hit.id] if top else None
    if stored is None or episode.on_file:
        joined = _grown(session, episode, stored)
    else:
        joined = _founded(docket, episode, stored, at)
    docket.join(joined.case, joined.alert)
    _sum_up(joined.case, joined.alert, at)
    return joined


def _founded(docket: Docket, episode: Episode, stored: StoredDossier, at: datetime) -> _Joined:
    case, is_new = docket.case_for(episode.sightings[0], at)
    alert = alerts.founded(episode, stored, case.id, at)
    detail = {"alert": alert.id, "dossier": alert.dossier_digest, "new_case": is_new}
    return _Joined(episode, alert, case, stored.dossier, "file", detail)


def _grown(session: Session, episode: Episode, stored: StoredDossier | None) -> _Joined:
    alert = alerts.grown(session, episode, stored)
    detail: dict[str, Any] = {
        "alert": alert.id,
        "added": len(episode.sightings),
        "hits": alert.hits,
    }
    if stored is not None:
        detail["dossier"] = alert.dossier_digest
    if joined := [other.id for other in episode.on_file[1:]]:
        detail["joined"] = joined
    case = session.get_one(Case, alert.case_id)
    return _Joined(episode, alert, case, stored.dossier if stored else None, "grow", detail)


def _sum_up(case: Case, alert: Alert, at: datetime) -> None:
    """Let a case say what its alerts say together."""
    case.gravity = max(case.gravity or 0, GRAVITY[alert.severity])
    case.first_act = min(case.first_act or alert.first_act, alert.first_act)
    case.last_act = max(case.last_act or alert.last_act, alert.last_act)
    due_at = at + DUE_AFTER[alert.severity]
    case.due_at = min(case.due_at or due_at, due_at)


def _words(joined: Iterable[_Joined]) -> dict[str, dict[str, bool]]:
    """Return the words that find each case, and which of them name somebody in it."""
    words: dict[str, dict[str, bool]] = {}
    for each in joined:
        of_case = words.setdefault(each.case.id, {each.case.id: False})
        found = [terms.of_dossier(each.dossier)] if each.dossier else []
        found += [terms.of_sighting(sighting) for sighting in each.episode.sightings]
        for term, is_party in (pair for of in found for pair in of.items()):
            of_case[term] = of_case.get(term, False) or is_party
    return words


def _rank(session: Session, cases: Mapping[str, Case]) -> None:
    for case_id, urgency in priorities(session, cases).items():
        cases[case_id].priority = max(cases[case_id].priority, urgency)
