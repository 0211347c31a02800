"""Every database table on one page: what is kept of runs, rules, cases and officers.

Times are aware UTC (SQLModel's own column type; SQLite alone would lose the zone). Choices are text
with a CHECK, never native enums, which make a downgrade fail on PostgreSQL. SQLModel does not
validate on construction, so what must never be wrong is a constraint of the database. What is
written once (journal, alerts, comments, reads, rule steps, studies, suppressed hits, canaries)
triggers of the migrations refuse to change.

Writers are serialised: on SQLite a transaction begins IMMEDIATE, on PostgreSQL the one that writes
takes ``lock``. Few people write and the journal is one chain, so simplicity costs nothing here.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Engine,
    Enum,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
    text,
)
from sqlmodel import Field, SQLModel

from surveillance.errors import CaseError
from surveillance.model import Outcome, Risk, Severity

_LOCK = 0x5375_7276


class State(StrEnum):
    """Where a case stands; reopening leads from closed back to investigating."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Disposition(StrEnum):
    """What a closed case turned out to be."""

    FALSE_POSITIVE = "false_positive"
    NO_FURTHER_ACTION = "no_further_action"
    CONFIRMED = "confirmed"
    REPORTED = "reported"


class Role(StrEnum):
    """What an officer may do: auditors change nothing, admins see no case."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Matter(StrEnum):
    """What needs four eyes."""

    CASE = "case"
    RULE = "rule"
    SEGMENTS = "segments"
    SUPPRESSION = "suppression"


class Mode(StrEnum):
    """What a run is for: only a live one files alerts; shadow is rules on probation."""

    LIVE = "live"
    SHADOW = "shadow"


class Life(StrEnum):
    """Where a rule version stands: a shadow runs and files nothing, an active one files."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


class Kind(StrEnum):
    """What a study asked of a rule: what it would change, or where to draw its line."""

    BACKTEST = "backtest"
    TUNING = "tuning"


