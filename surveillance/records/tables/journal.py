"""The table of the journal."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from surveillance.records.tables.row import Row


class JournalEntry(Row, table=True):
    """One link of the journal; see ``journal`` for what ``digest`` covers."""

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("previous"), UniqueConstraint("digest"))

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    actor: str
    verb: str
    subject: str = Field(index=True)
    detail: str = Field(sa_type=Text)
    previous: str
    digest: str
