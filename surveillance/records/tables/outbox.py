"""The table of what waits to be sent to other systems."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from surveillance.records.tables.row import Row


class OutboxRow(Row, table=True):
    """An event for one address: entry ``seq`` of the journal, and how often it was tried.

    ``due_at`` is when it is tried next, and empty once it was delivered or given up.
    """

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("url", "seq"),)

    id: int | None = Field(default=None, primary_key=True)
    url: str
    seq: int = Field(index=True)
    event: str
    body: str = Field(sa_type=Text)
    tries: int = 0
    due_at: datetime | None = Field(default=None, index=True)
    delivered_at: datetime | None = None
    message: str = Field(default="", sa_type=Text)