def _choice(kind: type[StrEnum]) -> Any:
    return Enum(
        kind,
        name=kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Row(SQLModel):
    """What all tables share: the names of their constraints."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


metadata = Row.metadata


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
    mode: Mode = Field(default=Mode.LIVE, sa_type=_choice(Mode))


class VerdictRow(Row, table=True):
    """What one rule version said in a run; ``body`` is the verdict as canonical JSON."""

    __tablename__ = "verdicts"

    run_id: str = Field(primary_key=True, foreign_key="runs.id")
    rule_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str
    outcome: Outcome = Field(sa_type=_choice(Outcome))
    reason: str = Field(default="", sa_type=Text)
    body: str = Field(sa_type=Text)


class Artefact(Row, table=True):
    """Bytes named by their SHA-256: rule texts, segment models, fitted detectors."""

    __tablename__ = "artefacts"

    digest: str = Field(primary_key=True)
    kind: str
    body: bytes
    created_at: datetime


class RuleVersion(Row, table=True):
    """A published rule: ``digest`` names its behaviour, ``text_digest`` the artefact it is.

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
    life: Life = Field(sa_type=_choice(Life))
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
    kind: Kind = Field(sa_type=_choice(Kind))
    rule_id: str = Field(index=True)
    rule_digest: str = Field(index=True)
    start: datetime
    end: datetime
    as_of: datetime
    created_at: datetime
    created_by: str
    body: str = Field(sa_type=Text)


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


class Canary(Row, table=True):
    """Whether a rule of a run found the act that was planted for it, and if not, why."""

    __tablename__ = "canaries"

    run_id: str = Field(primary_key=True, foreign_key="runs.id")
    rule_id: str = Field(primary_key=True)
    version: int
    act: str = Field(primary_key=True)
    found: bool
    reason: str = Field(default="", sa_type=Text)


class SegmentModel(Row, table=True):
    """A frozen segment model; recalibration adds a version."""

    __tablename__ = "segment_models"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(foreign_key="artefacts.digest")
    fitted_from: datetime
    fitted_to: datetime
    created_at: datetime


class DetectorModel(Row, table=True):
    """A detector fitted for one rule version on the activity of one window."""

    __tablename__ = "detector_models"

    rule_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    fitted_to: datetime = Field(primary_key=True)
    digest: str = Field(primary_key=True, foreign_key="artefacts.digest")
    rule_digest: str = Field(index=True)
    fitted_from: datetime
    created_at: datetime


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


class Officer(Row, table=True):
    """Someone who signs in; ``name``, ``position`` and ``email`` go into reports they file."""

    __tablename__ = "officers"

    id: str = Field(primary_key=True)
    name: str = ""
    position: str = ""
    email: str = ""
    role: Role = Field(sa_type=_choice(Role))
    active: bool = True
    password_hash: str = Field(repr=False)
    failures: int = 0
    locked_until: datetime | None = None
    created_at: datetime

    def require(self, *roles: Role) -> None:
        """Raise a CaseError unless this officer is active and has one of ``roles``."""
        if not self.active or self.role not in roles:
            was = self.role if self.active else f"{self.role}, no longer active"
            raise CaseError(f"expected {' or '.join(roles)}, was {self.id} ({was})")


class SignIn(Row, table=True):
    """Somebody who is signed in: ``id`` is the SHA-256 of the token that only their browser has."""

    __tablename__ = "sign_ins"

    id: str = Field(primary_key=True)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    begun_at: datetime
    seen_at: datetime


class Case(Row, table=True):
    """What is worked on as one: the alerts of one subject while they are not closed.

    ``priority`` is 0-100: the largest alert score times the weight of its severity
    (low 0.25, medium 0.5, high 0.75, critical 1). ``suspicion_formed_at`` starts the clock of
    RTS (EU) 2025/885 Art 6 and is never moved.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("priority >= 0 AND priority <= 100", name="priority"),
        CheckConstraint(
            "(state = 'closed') = (disposition IS NOT NULL AND closed_at IS NOT NULL"
            " AND closed_by IS NOT NULL AND length(trim(reason)) > 0)",
            name="closed_with_reason",
        ),
        Index(
            "uq_cases_subject_unclosed",
            "subject",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
    )

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    owner_id: str | None = Field(default=None, index=True)
    state: State = Field(default=State.OPEN, sa_type=_choice(State), index=True)
    assignee: str | None = Field(default=None, foreign_key="officers.id", index=True)
    priority: float
    opened_at: datetime
    suspicion_formed_at: datetime | None = None
    disposition: Disposition | None = Field(default=None, sa_type=_choice(Disposition))
    reason: str = Field(default="", sa_type=Text)
    closed_at: datetime | None = None
    closed_by: str | None = Field(default=None, foreign_key="officers.id")
    earlier_id: str | None = Field(default=None, foreign_key="cases.id")


class Alert(Row, table=True):
    """A hit an officer must look at; ``id`` is the hit's, ``dossier`` its canonical JSON."""

    __tablename__ = "alerts"
    __table_args__ = (CheckConstraint("score >= 0 AND score <= 100", name="score"),)

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    run_id: str = Field(index=True)
    rule_id: str = Field(index=True)
    version: int
    risk: Risk = Field(sa_type=_choice(Risk))
    typology: str
    severity: Severity = Field(sa_type=_choice(Severity))
    score: float
    at: datetime
    started_at: datetime
    trader_id: str | None = Field(default=None, index=True)
    owner_id: str | None = None
    instrument: str | None = None
    segment: str = ""
    filed_at: datetime
    dossier: str = Field(sa_type=Text, repr=False)
    dossier_digest: str


class NearHit(Row, table=True):
    """A hit below the queue line, kept whole so that a pattern of such hits can be seen.

    ``person`` is the owner, or the trader whose owner is unknown.
    """

    __tablename__ = "near_hits"
    __table_args__ = (Index("ix_near_hits_typology_at", "typology", "at"),)

    hit_id: str = Field(primary_key=True)
    person: str = Field(index=True)
    typology: str
    run_id: str = Field(foreign_key="runs.id")
    started_at: datetime
    at: datetime
    body: str = Field(sa_type=Text, repr=False)


class PatternHit(Row, table=True):
    """A hit below the line that counts towards one alert, the pattern, since ``added_at``."""

    __tablename__ = "pattern_hits"

    hit_id: str = Field(primary_key=True, foreign_key="near_hits.hit_id")
    alert_id: str = Field(foreign_key="alerts.id", index=True)
    added_at: datetime


class Comment(Row, table=True):
    """What an officer noted on a case."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("length(trim(text)) > 0", name="text"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    officer_id: str = Field(foreign_key="officers.id")
    at: datetime
    text: str = Field(sa_type=Text)


class Approval(Row, table=True):
    """A proposal and what a second officer decided of it: four eyes.

    ``subject`` names the case, rule version or segment model; ``digest`` what exactly was
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
        Index(
            "uq_approvals_pending",
            "matter",
            "subject",
            unique=True,
            sqlite_where=text("granted IS NULL"),
            postgresql_where=text("granted IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    matter: Matter = Field(sa_type=_choice(Matter))
    subject: str = Field(index=True)
    digest: str
    reason: str = Field(sa_type=Text)
    proposed_by: str = Field(foreign_key="officers.id")
    proposed_at: datetime
    granted: bool | None = None
    decided_by: str | None = Field(default=None, foreign_key="officers.id")
    decided_at: datetime | None = None
    decision: str = Field(default="", sa_type=Text)


class CaseRead(Row, table=True):
    """Who read a case and when: the law wants access to alerts recorded."""

    __tablename__ = "case_reads"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    at: datetime


class Report(Row, table=True):
    """A rendered PDF: its SHA-256, and the journal's head at that moment.

    ``subject`` names what it is about where that is no case: a run, a period.
    """

    __tablename__ = "reports"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    case_id: str | None = Field(default=None, foreign_key="cases.id", index=True)
    subject: str = ""
    sha256: str = Field(index=True)
    path: str
    created_at: datetime
    created_by: str = ""
    journal_head: str


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


def engine(url: str) -> Engine:
    """Return an engine whose transactions write safely beside others, on SQLite as elsewhere."""
    opened = create_engine(_with_psycopg(url))
    if opened.dialect.name == "sqlite":
        event.listen(opened, "connect", _set_pragmas)
        event.listen(opened, "begin", _begin)
    return opened


def reading(writing: Engine) -> Engine:
    """Return the same engine for transactions that only read, and so wait for nobody."""
    return writing.execution_options(only_reads=True, postgresql_readonly=True)


def lock(connection: Connection) -> None:
    """Make every other writer wait until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def migrate(target: Engine, revision: str = "head") -> None:
    """Bring the database to ``revision``, forward or (``base``) all the way back."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "surveillance.records:migrations")
    with target.begin() as connection:
        lock(connection)
        config.attributes["connection"] = connection
        move = command.downgrade if revision == "base" else command.upgrade
        move(config, revision)


def _with_psycopg(url: str) -> Any:
    parsed = make_url(url)
    plain = parsed.drivername in {"postgres", "postgresql"}
    return parsed.set(drivername="postgresql+psycopg") if plain else parsed


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
