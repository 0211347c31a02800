"""Tables of rules: published versions, the steps of their lives, and studies of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text
from sqlmodel import Field

from surveillance.records.tables.row import Row, choice


class Life(StrEnum):
    """Where a rule version stands: a shadow runs and files nothing, an active one files."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


class StudyKind(StrEnum):
    """What a study asked of a rule: what it would change, or where to draw its line."""

    BACKTEST = "backtest"
    TUNING = "tuning"


class RuleVersion(Row, table=True):
    """A published rule: ``digest`` names its behaviour, ``text_digest`` the artefact it is.

    ``facts`` are those that it rested on then beyond their first version, as canonical JSON.
    ``author`` is the officer who published it, or the system for a starter rulebook.
    """

    __tablename__ = "rule_versions"

    rule_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str = Field(index=True)
    text_digest: str = Field(foreign_key="artefacts.digest")
    created_at: datetime
    author: str = ""
    reason: str = Field(default="", sa_type=Text)
    facts: str = "{}"


class RuleStep(Row, table=True):
    """One step in the life of a rule version: from ``since`` on it is ``life``."""

    __tablename__ = "rule_steps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["rule_id", "version"], ["rule_versions.rule_id", "rule_versions.version"]
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    rule_id: str = Field(index=True)
    version: int
    life: Life = Field(sa_type=choice(Life, "life"))
    since: datetime
    by: str
    reason: str = Field(default="", sa_type=Text)


class Study(Row, table=True):
    """A question asked of stored activity about one rule; ``body`` is the answer as canonical JSON.

    ``rule_digest`` names the behaviour that was studied, published or not.
    """

    __tablename__ = "studies"
    __table_args__ = (CheckConstraint('start < "end"', name="window"),)

    id: str = Field(primary_key=True)
    kind: StudyKind = Field(sa_type=choice(StudyKind, "kind"))
    rule_id: str = Field(index=True)
    rule_digest: str = Field(index=True)
    start: datetime
    end: datetime
    as_of: datetime
    created_at: datetime
    created_by: str
    body: str = Field(sa_type=Text)
