"""Artefacts: bytes stored under their digest, so that what a run rested on can be named later."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.canonical import digest
from surveillance.errors import SurveillanceError
from surveillance.records import database
from surveillance.records.tables import Artefact


def keep(session: Session, kind: str, body: bytes, at: datetime) -> str:
    """Keep bytes under their digest, once, and return it."""
    [name] = keep_all(session, [(kind, body)], at)
    return name


def keep_all(session: Session, parts: Sequence[tuple[str, bytes]], at: datetime) -> list[str]:
    """Keep several bytes, each with its kind, and return their digests in their order."""
    names = [digest(body) for _, body in parts]
    new = dict(zip(names, parts, strict=True))
    for some in database.portions(sorted(new)):
        there = select(Artefact.digest).where(col(Artefact.digest).in_(some))
        for name in session.exec(there):
            del new[name]
    rows = (
        Artefact(digest=name, kind=kind, body=body, created_at=at)
        for name, (kind, body) in new.items()
    )
    session.add_all(rows)
    session.flush()
    return names


def read(session: Session, name: str) -> bytes:
    """Return the bytes that a digest names.

    Raises:
        SurveillanceError: they are not there, or are not what the digest says.
    """
    artefact = session.get(Artefact, name)
    if artefact is None:
        raise SurveillanceError(f"expected the artefact {name}, was absent")
    if digest(artefact.body) != name:
        raise SurveillanceError(f"expected the artefact {name}, was changed ({artefact.kind})")
    return artefact.body
