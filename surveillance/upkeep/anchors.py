"""Anchors: the head of the journal, written down where whoever owns the database cannot reach.

The chain alone cannot show that its tail was cut, that an older database was put back, or that all
of it was written anew; an anchor outside can. Each is a file of its own that is never written
twice, with a signed time-stamp beside it if there is an authority.
"""

import json
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from sqlmodel import Session, col, select

from surveillance.config.sections import Anchoring
from surveillance.errors import SourceError, SurveillanceError
from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.records.seals import Finding
from surveillance.records.tables import JournalEntry
from surveillance.times import format_time, parse_time
from surveillance.upkeep import stamps

_STAMP = ".tsr"
_PATIENCE = 20
"""Seconds to wait for a mail server."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchor that is outside: the place in the journal, since when, and its file."""

    place: Anchor
    at: datetime
    path: Path


def is_set(anchoring: Anchoring) -> bool:
    """Tell whether anchors go anywhere."""
    return anchoring.folder is not None or anchoring.mail_to is not None


def anchor(anchoring: Anchoring, head: Anchor, at: datetime) -> list[str]:
    """Write a head down wherever the settings say, and return where that was.

    Raises:
        SurveillanceError: nowhere is set, or one of the places cannot be reached.
    """
    if not is_set(anchoring):
        raise SurveillanceError(
            'expected a place outside, was none: set [anchoring] folder = "…" in config.toml'
        )
    done = []
    if anchoring.folder is not None:
        done.append(str(_write(anchoring, anchoring.folder, head, at)))
    if anchoring.mail_to is not None:
        _mail(anchoring, anchoring.mail_to, head, at)
        done.append(anchoring.mail_to)
    return done


def listed(folder: Path) -> list[Anchored]:
    """Return the anchors of a folder, the oldest first.

    Raises:
        SurveillanceError: a file of it is none.
    """
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def warning(anchoring: Anchoring, at: datetime) -> str:
    """Say what is wrong with the age of the newest anchor; nothing if it is young or has no file.

    What was mailed is in a mailbox, where its reader sees that none comes.
    """
    if anchoring.folder is None:
        return ""
    every = listed(anchoring.folder)
    if not every:
        return f"expected an anchor in {anchoring.folder}, was none yet"
    age = at - every[-1].at
    if age <= timedelta(hours=anchoring.oldest_hours):
        return ""
    hours = age // timedelta(hours=1)
    return f"expected an anchor of the last {anchoring.oldest_hours} hours, was {hours} hours old"


def findings(session: Session, anchoring: Anchoring) -> Iterator[Finding]:
    """Name every anchor that the journal does not agree with, and every one that was changed."""
    if anchoring.folder is None:
        return
    head = journal.head(session)
    for path in sorted(anchoring.folder.glob("*.json")):
        try:
            anchored = _read(path)
            _proved(anchoring, anchored)
        except SurveillanceError as wrong:
            yield Finding(f"anchor:{path.name}", str(wrong))
            continue
        if message := _difference(session, head, anchored.place):
            yield Finding(f"anchor:{path.name}", message)


def _difference(session: Session, head: Anchor, place: Anchor) -> str:
    if place.seq > head.seq:
        return (
            f"expected at least {place.seq} entries, was a journal of {head.seq}: its tail was cut "
            "or an older database put back"
        )
    wanted = select(JournalEntry.digest).where(col(JournalEntry.seq) == place.seq)
    was = session.exec(wanted).first() if place.seq else journal.GENESIS
    if was == place.digest:
        return ""
    return f"expected entry {place.seq} to be {place.digest}, was {was}: it was written anew"


def _write(anchoring: Anchoring, folder: Path, head: Anchor, at: datetime) -> Path:
    body = _body(head, at)
    path = folder / f"{head.seq:010d}-{at:%Y%m%dT%H%M%S%f}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if anchoring.authority is not None and anchoring.certificates is not None:
            answer = stamps.stamp(anchoring.authority, body.encode(), anchoring.certificates)
            path.with_suffix(_STAMP).write_bytes(answer)
        with path.open("x") as file:
            file.write(body)
    except OSError as wrong:
        raise SourceError(f"expected to write an anchor to {folder}, was: {wrong}") from None
    return path


def _body(head: Anchor, at: datetime) -> str:
    return json.dumps({"seq": head.seq, "digest": head.digest, "at": format_time(at)})


def _read(path: Path) -> Anchored:
    try:
        body = json.loads(path.read_text())
        return Anchored(Anchor(int(body["seq"]), body["digest"]), parse_time(body["at"]), path)
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise SurveillanceError(f"expected an anchor in {path}, was: {wrong}") from None


def _proved(anchoring: Anchoring, anchored: Anchored) -> None:
    """Expect the time-stamp of an authority, if there is one, beside an anchor."""
    if anchoring.certificates is None:
        return
    stamped = anchored.path.with_suffix(_STAMP)
    if not stamped.exists():
        raise SurveillanceError("expected a time-stamp beside it, was none")
    message = anchored.path.read_bytes()
    stamps.stamped_at(stamped.read_bytes(), message, anchoring.certificates)


def _mail(anchoring: Anchoring, to: str, head: Anchor, at: datetime) -> None:
    message = EmailMessage()
    message["From"], message["To"] = anchoring.mail_from, to
    message["Subject"] = f"Journal anchor {head.seq}"
    message.set_content(_body(head, at), cte="7bit")
    host, _, port = anchoring.mail_server.partition(":")
    try:
        with smtplib.SMTP(host, int(port or 25), timeout=_PATIENCE) as server:
            server.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException) as wrong:
        raise SourceError(f"expected a mail server that takes an anchor, was: {wrong}") from None
