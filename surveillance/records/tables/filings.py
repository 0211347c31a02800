"""The table of filings: what is reported to an authority, and how far that has come."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from surveillance.records.tables.row import Row, choice


class FilingState(StrEnum):
    """Where a filing stands; a draft waits for a second officer."""

    DRAFT = "draft"
    REFUSED = "refused"
    APPROVED = "approved"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    AMENDED = "amended"


class FilingRow(Row, table=True):
    """A report of a case on its way to an authority.

    ``report_id`` is its PDF, whose unsigned revision is ``sha256``. ``sent_at`` is when it went to
    ``authority``, which knows it by ``reference``; ``answered_at`` when that answered, and
    ``answer`` what it said. ``amends`` names the filing that this one corrects.
    """

    __tablename__ = "filings"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('draft', 'refused', 'approved')) = (sent_at IS NULL)"
            " AND (sent_at IS NULL) = (sent_by IS NULL)"
            " AND (sent_at IS NULL OR length(trim(authority)) * length(trim(reference)) > 0)",
            name="sent",
        ),
        CheckConstraint(
            "state NOT IN ('acknowledged', 'returned') OR"
            " (answered_at IS NOT NULL AND length(trim(answer)) > 0)",
            name="answered",
        ),
    )

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    kind: str
    state: FilingState = Field(
        default=FilingState.DRAFT, sa_type=choice(FilingState, "state"), index=True
    )
    report_id: int = Field(foreign_key="reports.id")
    sha256: str
    prepared_at: datetime
    prepared_by: str = Field(foreign_key="officers.id")
    amends: str | None = Field(default=None, foreign_key="filings.id")
    sent_at: datetime | None = None
    sent_by: str | None = Field(default=None, foreign_key="officers.id")
    authority: str = Field(default="", sa_type=Text)
    reference: str = Field(default="", sa_type=Text)
    answered_at: datetime | None = None
    answer: str = Field(default="", sa_type=Text)
