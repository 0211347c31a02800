"""The row of an alert: it sums up its hits, and its strongest hit stands for all of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, or_, select

from surveillance.canonical import canonical
from surveillance.casework.episodes import Episode
from surveillance.casework.stored import StoredDossier
from surveillance.model import Severity, Sighting
from surveillance.records import sealing
from surveillance.records.tables import Alert, AlertHit

STANDING = col(Alert.joined_to).is_(None)
"""Alerts that were not joined to an earlier one: what an officer works on and lists count."""


def founded(episode: Episode, stored: StoredDossier, case_id: str, at: datetime) -> Alert:
    """Return a new alert, to be added with its hits; it bears the id of the first."""
    first = episode.sightings[0]
    return Alert(
        id=first.hit.id,
        case_id=case_id,
        rule_id=first.hit.rule_id,
        risk=first.hit.risk,
        typology=first.hit.typology,
        subject_kind=first.hit.subject_kind,
        subject=first.hit.subject,
        owner_id=first.owner_id,
        instrument=first.hit.instrument,
        filed_at=at,
        **_standing_for(stored),
        **_summed_up(episode, ()),
    )


def grown(session: Session, episode: Episode, stored: StoredDossier | None) -> Alert:
    """Let the first of the alerts on file take the new hits, and what the others are."""
    alert, *others = episode.on_file
    names = [other.id for other in others]
    earlier = session.exec(select(Alert).where(col(Alert.joined_to).in_(names))).all()
    for other in (*others, *earlier):
        other.joined_to = alert.id
        session.add(other)
    leading = episode.leading
    standing = _standing_for(stored) if stored else _standing_as(leading or alert)
    hits = hits_of(session, [each.id for each in episode.on_file])
    for name, value in (standing | _summed_up(episode, hits)).items():
        setattr(alert, name, value)
    return alert


def hits_of(session: Session, names: Iterable[str]) -> list[AlertHit]:
    """Return the hits of alerts, and of those that were joined to them, in order of time."""
    names = list(names)
    joined = select(Alert.id).where(col(Alert.joined_to).in_(names))
    theirs = or_(col(AlertHit.alert_id).in_(names), col(AlertHit.alert_id).in_(joined))
    ordered = select(AlertHit).where(theirs).order_by(col(AlertHit.at), col(AlertHit.hit_id))
    return list(session.exec(ordered).all())


_OF_STRONGEST = (
    "run_id", "version", "score", "hit_id", "hit_at", "trader_id", "segment", "dossier",
    "dossier_digest",
)  # fmt: skip


def _standing_for(stored: StoredDossier) -> dict[str, Any]:
    """Return what of an alert is its strongest hit's."""
    hit = stored.dossier.hit
    return {
        "run_id": stored.dossier.run_id,
        "version": hit.version,
        "score": hit.score,
        "hit_id": hit.id,
        "hit_at": hit.at,
        "trader_id": hit.trader_id,
        "segment": hit.segment,
        "dossier": stored.text,
        "dossier_digest": stored.digest,
    }


def _standing_as(alert: Alert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in _OF_STRONGEST}


def _summed_up(episode: Episode, hits: Iterable[AlertHit]) -> dict[str, Any]:
    """Return what of an alert is summed up over its hits, those on file and the new ones."""
    sightings, on_file, hits = episode.sightings, episode.on_file, list(hits)
    amounts: dict[str, str] = {}
    for each in (
        *(json.loads(hit.amounts) for hit in hits),
        *(sighting.amounts for sighting in sightings),
    ):
        amounts |= each
    severities = [sighting.hit.severity for sighting in sightings] + [
        alert.severity for alert in on_file
    ]
    return {
        "severity": max(severities, key=list(Severity).index),
        "started_at": episode.started_at,
        "at": episode.at,
        "first_act": min(
            [sighting.started_at for sighting in sightings] + [alert.first_act for alert in on_file]
        ),
        "last_act": max(
            [sighting.ended_at for sighting in sightings] + [alert.last_act for alert in on_file]
        ),
        "hits": len(hits) + len(sightings),
        "money": _total(amounts),
    }


def _total(amounts: Mapping[str, str]) -> str:
    """Return a sum of exact texts as one, or nothing for the sum of nothing."""
    if not amounts:
        return ""
    text = format(sum(map(Decimal, amounts.values()), Decimal(0)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def keep_hits(
    session: Session, added: Iterable[tuple[Alert, Sequence[Sighting]]], at: datetime
) -> None:
    """Add the new hits of alerts that are there."""
    rows = [
        {
            "hit_id": sighting.hit.id,
            "alert_id": alert.id,
            "run_id": sighting.run_id,
            "at": sighting.hit.at,
            "added_at": at,
            "body": canonical(sighting.hit),
            "amounts": canonical(sighting.amounts),
        }
        for alert, sightings in added
        for sighting in sightings
    ]
    sealing.insert(session, AlertHit, rows)
