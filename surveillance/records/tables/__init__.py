"""Every database table, by subject: what is kept of runs, rules, cases and officers.

Times are aware UTC (SQLModel's own column type; SQLite alone would lose the zone). Choices are text
with a CHECK, never native enums, which make a downgrade fail on PostgreSQL. SQLModel does not
validate on construction, so what must never be wrong is a constraint of the database. What is
written once (journal, hits of alerts, comments, reads, rule steps, studies, suppressed hits,
canaries) triggers of the migrations refuse to change.
"""

from surveillance.records.tables.approvals import Approval, Matter
from surveillance.records.tables.artefacts import Artefact, DetectorModel, SegmentModel
from surveillance.records.tables.cases import (
    Alert,
    AlertHit,
    Case,
    CaseRead,
    CaseState,
    Comment,
    CustomerRead,
    Disposition,
    NearHit,
    PatternHit,
    Report,
)
from surveillance.records.tables.desk import Attachment, CaseLink, CaseTerm, Draft, SavedView
from surveillance.records.tables.filings import FilingRow, FilingState
from surveillance.records.tables.journal import JournalEntry
from surveillance.records.tables.officers import (
    Officer,
    OsUser,
    Role,
    SignIn,
    SignInTry,
    Token,
)
from surveillance.records.tables.outbox import OutboxRow
from surveillance.records.tables.row import metadata
from surveillance.records.tables.rules import Life, RuleStep, RuleVersion, Study, StudyKind
from surveillance.records.tables.runs import (
    Canary,
    JobRow,
    Lease,
    RunMode,
    RunRow,
    VerdictRow,
    Watermark,
)
from surveillance.records.tables.suppressions import Suppressed, Suppression
from surveillance.records.tables.tasks import TaskRow, TaskState

__all__ = [
    "Alert",
    "AlertHit",
    "Approval",
    "Artefact",
    "Attachment",
    "Canary",
    "Case",
    "CaseLink",
    "CaseRead",
    "CaseState",
    "CaseTerm",
    "Comment",
    "CustomerRead",
    "DetectorModel",
    "Disposition",
    "Draft",
    "FilingRow",
    "FilingState",
    "JobRow",
    "JournalEntry",
    "Lease",
    "Life",
    "Matter",
    "NearHit",
    "Officer",
    "OsUser",
    "OutboxRow",
    "PatternHit",
    "Report",
    "Role",
    "RuleStep",
    "RuleVersion",
    "RunMode",
    "RunRow",
    "SavedView",
    "SegmentModel",
    "SignIn",
    "SignInTry",
    "Study",
    "StudyKind",
    "Suppressed",
    "Suppression",
    "TaskRow",
    "TaskState",
    "Token",
    "VerdictRow",
    "Watermark",
    "metadata",
]
