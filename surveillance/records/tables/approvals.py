"""The table of proposals and of what a second officer decided of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from surveillance.records.tables.row import Row, choice, unique_where


class Matter(StrEnum):
    """What needs four eyes; of cases there are only proposals from before there were filings."""

    CASE = "case"
    RULE = "rule"
    SEGMENTS = "segments"
    SUPPRESSION = "suppression"
    FILING = "filing"


class Approval(Row, table=True):
    """A proposal and what a second officer decided of it: four eyes.

    ``subject`` names the filing, rule version or segment model; ``digest`` what exactly was
    proposed. ``granted`` is empty until it is decided; a refusal may be by the proposer.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("granted IS NOT TRUE OR decided_by <> proposed_by", name="four_eyes"),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
        CheckConstraint(
            "(granted IS NULL) = (decided_by IS NULL) AND (granted IS NULL) = (decided_at IS NULL)",
            name="decided",
        ),
        unique_where("granted IS NULL", "uq_approvals_pending", "matter", "subject"),
    )

    id: int | None = Field(default=None, primary_key=True)
    matter: Matter = Field(sa_type=choice(Matter, "matter"))
    subject: str = Field(index=True)
    digest: str
    reason: str = Field(sa_type=Text)
    proposed_by: str = Field(foreign_key="officers.id")
    proposed_at: datetime
    granted: bool | None = None
    decided_by: str | None = Field(default=None, foreign_key="officers.id")
    decided_at: datetime | None = None
    decision: str = Field(default="", sa_type=Text)
