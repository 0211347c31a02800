"""Artefacts: bytes stored under their digest, so that what a run rested on can be named later."""

from datetime import datetime

from sqlmodel import Session, select

from surveillance.errors import SurveillanceError
from surveillance.model import digest
from surveillance.records.tables import Artefact


def keep(session: Session, kind: str, body: bytes, at: datetime) -> str:
    """Keep bytes under their digest, once, and return it."""
    name = digest(body)
    if session.exec(select(Artefact.digest).where(Artefact.digest == name)).first() is None:
        session.add(Artefact(digest=name, kind=kind, body=body, created_at=at))
        session.flush()
    return name


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
