"""The outbox: what other systems are told of, as it happened, and until they have heard.

Events are entries of the journal, so none is forgotten and none is made up. They name no person:
a case, an alert or a run by its id, and who wants to know more asks the interface.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from surveillance.canonical import canonical
from surveillance.records import database, journal
from surveillance.records.tables import JournalEntry, OutboxRow

EVENTS = {
    "file": "alert.filed",
    "grow": "alert.grown",
    "assign": "case.assigned",
    "escalate": "case.escalated",
    "close": "case.closed",
    "reopen": "case.reopened",
    "report": "report.rendered",
    "run": "run.judged",
}
"""Events by the verbs of entries."""
PING = "ping"
"""The first event of an address: that it will hear of more."""
MOST_TRIES = 24
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=6)


def fill(session: Session, urls: Sequence[str], at: datetime) -> None:
    """Put in what happened since every address was told of something last."""
    database.lock(session.connection())
    for url in urls:
        last = session.exec(select(func.max(OutboxRow.seq)).where(OutboxRow.url == url)).one()
        if last is None:
            head = journal.head(session)
            session.add(_row(url, head.seq, PING, "installation", at, at))
            continue
        wanted = select(JournalEntry).where(
            col(JournalEntry.seq) > last, col(JournalEntry.verb).in_(EVENTS)
        )
        for entry in session.exec(wanted.order_by(col(JournalEntry.seq))):
            event = EVENTS[entry.verb]
            session.add(_row(url, entry.seq, event, entry.subject, entry.at, at))


def due(session: Session, urls: Sequence[str], at: datetime, limit: int = 100) -> list[OutboxRow]:
    """Return what is to be tried now, the oldest first."""
    wanted = select(OutboxRow).where(col(OutboxRow.url).in_(urls), col(OutboxRow.due_at) <= at)
    return list(session.exec(wanted.order_by(col(OutboxRow.seq)).limit(limit)))


def tried(session: Session, row_id: int, message: str, at: datetime) -> None:
    """Keep what a try came to: delivered if ``message`` is empty, else again and ever later."""
    row = session.get_one(OutboxRow, row_id)
    row.tries, row.message = row.tries + 1, message
    row.delivered_at = row.delivered_at if message else at
    wait = min(_FIRST * (1 << min(row.tries - 1, 10)), _LONGEST)
    row.due_at = at + wait if message and row.tries < MOST_TRIES else None
    session.add(row)


def _row(
    url: str, seq: int, event: str, subject: str, happened: datetime, at: datetime
) -> OutboxRow:
    body = canonical({"event": event, "seq": seq, "at": happened, "subject": subject})
    return OutboxRow(url=url, seq=seq, event=event, body=body, due_at=at)
