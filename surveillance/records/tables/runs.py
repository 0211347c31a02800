"""Tables of runs: what was judged, what every rule said, and how far that has come."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from surveillance.model import Outcome
from surveillance.records.tables.row import Row, choice


class RunMode(StrEnum):
    """What a run is for: only a live one files alerts; shadow is rules on probation."""

    LIVE = "live"
    SHADOW = "shadow"


class RunRow(Row, table=True):
    """A run: ``manifest`` is canonical JSON, ``digest`` covers manifest and verdicts."""

    __tablename__ = "runs"
    __table_args__ = (CheckConstraint('start < "end"', name="window"),)

    id: str = Field(primary_key=True)
    start: datetime
    end: datetime = Field(index=True)
    as_of: datetime
    created_at: datetime
    manifest: str = Field(sa_type=Text)
    digest: str
    mode: RunMode = Field(default=RunMode.LIVE, sa_type=choice(RunMode, "mode"))


class VerdictRow(Row, table=True):
    """What one rule version said in a run; ``body`` is the verdict as canonical JSON."""

    __tablename__ = "verdicts"

    run_id: str = Field(primary_key=True, foreign_key="runs.id")
    rule_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str
    outcome: Outcome = Field(sa_type=choice(Outcome, "outcome"))
    reason: str = Field(default="", sa_type=Text)
    body: str = Field(sa_type=Text)


class Canary(Row, table=True):
    """Whether a rule of a run found the act that was planted for it, and if not, why."""

    __tablename__ = "canaries"

    run_id: str = Field(primary_key=True, foreign_key="runs.id")
    rule_id: str = Field(primary_key=True)
    version: int
    act: str = Field(primary_key=True)
    found: bool
    reason: str = Field(default="", sa_type=Text)


class Watermark(Row, table=True):
    """How far a source has been read: everything before ``ts`` has landed."""

    __tablename__ = "watermarks"

    source: str = Field(primary_key=True)
    ts: datetime


class Lease(Row, table=True):
    """Who may do a job that only one process may do, and until when."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True)
    holder: str
    until: datetime


class JobRow(Row, table=True):
    """A job of the scheduler: how often it was done, and what it came to last.

    ``failing`` counts failures since it succeeded last; ``message`` says why, and is empty if not.
    """

    __tablename__ = "jobs"

    name: str = Field(primary_key=True)
    runs: int = 0
    failures: int = 0
    failing: int = 0
    ended_at: datetime
    succeeded_at: datetime | None = None
    message: str = Field(default="", sa_type=Text)
