"""The journal on a screen, and its verification against what was anchored outside.

What officers wrote about a case is shown with the case alone, where every read is recorded.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlmodel import col, select

from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import JournalEntry
from surveillance.web.access import LARGEST, Overseer

router = APIRouter()
_PAGE = 200


@router.get("/journal")
def show_journal(
    access: Overseer,
    about: str = "",
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
) -> Response:
    """Show the journal, the newest first."""
    wanted = select(JournalEntry).order_by(col(JournalEntry.seq).desc()).limit(_PAGE)
    if about.strip():
        wanted = wanted.where(
            (col(JournalEntry.subject) == about.strip())
            | (col(JournalEntry.actor) == about.strip())
        )
    if before:
        wanted = wanted.where(col(JournalEntry.seq) < before)
    with access.reading() as session:
        entries = [(entry, detail(entry)) for entry in session.exec(wanted)]
        head = journal.head(session)
    return access.page(
        "journal.html", entries=entries, head=head, about=about, size=_PAGE, check=None, anchor=None
    )


@router.get("/journal/verification")
def verify(access: Overseer, seq: str = "", digest: str = "") -> Response:
    """Read the whole journal and say whether every entry is as it was written."""
    anchor = Anchor(int(seq), digest.strip().lower()) if seq.strip().isdecimal() else None
    with access.reading() as session:
        check = journal.verify(session, anchor)
        head = journal.head(session)
    return access.page(
        "journal.html", entries=[], head=head, about="", size=_PAGE, check=check, anchor=anchor
    )


def detail(entry: JournalEntry) -> Mapping[str, Any]:
    """Return what an entry says, without what officers wrote about a case."""
    said: Mapping[str, Any] = json.loads(entry.detail)
    is_case = entry.subject.startswith("case:")
    return {name: value for name, value in said.items() if not (is_case and name in _WORDS)}


_WORDS = {"text", "reason"}
