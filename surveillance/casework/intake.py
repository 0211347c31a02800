"""Intake: how what was found becomes alerts on cases.

Hits that follow one another are one alert that grows (``episodes``). The alerts of one owner, or of
one trader whose owner is unknown, join the case of theirs that is not closed; the place of a closed
case is taken by a new one that names it, so nothing is reopened by itself. Filing belongs to the
caller's transaction, and what was filed once is never filed again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.orm import defer
from sqlmodel import Session, col, or_, select

from surveillance.casework import alerts, suppressions, terms
from surveillance.casework.episodes import Episode, Key, episodes, in_order, key_of
from surveillance.casework.policy import DUE_AFTER, GRAVITY
from surveillance.casework.priority import priority
from surveillance.errors import CaseError
from surveillance.model import ALERT_LINE, CANARY, Dossier, Hit, Sighting, digest
from surveillance.records import database, journal
from surveillance.records.journal import SYSTEM
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
    hidden = suppressions.hide(session, unknown, at)
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
    covered = suppressions.covered(session, [(each.hit, each.owner_id) for each in unknown], at)
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
    for start in range(0, len(names), 500):
        some = col(AlertHit.hit_id).in_(names[start : start + 500])
        known.update(session.exec(select(AlertHit.hit_id).where(some)))
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
    for start in range(0, len(subjects), 500):
        wanted = (
            select(Alert)
            .join(Case, col(Case.id) == col(Alert.case_id))
            .where(col(Alert.subject).in_(subjects[start : start + 500]))
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
    """Write the alerts that are new or grew, with their hits; return how many cases were opened."""
    tops = [sighting.hit for episode in changed if (sighting := episode.strongest)]
    dossiers = {dossier.hit.id: dossier for dossier in (gather(tops) if tops else ())}
    opened = 0
    for episode in changed:
        top = episode.strongest
        dossier = dossiers[top.hit.id] if top else None
        if episode.on_file:
            _grow(session, episode, dossier, at)
        elif dossier is not None:
            opened += _found(session, episode, dossier, at)
    return opened


def _found(session: Session, episode: Episode, dossier: Dossier, at: datetime) -> bool:
    """File a new alert, and return whether a case was opened for it."""
    first = episode.sightings[0]
    case = _case_in_work(session, first)
    is_new = case is None
    if case is None:
        case = _open(session, first, at)
    alert = alerts.founded(session, episode, dossier, case.id, at)
    _describe(session, case, episode, dossier)
    detail = {"alert": alert.id, "dossier": alert.dossier_digest, "new_case": is_new}
    _raise(session, case, alert, "file", detail, at)
    return is_new


def _grow(session: Session, episode: Episode, dossier: Dossier | None, at: datetime) -> None:
    """Let an alert on file grow, and say so on its case."""
    alert = alerts.grown(session, episode, dossier, at)
    detail: dict[str, Any] = {
        "alert": alert.id,
        "added": len(episode.sightings),
        "hits": alert.hits,
    }
    if dossier is not None:
        detail["dossier"] = alert.dossier_digest
    if joined := [other.id for other in episode.on_file[1:]]:
        detail["joined"] = joined
    case = session.get_one(Case, alert.case_id)
    _describe(session, case, episode, dossier)
    _raise(session, case, alert, "grow", detail, at)


def _describe(session: Session, case: Case, episode: Episode, dossier: Dossier | None) -> None:
    """Write the words down that find a case, and who is named in it."""
    words = {case.id: False} | (terms.of_dossier(dossier) if dossier else {})
    for sighting in episode.sightings:
        for term, is_party in terms.of_sighting(sighting).items():
            words[term] = words.get(term, False) or is_party
    terms.keep(session, case.id, words)


def _raise(
    session: Session, case: Case, alert: Alert, verb: str, detail: dict[str, Any], at: datetime
) -> None:
    case.owner_id = case.owner_id or alert.owner_id
    case.gravity = max(case.gravity or 0, GRAVITY[alert.severity])
    case.first_act = min(case.first_act or alert.first_act, alert.first_act)
    case.last_act = max(case.last_act or alert.last_act, alert.last_act)
    due_at = at + DUE_AFTER[alert.severity]
    case.due_at = min(case.due_at or due_at, due_at)
    session.add_all((case, alert))
    session.flush()
    case.priority = max(case.priority, priority(session, case.id))
    journal.append(session, SYSTEM, verb, f"case:{case.id}", detail, at=at)


def _case_in_work(session: Session, sighting: Sighting) -> Case | None:
    hit, subject = sighting.hit, _subject(sighting)
    same = unclosed(session, or_(col(Case.subject) == subject, col(Case.owner_id) == subject))
    if same or not (hit.trader_id or hit.owner_id):
        return same
    # The owner of an account may have been unknown when its first alert was filed.
    accounts = {hit.trader_id or "", *sighting.accounts} - {""}
    theirs = select(Alert.case_id).where(col(Alert.trader_id).in_(accounts))
    return unclosed(session, or_(col(Case.subject).in_(accounts), col(Case.id).in_(theirs)))


def unclosed(session: Session, which: Any) -> Case | None:
    """Return the first case of some that is not closed."""
    cases = select(Case).where(Case.state != CaseState.CLOSED, which)
    return session.exec(cases.order_by(col(Case.opened_at), col(Case.id)).limit(1)).first()


def _open(session: Session, sighting: Sighting, at: datetime) -> Case:
    subject = _subject(sighting)
    closed = select(Case.id).where(Case.subject == subject).order_by(col(Case.opened_at).desc())
    case = Case(
        id=digest(["case", subject, sighting.hit.id])[:12],
        subject=subject,
        owner_id=sighting.owner_id,
        priority=0.0,
        opened_at=at,
        earlier_id=session.exec(closed.limit(1)).first(),
    )
    session.add(case)
    session.flush()
    return case


def _subject(sighting: Sighting) -> str:
    return sighting.owner_id or sighting.hit.subject
