"""The table of the journal."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from surveillance.records.tables.row import Row


class JournalEntry(Row, table=True):
    """One link of the journal; see ``journal`` for what ``digest`` covers.

    ``origin`` is the user of the operating system, or the token, that it was written through; it
    is empty for the pages, where officers sign in themselves.
    """

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("previous"), UniqueConstraint("digest"))

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    actor: str
    verb: str
    subject: str = Field(index=True)
    detail: str = Field(sa_type=Text)
    origin: str | None = None
    previous: str
    digest: str
