"""Dossiers and hits as they are stored, and read back; what this version cannot read is named.

The row of an alert holds what lists and headings show, a few kilobytes. Its evidence (scene, rows,
playback) and the text of its rule lie beside it as artefacts under their digests: a rule's text is
there once for all of its alerts, and a page reads the evidence of the alert that it shows.

A row that an older or newer version wrote otherwise is no reason for a crash: whoever asks for it
learns which one it is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlmodel import Session

from surveillance.canonical import canonical, digest, restored
from surveillance.errors import SurveillanceError
from surveillance.model import Dossier, Hit, Risk, Severity
from surveillance.records import artefacts
from surveillance.records.tables import Alert, AlertHit, NearHit
from surveillance.times import parse_time

T = TypeVar("T")

_EVIDENCE = ("scene", "rows", "playback")
_APART = frozenset({*_EVIDENCE, "rule", "rule_text"})
"""What of a dossier is kept beside its alert."""


class StoredDossier(NamedTuple):
    """A dossier, the text that the row of its alert holds of it, and the digest of all of it."""

    dossier: Dossier
    text: str
    digest: str


def keep_dossiers(
    session: Session, dossiers: Sequence[Dossier], at: datetime
) -> list[StoredDossier]:
    """Keep the large parts of dossiers beside them, and return them as they are stored."""
    texts = [
        {each.name: canonical(getattr(dossier, each.name)) for each in fields(dossier)}
        for dossier in dossiers
    ]
    wholes = [digest(_joined(each)) for each in texts]
    parts = [part for each in zip(dossiers, texts, strict=True) for part in _parts(*each)]
    names = iter(artefacts.keep_all(session, parts, at))
    stored = []
    for dossier, text, whole in zip(dossiers, texts, wholes, strict=True):
        record = {"evidence": next(names), "rule": next(names), "rule_text": next(names)}
        rest = {name: each for name, each in text.items() if name not in _APART}
        written = _joined({**rest, "parts": canonical(record)})
        stored.append(StoredDossier(dossier, written, whole))
    return stored


def _parts(dossier: Dossier, texts: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the kind and the bytes of what is kept beside a dossier."""
    yield "evidence", _joined({part: texts[part] for part in _EVIDENCE}).encode()
    yield "rule_record", texts["rule"].encode()
    yield "rule", dossier.rule_text.encode()


def _joined(texts: Mapping[str, str]) -> str:
    """Return the canonical text of an object from those of its values; each is written once."""
    members = (f'"{name}":{texts[name]}' for name in sorted(texts))
    return f"{{{','.join(members)}}}"


def dossier_of(session: Session, alert: Alert) -> Dossier:
    """Return the dossier of an alert.

    Raises:
        SurveillanceError: it cannot be read; the alert is named.
    """
    name = f"dossier of alert {alert.id}"
    try:
        record = json.loads(alert.dossier)
        parts = record.pop("parts")
        shown = dict(json.loads(artefacts.read(session, parts["evidence"])))
        rule = json.loads(artefacts.read(session, parts["rule"]))
        text = artefacts.read(session, parts["rule_text"]).decode()
    except (ValueError, KeyError, TypeError, AttributeError, SurveillanceError) as wrong:
        raise _unreadable(name, wrong) from wrong
    return _restored(Dossier, canonical(record | shown | {"rule": rule, "rule_text": text}), name)


def sketch_of(body: str) -> Hit:
    """Return a hit as lists show it, without the proof that it is as it was filed.

    A case may count thousands, and the one that is looked at is read by ``hit_of``.
    """
    record = json.loads(body)
    for name in ("at", "started_at"):
        record[name] = parse_time(record[name])
    for name, kind in (("risk", Risk), ("severity", Severity)):
        record[name] = kind(record[name])
    return Hit(**record)


def headline_of(session: Session, alert: Alert, titles: dict[str, str]) -> tuple[str, str]:
    """Return the title of the rule of an alert and what it says in a sentence.

    ``titles`` holds those that were read already, by the digest of the rule's record.

    Raises:
        SurveillanceError: the dossier cannot be read; the alert is named.
    """
    try:
        record = json.loads(alert.dossier)
        name, hit = record["parts"]["rule"], record["hit"]
        if name not in titles:
            rule = json.loads(artefacts.read(session, name))
            titles[name] = str(rule.get("title") or alert.rule_id)
        return titles[name], hit["sentence"] or "; ".join(hit["reasons"][:3])
    except (ValueError, KeyError, TypeError, AttributeError, SurveillanceError) as wrong:
        raise _unreadable(f"dossier of alert {alert.id}", wrong) from wrong


def hit_of(row: NearHit | AlertHit) -> Hit:
    """Return a hit as it was filed; a SurveillanceError names it if it is unreadable."""
    return _restored(Hit, row.body, f"hit {row.hit_id}")


def _restored(kind: type[T], text: str, name: str) -> T:
    try:
        return restored(kind, text)
    except ValueError as wrong:
        raise _unreadable(name, wrong) from wrong


def _unreadable(name: str, wrong: Exception) -> SurveillanceError:
    return SurveillanceError(
        f"expected the {name} as this version writes it, was one that it cannot read: "
        f"{str(wrong).splitlines()[0]}"
    )
