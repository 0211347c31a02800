"""Tables of suppressions: what is not filed until a date, and what that hid."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from surveillance.records.tables.row import Row


class Suppression(Row, table=True):
    """Hits of one rule on one trader or owner that are not filed until a date, and why.

    It works from ``granted_at`` on, when a second officer agreed; empty while that is awaited.
    """

    __tablename__ = "suppressions"
    __table_args__ = (CheckConstraint("length(trim(reason)) > 0", name="reason"),)

    id: int | None = Field(default=None, primary_key=True)
    rule_id: str = Field(index=True)
    subject: str = Field(index=True)
    until: datetime
    reason: str = Field(sa_type=Text)
    proposed_by: str = Field(foreign_key="officers.id")
    proposed_at: datetime
    granted_at: datetime | None = None


class Suppressed(Row, table=True):
    """A hit that a suppression kept from being filed; the run still holds it whole."""

    __tablename__ = "suppressed_hits"

    hit_id: str = Field(primary_key=True)
    suppression_id: int = Field(foreign_key="suppressions.id", index=True)
    run_id: str
    score: float
    at: datetime
