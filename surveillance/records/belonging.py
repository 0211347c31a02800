"""Whether lake and database belong together, so that one deleted, older or swapped is noticed.

The lake holds the last place of the journal that was seen beside it. A journal that has not come
that far, or has another entry there, is not the one that the lake was filled with, and a run on it
would forget what was filed.
"""

import json
import logging
import os
from pathlib import Path
from threading import get_ident

from sqlmodel import Session

from surveillance.errors import SurveillanceError
from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import JournalEntry

_log = logging.getLogger(__name__)
MARK = ".journal"
"""File of a lake with a place in its journal."""


def recognise(session: Session, lake: Path) -> None:
    """Expect that the journal is the one the lake was filled with, and mark how far it has come.

    Raises:
        SurveillanceError: it is not; the message says what to do.
    """
    was = stranger(session, lake)
    if was:
        raise SurveillanceError(
            f"expected the database that the lake {lake} was filled with, was {was}. Put that "
            "database back, restore a backup into an empty place (surveillance restore), or begin "
            "anew with another --home; nothing was written"
        )
    mark(lake, journal.head(session))


def stranger(session: Session, lake: Path) -> str:
    """Say what the database is if it does not belong to the lake; nothing if it does."""
    seen, head = _seen(lake), journal.head(session)
    if seen is None:
        unknown = head.seq == 0 and any(lake.glob("*/_delta_log"))
        return "an empty one that knows none of its files" if unknown else ""
    if head.seq == 0 < seen.seq:
        return f"an empty one, and {seen.seq} entries of its journal are gone"
    if head.seq < seen.seq:
        return f"an older one, of {head.seq} entries in its journal instead of {seen.seq}"
    entry = session.get(JournalEntry, seen.seq) if seen.seq else None
    differs = entry is not None and entry.digest != seen.digest
    return f"another one, whose journal differs at entry {seen.seq}" if differs else ""


def mark(lake: Path, head: Anchor) -> None:
    """Write into the lake how far its journal has come; a crash leaves the old or the new."""
    if head == _seen(lake):
        return
    written = lake / f"{MARK}-{os.getpid()}-{get_ident()}"
    try:
        lake.mkdir(parents=True, exist_ok=True)
        with written.open("w") as file:
            file.write(json.dumps(head._asdict()))
            file.flush()
            os.fsync(file.fileno())
        written.replace(lake / MARK)
    except OSError as wrong:
        # What was done is done; the next one marks it, and an older mark refuses nothing wrongly.
        _log.warning("the lake could not be marked: %s", wrong.strerror)


def _seen(lake: Path) -> Anchor | None:
    path = lake / MARK
    try:
        return Anchor(**json.loads(path.read_text())) if path.exists() else None
    except (OSError, ValueError, TypeError) as wrong:
        raise SurveillanceError(
            f"expected a place in the journal in {path}, was: {wrong}"
        ) from None
