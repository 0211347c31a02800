"""The journal on a screen, and its verification against what was anchored outside.

What officers wrote about a case is shown with the case alone, where every read is recorded.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from surveillance.casework import history
from surveillance.records import guards, journal, reads, seals
from surveillance.records.journal import Anchor
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
    with access.reading() as session:
        listed = history.entries(session, access.officer, about, before, _PAGE)
        entries = [shown(entry) for entry in listed]
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
        within = (guards, seals, reads)
        wrong = [*outside, *(each for kept in within for each in kept.findings(session))]
        head = journal.head(session)
    return _page(access, entries=[], head=head, about="", check=check, anchor=anchor, wrong=wrong)


def _page(access: Overseer, **context: Any) -> Response:
    old = anchors.warning(access.settings.anchoring, access.now)
    return access.page("journal.html", size=_PAGE, old=old, most=_MOST, **context)
