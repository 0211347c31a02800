"""Roots of reads: who read a case when, sealed a minute at a time, for there are many.

A root is the digest of the seals of all reads since the one before. Reads of the last minute have
none yet; the next read or the scheduler, whichever comes first, seals them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import column, select, table, text
from sqlmodel import Session

from surveillance.canonical import digest
from surveillance.records import database, journal
from surveillance.records.seals import Finding, sealed
from surveillance.times import parse_time

READS = "case_reads"
"""The table, and the subject of the entries with roots."""
SEAL_READS = "seal_reads"
"""The verb of them."""
MINUTE = timedelta(minutes=1)


def seal(session: Session, at: datetime) -> None:
    """Seal the reads that have no root yet, if the first of them is a minute old."""
    database.lock(session.connection())
    before = journal.latest(session, SEAL_READS, READS)
    after = before["to"] if before else 0
    rows = _rows(session, after)
    if rows and at - _time(rows[0]["at"]) >= MINUTE:
        detail = {"after": after, "to": rows[-1]["id"], "count": len(rows), "root": _root(rows)}
        journal.append(session, journal.SYSTEM, SEAL_READS, READS, detail, at=at)


def findings(session: Session) -> Iterator[Finding]:
    """Name every stretch of reads that is not as its root says."""
    for _, detail in journal.entries(session, SEAL_READS):
        rows = _rows(session, detail["after"], detail["to"])
        if _root(rows) != detail["root"]:
            message = f"expected {detail['count']} reads as sealed, was {len(rows)} others"
            yield Finding(f"reads:{detail['after'] + 1}-{detail['to']}", message)


def _rows(session: Session, after: int, to: int | None = None) -> list[Any]:
    wanted = select(text("*")).select_from(table(READS)).where(column("id") > after)
    if to is not None:
        wanted = wanted.where(column("id") <= to)
    rows = session.connection().execute(wanted.order_by(column("id")))
    return list(rows.mappings())


def _root(rows: list[Any]) -> str:
    return digest([sealed(READS, row)[1] for row in rows])


def _time(value: Any) -> datetime:
    """Return the time of a row as the driver read it: SQLite keeps text."""
    return value if isinstance(value, datetime) else parse_time(value)
