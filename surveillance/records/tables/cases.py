"""Tables of casework: cases, their alerts, and what officers wrote, read and rendered."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from surveillance.model import Risk, Severity, SubjectKind
from surveillance.records.tables.row import Row, choice, unique_where


class CaseState(StrEnum):
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


class Case(Row, table=True):
    """What is worked on as one: the alerts of one subject while they are not closed.

    ``priority`` is 0-100: how likely it is that the case is productive, by what its alerts say
    together when one joins or grows. ``suspicion_formed_at`` starts the clock of RTS (EU) 2025/885
    Art 6 and is never moved. Of its alerts it keeps what lists sort by: ``gravity`` is the place of
    the highest severity, 0-3, ``first_act`` and ``last_act`` span the conduct, ``due_at`` is when
    it should be decided. ``proposed`` is the disposition that waits for a second officer;
    ``sampled_at`` is when its closing was drawn for a quality review, until then.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("priority >= 0 AND priority <= 100", name="priority"),
        CheckConstraint(
            "(state = 'closed') = (disposition IS NOT NULL AND closed_at IS NOT NULL"
            " AND closed_by IS NOT NULL AND length(trim(reason)) > 0)",
            name="closed_with_reason",
        ),
        unique_where("state <> 'closed'", "uq_cases_subject_unclosed", "subject"),
    )

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    owner_id: str | None = Field(default=None, index=True)
    state: CaseState = Field(default=CaseState.OPEN, sa_type=choice(CaseState, "state"), index=True)
    assignee: str | None = Field(default=None, foreign_key="officers.id", index=True)
    priority: float
    opened_at: datetime
    suspicion_formed_at: datetime | None = None
    disposition: Disposition | None = Field(
        default=None, sa_type=choice(Disposition, "disposition")
    )
    reason: str = Field(default="", sa_type=Text)
    closed_at: datetime | None = None
    closed_by: str | None = Field(default=None, foreign_key="officers.id")
    earlier_id: str | None = Field(default=None, foreign_key="cases.id")
    gravity: int | None = None
    first_act: datetime | None = None
    last_act: datetime | None = None
    due_at: datetime | None = Field(default=None, index=True)
    snoozed_until: datetime | None = None
    proposed: str | None = None
    sampled_at: datetime | None = Field(default=None, index=True)


class Alert(Row, table=True):
    """What an officer must look at: the hits of a rule on one subject that follow one another.

    ``id`` is that of the hit that founded it. Score, moment and ``dossier``, in canonical JSON,
    are those of its strongest hit, ``hit_id`` at ``hit_at``; the severity is the highest of all.
    ``started_at`` and ``at`` span its hits, ``first_act`` and ``last_act`` the rows behind them;
    ``money`` is what its trades and transfers are worth, USD, each counted once, or empty where
    nobody knows. What lands late between two alerts makes one of them: the later one stays on
    file, ``joined_to`` the other.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint("score >= 0 AND score <= 100", name="score"),
        Index("ix_alerts_case_id_joined_to", "case_id", "joined_to"),
    )

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    run_id: str = Field(index=True)
    rule_id: str = Field(index=True)
    version: int
    risk: Risk = Field(sa_type=choice(Risk, "risk"))
    typology: str
    severity: Severity = Field(sa_type=choice(Severity, "severity"))
    score: float
    at: datetime
    started_at: datetime
    subject_kind: SubjectKind = Field(sa_type=choice(SubjectKind, "subject_kind"))
    subject: str = Field(index=True)
    trader_id: str | None = Field(default=None, index=True)
    owner_id: str | None = None
    instrument: str | None = None
    segment: str = ""
    filed_at: datetime
    hit_id: str
    hit_at: datetime
    hits: int = 1
    first_act: datetime
    last_act: datetime
    money: str = ""
    joined_to: str | None = Field(default=None, index=True)
    dossier: str = Field(sa_type=Text, repr=False)
    dossier_digest: str


class AlertHit(Row, table=True):
    """A hit that counts towards an alert since ``added_at``, whole; it never changes.

    Of an alert that was joined to another, its hits count towards that one. ``amounts`` is
    canonical JSON: what each of its trades and transfers is worth, USD.
    """

    __tablename__ = "alert_hits"

    hit_id: str = Field(primary_key=True)
    alert_id: str = Field(foreign_key="alerts.id", index=True)
    run_id: str = Field(index=True)
    at: datetime
    added_at: datetime
    body: str = Field(sa_type=Text, repr=False)
    amounts: str = Field(sa_type=Text, repr=False)


class NearHit(Row, table=True):
    """A hit below the alert line, kept whole so that a pattern of such hits can be seen.

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


class CaseRead(Row, table=True):
    """Who read a case and when: the law wants access to alerts recorded."""

    __tablename__ = "case_reads"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    at: datetime


class CustomerRead(Row, table=True):
    """Who read what of a customer and when: what is looked into may be known to nobody else."""

    __tablename__ = "customer_reads"

    id: int | None = Field(default=None, primary_key=True)
    owner_id: str = Field(index=True)
    page: str
    officer_id: str = Field(foreign_key="officers.id", index=True)
    at: datetime


class Report(Row, table=True):
    """A rendered PDF: its SHA-256, and the journal's head at that moment.

    ``sha256`` is of the revision as it was rendered, ``signed_sha256`` of the whole file where that
    was signed since. ``inputs`` names the artefact that a case report was rendered from, so that it
    can be rendered again. ``subject`` names what it is about where that is no case: a run, say.
    """

    __tablename__ = "reports"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    case_id: str | None = Field(default=None, foreign_key="cases.id", index=True)
    subject: str = ""
    sha256: str = Field(index=True)
    signed_sha256: str = ""
    inputs: str = ""
    path: str
    created_at: datetime
    created_by: str = ""
    journal_head: str
