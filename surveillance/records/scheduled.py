"""What the scheduler says of itself in the database, read by whoever watches it."""

from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.records.tables import JobRow, Watermark

SURVEILLED = "surveilled"
"""The watermark up to which activity has been judged and its alerts filed."""
AHEAD = "ahead"
"""The watermark up to which it was judged without what a venue that fails has yet to bring."""
PULLED = "pull:"
"""With the name of a venue file, the watermark up to which that venue was pulled."""
CLOCK = "clock"
"""The watermark up to which time has been used."""
TICK = "tick"
"""The job that judges."""


def jobs(session: Session) -> list[JobRow]:
    """Return what every job came to last, by name."""
    return list(session.exec(select(JobRow).order_by(col(JobRow.name))))


def watermarks(session: Session) -> dict[str, datetime]:
    """Return every watermark by its name."""
    rows = session.exec(select(Watermark).order_by(col(Watermark.source)))
    return {row.source: row.ts for row in rows}
