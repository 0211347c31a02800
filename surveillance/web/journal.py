"""The journal on a screen, and its verification against what was anchored outside.

What officers wrote about a case is shown with the case alone, where every read is recorded.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlmodel import col, select

from surveillance.casework import parties
from surveillance.records import journal, reads, seals
from surveillance.records.journal import Anchor
from surveillance.records.tables import JournalEntry
from surveillance.upkeep import anchors
from surveillance.web.access import LARGEST, Overseer
from surveillance.web.entries import shown

router = APIRouter()
_PAGE, _MOST = 200, 50
"""How many entries a page shows, and how many rows that are wrong."""


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
    else:
        # Seals follow every entry and say nothing to a reader; they are shown when asked for.
        wanted = wanted.where(JournalEntry.verb != seals.SEAL)
    with access.reading() as session:
        kept = [f"case:{name}" for name in parties.hidden_ids(session, access.officer)]
    wanted = wanted.where(col(JournalEntry.subject).not_in(kept))
    if before:
        wanted = wanted.where(col(JournalEntry.seq) < before)
    with access.reading() as session:
        entries = [shown(entry) for entry in session.exec(wanted)]
        head = journal.head(session)
    return _page(access, entries=entries, head=head, about=about, check=None, anchor=None, wrong=[])


@router.get("/journal/verification")
def verify(access: Overseer, seq: str = "", digest: str = "") -> Response:
    """Say whether every entry is as it was written, every row as sealed, and anchors agree.

    What the journal names beyond rows (files of activity, reports) the command line verifies.
    """
    anchor = Anchor(int(seq), digest.strip().lower()) if seq.strip().isdecimal() else None
    with access.reading() as session:
        check = journal.verify(session, anchor)
        outside = anchors.findings(session, access.settings.anchoring)
        wrong = [*outside, *seals.findings(session), *reads.findings(session)]
        head = journal.head(session)
    return _page(access, entries=[], head=head, about="", check=check, anchor=anchor, wrong=wrong)


def _page(access: Overseer, **context: Any) -> Response:
    old = anchors.warning(access.settings.anchoring, access.now)
    return access.page("journal.html", size=_PAGE, old=old, most=_MOST, **context)
