"""The journal as an overseer reads it: the newest first, without what is not theirs to know."""

import json
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from surveillance.casework import parties
from surveillance.records import seals
from surveillance.records.tables import JournalEntry, Officer

_WORDS = ("text", "reason")
"""What officers write."""


def entries(
    session: Session, viewer: Officer, about: str = "", before: int | None = None, limit: int = 200
) -> Sequence[JournalEntry]:
    """Return the latest entries about a subject or by somebody, or of all; no case kept from them.

    Seals follow every entry and say nothing to a reader; they come only when asked for.
    """
    wanted = select(JournalEntry).order_by(col(JournalEntry.seq).desc()).limit(limit)
    if name := about.strip():
        wanted = wanted.where(
            (col(JournalEntry.subject) == name) | (col(JournalEntry.actor) == name)
        )
    else:
        wanted = wanted.where(JournalEntry.verb != seals.SEAL)
    kept = [f"case:{case}" for case in parties.hidden_ids(session, viewer)]
    wanted = wanted.where(col(JournalEntry.subject).not_in(kept))
    if before is not None:
        wanted = wanted.where(col(JournalEntry.seq) < before)
    return session.exec(wanted).all()


def plain(entry: JournalEntry) -> dict[str, Any]:
    """Return an entry as fields; what was written about a case stands with the case alone.

    There every read is recorded.
    """
    detail = json.loads(entry.detail)
    if entry.subject.startswith("case:"):
        detail = {name: value for name, value in detail.items() if name not in _WORDS}
    return entry.model_dump(mode="json") | {"detail": detail}
