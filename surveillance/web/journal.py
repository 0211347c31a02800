"""The journal on a screen, and its verification against what was anchored outside.

What officers wrote about a case is shown with the case alone, where every read is recorded.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlmodel import col, select

from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import JournalEntry
from surveillance.web.access import LARGEST, Overseer
from surveillance.web.entries import shown

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
        entries = [shown(entry) for entry in session.exec(wanted)]
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
