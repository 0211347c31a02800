"""How far venues have been read, in the journal, and true only of a lake that has what was read.

A mark is written once the batch that carries it has landed, and counts only where the lake still
has that batch: a lake that was replaced or taken back is filled again from the beginning.
"""

from dataclasses import replace
from datetime import datetime

from surveillance.activity.batch import Batch, Mark
from surveillance.activity.lake.delta import committed, open_table
from surveillance.activity.venue import Venue
from surveillance.installation import Installation
from surveillance.records import database, journal

_VERB = "read"


def marked(place: Installation, venue: Venue) -> Venue:
    """Return a venue with the marks up to which the lake has what it brought."""
    with place.session() as session:
        known = journal.latest(session, _VERB, _subject(venue.name)) or {}
    marks = {
        table: Mark(mark["question"], mark["upto"])
        for table, mark in known.items()
        if committed(open_table(place.lake.root / table), mark["batch"]) is not None
    }
    return replace(venue, marks=marks)


def keep(place: Installation, batch: Batch, at: datetime) -> None:
    """Write down the marks of a batch that has landed; those that are known already are not."""
    if not batch.marks:
        return
    with place.session() as session:
        database.lock(session.connection())
        known = journal.latest(session, _VERB, _subject(batch.source)) or {}
        new = {
            table: {"question": mark.question, "upto": mark.upto, "batch": batch.id}
            for table, mark in batch.marks.items()
        }
        if known | new != known:
            subject = _subject(batch.source)
            journal.append(session, journal.SYSTEM, _VERB, subject, known | new, at=at)


def _subject(venue: str) -> str:
    return f"source:{venue}"
