"""What somebody who owns the database's file may do to it: each kind by its name."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from surveillance.canonical import digest
from surveillance.records.journal import GENESIS


class Kind(NamedTuple):
    """Statements, and what begins the subject of the finding that must name them."""

    subject: str
    statements: Sequence[str]


def _one(subject: str, *statements: str) -> Kind:
    return Kind(subject, statements)


_FIRST = "(select min(id) from {})"
KINDS: Mapping[str, Kind] = {
    "a score lowered": _one("row:alerts/", "update alerts set score = 50 where score > 90"),
    "a severity lowered": _one("row:alerts/", "update alerts set severity = 'low'"),
    "a dossier rewritten": _one("row:alerts/", "update alerts set dossier = '{}'"),
    "an alert moved to another case": _one(
        "row:alerts/", "update alerts set case_id = (select max(id) from cases)"
    ),
    "an alert filed earlier": _one("row:alerts/", "update alerts set filed_at = '2020-01-01'"),
    "an alert hidden behind another": _one(
        "row:alerts/", "update alerts set joined_to = (select max(id) from alerts)"
    ),
    "an alert deleted": _one("row:alerts/", "delete from alerts where score > 90"),
    "an alert of nobody": _one(
        "row:alerts/",
        "create temp table t as select * from alerts limit 1",
        "update t set id = 'forged'",
        "insert into alerts select * from t",
    ),
    "a hit changed": _one("row:alert_hits/", "update alert_hits set body = '{}'"),
    "a hit deleted": _one("row:alert_hits/", "delete from alert_hits"),
    "a case closed": _one(
        "row:cases/",
        "update cases set state = 'closed', disposition = 'false_positive', reason = 'x', "
        "closed_at = '2026-01-01', closed_by = 'officer-1' where state = 'open'",
    ),
    "a disposition changed": _one(
        "row:cases/", "update cases set disposition = 'confirmed' where state = 'closed'"
    ),
    "a reason rewritten": _one(
        "row:cases/", "update cases set reason = 'other' where state = 'closed'"
    ),
    "a closing back-dated": _one(
        "row:cases/", "update cases set closed_at = '2020-01-01' where state = 'closed'"
    ),
    "a closing by another": _one(
        "row:cases/", "update cases set closed_by = 'officer-1' where state = 'closed'"
    ),
    "a priority lowered": _one("row:cases/", "update cases set priority = 1"),
    "a suspicion formed later": _one(
        "row:cases/",
        "update cases set suspicion_formed_at = '2030-01-01' where state = 'escalated'",
    ),
    "an assignee exchanged": _one("row:cases/", "update cases set assignee = 'officer-2'"),
    "a case deleted": _one("row:cases/", "delete from cases"),
    "a comment rewritten": _one("row:comments/", "update comments set text = 'nothing'"),
    "a comment deleted": _one("row:comments/", "delete from comments"),
    "a comment of nobody": _one(
        "row:comments/",
        "insert into comments (case_id, officer_id, at, text) "
        "select id, 'officer-1', '2026-01-01', 'seen' from cases limit 1",
    ),
    "an officer made an admin": _one(
        "row:officers/officer-1", "update officers set role = 'admin' where id = 'officer-1'"
    ),
    "a password exchanged": _one("row:officers/", "update officers set password_hash = 'x'"),
    "an officer shut out": _one(
        "row:officers/officer-2", "update officers set active = 0 where id = 'officer-2'"
    ),
    "an officer whom nobody added": _one(
        "row:officers/eve",
        "insert into officers select 'eve', name, position, email, role, active, password_hash, "
        "created_at, known_as from officers where id = 'admin-1'",
    ),
    "an officer deleted": _one(
        "row:officers/auditor-1", "delete from officers where id = 'auditor-1'"
    ),
    "a suppression prolonged": _one(
        "row:suppressions/", "update suppressions set until = '2040-01-01'"
    ),
    "a suppression granted": _one(
        "row:suppressions/", "update suppressions set granted_at = '2026-01-01'"
    ),
    "a suppression deleted": _one("row:suppressions/", "delete from suppressions"),
    "a suppression of nobody": _one(
        "row:suppressions/",
        "insert into suppressions (rule_id, subject, until, reason, proposed_by, proposed_at, "
        "granted_at) values ('spoofing', 'OWN-1', '2040-01-01', 'x', 'officer-1', '2026-01-01', "
        "'2026-01-01')",
    ),
    "a watermark moved on": _one(
        "row:watermarks/surveilled", "update watermarks set ts = '2030-01-01'"
    ),
    "a watermark deleted": _one("row:watermarks/surveilled", "delete from watermarks"),
    "an approval forged": _one(
        "row:approvals/",
        "update approvals set granted = 1, decided_by = 'supervisor-1', decided_at = '2026-01-01'",
    ),
    "a proposal of another": _one(
        "row:approvals/", "update approvals set proposed_by = 'officer-1'"
    ),
    "a proposal deleted": _one("row:approvals/", "delete from approvals"),
    "a rule retired": _one("row:rule_steps/", "update rule_steps set life = 'retired'"),
    "a rule put in force": _one(
        "row:rule_steps/",
        'insert into rule_steps (rule_id, version, life, since, "by", reason) '
        "select rule_id, version, 'active', '2026-01-01', 'officer-1', '' from rule_versions",
    ),
    "a rule version of another text": _one(
        "row:rule_versions/", "update rule_versions set digest = 'ab'"
    ),
    "a rule version deleted": _one(
        "row:rule_versions/", "delete from rule_steps", "delete from rule_versions"
    ),
    "an artefact deleted": _one("row:artefacts/", "delete from artefacts"),
    "a segment model exchanged": _one(
        "row:segment_models/", "update segment_models set fitted_to = '2030-01-01'"
    ),
    "a report of another digest": _one("row:reports/", "update reports set sha256 = 'ab'"),
    "a report deleted": _one("row:reports/", "delete from reports"),
    "a user of the system mapped": _one(
        "row:os_users/",
        "insert into os_users values ('eve', 'admin-1', '2026-01-01', 'admin-1', 0)",
    ),
    "a token forged": _one(
        "row:tokens/",
        "insert into tokens values ('ab', 'admin-1', 'x', 'read', '2026-01-01', 'admin-1', "
        "'2040-01-01', null)",
    ),
    "a read deleted": _one(
        "reads:", f"delete from case_reads where id = {_FIRST.format('case_reads')}"
    ),
    "a read by another": _one("reads:", "update case_reads set officer_id = 'auditor-1'"),
    "a read numbered anew": _one("reads:", "update case_reads set id = 99 where id = 2"),
    "an entry changed": _one("journal", "update journal set actor = 'eve' where seq = 9"),
    "an entry's origin taken away": _one("journal", "update journal set origin = '' where seq = 1"),
    "an entry removed": _one("journal", "delete from journal where seq = 9"),
    "a tail cut": _one("anchor:", "delete from journal where seq > 12"),
}
"""By name what is done, and where it must be found."""


def tamper(path: Path, statements: Sequence[str]) -> None:
    """Get round the triggers and change a database; some rows must change."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = connection.execute("select name from sqlite_master where type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"drop trigger {name}")
        before = connection.total_changes
        for statement in statements:
            connection.execute(statement)
        assert connection.total_changes > before, "expected something to change, was nothing"


def reseal(path: Path, since: int) -> None:
    """Change an actor, and write the chain anew from there, as who knows how it is made can."""
    columns = "seq, at, actor, verb, subject, detail, previous, origin"
    with closing(sqlite3.connect(path)) as connection, connection:
        tamper_free = connection.execute(f"select {columns} from journal order by seq").fetchall()
        connection.execute("delete from journal")
        previous = GENESIS
        for seq, at, actor, verb, subject, detail, _, origin in tamper_free:
            who = "officer-2" if seq == since else actor
            name = _digest(seq, at, who, verb, subject, detail, previous, origin)
            row = (seq, at, who, verb, subject, detail, previous, origin, name)
            connection.execute(
                f"insert into journal ({columns}, digest) values (?,?,?,?,?,?,?,?,?)", row
            )
            previous = name


def _digest(seq: int, at: str, *rest: Any) -> str:
    moment = at.replace(" ", "T")
    *parts, origin = rest
    return digest([seq, f"{moment}Z", *parts, *([origin] if origin else [])])
