"""Tables of an officer's day: words to find a case by, drafts, files, links, and saved views."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, Text
from sqlmodel import Field

from surveillance.records.tables.row import Row

_TERM: Any = String().with_variant(String(collation="C"), "postgresql")
"""Words in the order of their bytes, so that those that begin alike stand together."""


class CaseTerm(Row, table=True):
    """A word that finds a case, in lower case; ``is_party`` where it names somebody in it."""

    __tablename__ = "case_terms"

    term: str = Field(primary_key=True, sa_type=_TERM)
    case_id: str = Field(primary_key=True, foreign_key="cases.id", index=True)
    is_party: bool


class Draft(Row, table=True):
    """What an officer is writing on a case and has not sent yet."""

    __tablename__ = "drafts"

    officer_id: str = Field(primary_key=True, foreign_key="officers.id")
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    field: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    saved_at: datetime


class Attachment(Row, table=True):
    """A file that an officer put on a case; its bytes are the artefact of its digest."""

    __tablename__ = "attachments"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    name: str
    media_type: str
    size: int
    sha256: str = Field(foreign_key="artefacts.digest")
    added_by: str = Field(foreign_key="officers.id")
    added_at: datetime


class CaseLink(Row, table=True):
    """Two cases that belong together, and why; the one of the smaller id comes first."""

    __tablename__ = "case_links"
    __table_args__ = (CheckConstraint("case_id < other_id", name="in_order"),)

    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    other_id: str = Field(primary_key=True, foreign_key="cases.id", index=True)
    reason: str = Field(sa_type=Text)
    linked_by: str = Field(foreign_key="officers.id")
    linked_at: datetime


class SavedView(Row, table=True):
    """A question to the queue that an officer named."""

    __tablename__ = "saved_views"

    officer_id: str = Field(primary_key=True, foreign_key="officers.id")
    name: str = Field(primary_key=True)
    question: str = Field(sa_type=Text)
