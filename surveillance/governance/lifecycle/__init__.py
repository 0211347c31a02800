"""The life of a rule version: draft → shadow → active → retired, every step on record.

Publishing is the proposal: it makes a draft and asks for it to be approved. Who may do what is
said in ``permissions``, and what must be on record before a version goes active in ``proof``;
whatever was active is retired in the same moment, so at most one version of a rule is. A version
that is retired stays so: to go back, publish its body under a new number. Verbs belong to the
caller's transaction: they check first, then write.

``adopt`` is the one way round: on a fresh installation, where nothing was ever published, there
is nobody to approve and nothing to compare with, so the rules of the folder are taken as the
starter rulebook, by the system, and the record says that no second officer approved them. Whoever
wants four eyes from the first day publishes before the first run.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from surveillance.canonical import canonical
from surveillance.config import Settings
from surveillance.errors import CaseError
from surveillance.governance.lifecycle import permissions
from surveillance.governance.lifecycle.permissions import RuleAction
from surveillance.governance.lifecycle.requirements import proof
from surveillance.governance.lifecycle.states import (
    active,
    in_force,
    lives,
    lives_at,
    on_probation,
    shadows,
    steps_of,
)
from surveillance.records import approvals, database, journal
from surveillance.records.artefacts import keep
from surveillance.records.journal import SYSTEM
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Life, Matter, Officer, RuleStep, RuleVersion
from surveillance.times import format_time

if TYPE_CHECKING:  # to say where a version stands needs no rule, and no fact that rules rest on
    from surveillance.rules.book import Entry, Rulebook

__all__ = [
    "active", "adopt", "approve", "in_force", "is_fresh", "lives_at", "on_probation", "publish",
    "refuse", "retire", "shadow", "shadows", "steps_of",
]  # fmt: skip

_STARTER = (
    "starter rulebook of a fresh installation, adopted as it stood in the folder; "
    "no second officer approved it"
)


def publish(
    session: Session, entries: "Iterable[Entry]", author: Officer, reason: str, at: datetime
) -> list[str]:
    """Keep rules as drafts and propose them; a version that is published already is passed over.

    The caller has checked them: lock, detector, inline tests. Returns what is new, as ``id@3``.
    """
    author.require(*WORKERS)
    journal.require_text(reason, "reason")
    database.lock(session.connection())
    new = [entry for entry in entries if _is_new(session, entry)]
    for entry in new:
        name = _keep(session, entry, author.id, reason, at)
        approvals.propose(
            session, author, Matter.RULE, name, digest=entry.digest, reason=reason, at=at
        )
        _step(session, _row(session, entry), Life.DRAFT, author.id, reason, at=at)
    return [_name(_row(session, entry)) for entry in new]


def adopt(session: Session, book: "Rulebook", at: datetime) -> None:
    """Make a rulebook active where nothing was ever published, as the system."""
    database.lock(session.connection())
    if not is_fresh(session):
        raise CaseError("expected an installation without a published rule, was one with some")
    for entry in book.entries.values():
        _is_new(session, entry)
        _keep(session, entry, SYSTEM, _STARTER, at)
        _step(session, _row(session, entry), Life.ACTIVE, SYSTEM, _STARTER, at=at)


def is_fresh(session: Session) -> bool:
    """Tell whether nothing was ever published here."""
    return session.exec(select(RuleStep.id).limit(1)).first() is None


def shadow(
    session: Session, rule_id: str, version: int, officer: Officer, reason: str, at: datetime
) -> None:
    """Begin to run a draft on live activity, filing nothing; one version of a rule at a time."""
    row = _version(session, rule_id, version, officer, RuleAction.SHADOW, at=at)
    journal.require_text(reason, "reason")
    other = shadows(session, at).get(rule_id)
    if other is not None:
        raise CaseError(f"expected no version of {rule_id} in shadow, was {other}; refuse it first")
    _step(session, row, Life.SHADOW, officer.id, reason, at=at)


def approve(
    session: Session,
    rule_id: str,
    version: int,
    officer: Officer,
    settings: Settings,
    at: datetime,
) -> None:
    """Make a version active, as a supervisor who is not its author; the one before is retired.

    Raises:
        CaseError: the role or the state does not allow it, or proof is missing: all of it named.
    """
    row = _version(session, rule_id, version, officer, RuleAction.APPROVE, at=at)
    record = proof(session, row, at)
    missing = permissions.lacking_second_officer(row, officer)
    if lacking := missing + record.lacking(settings, at):
        raise CaseError(f"{record.name} cannot go active: expected {'; expected '.join(lacking)}")
    proposal = approvals.grant(session, officer, Matter.RULE, record.name, at=at)
    reason = f"approved; proposed by {proposal.proposed_by}: {proposal.reason}"
    _replace(session, row, officer.id, at)
    detail = {"studies": [study.id for study in record.studies], "was_active": record.was_active}
    _step(session, row, Life.ACTIVE, officer.id, reason, detail, at=at)


def refuse(
    session: Session, rule_id: str, version: int, officer: Officer, reason: str, at: datetime
) -> None:
    """Turn down a draft or shadow as a supervisor, or take it back as its author: it is retired."""
    row = _version(session, rule_id, version, officer, RuleAction.REFUSE, at=at)
    approvals.refuse(session, officer, Matter.RULE, _name(row), reason=reason, at=at)
    _step(session, row, Life.RETIRED, officer.id, reason, at=at)


def retire(
    session: Session, rule_id: str, version: int, officer: Officer, reason: str, at: datetime
) -> None:
    """Take an active version out of force, as a supervisor: from now on nothing looks for it."""
    row = _version(session, rule_id, version, officer, RuleAction.RETIRE, at=at)
    journal.require_text(reason, "reason")
    _step(session, row, Life.RETIRED, officer.id, reason, at=at)


def _is_new(session: Session, entry: "Entry") -> bool:
    row = session.get(RuleVersion, (entry.rule.id, entry.rule.version), populate_existing=True)
    if row is not None and row.digest != entry.digest:
        latest = select(RuleVersion.version).where(RuleVersion.rule_id == entry.rule.id)
        last = session.exec(latest.order_by(col(RuleVersion.version).desc())).first() or 0
        raise CaseError(
            f"expected version {last + 1} of {entry.rule.id} for changed behaviour, "
            f"was still {entry.rule.version}"
        )
    return row is None


def _keep(session: Session, entry: "Entry", author: str, reason: str, at: datetime) -> str:
    from surveillance.activity import lineage

    text = keep(session, "rule", entry.text.encode(), at)
    row = RuleVersion(
        rule_id=entry.rule.id,
        version=entry.rule.version,
        digest=entry.digest,
        text_digest=text,
        created_at=at,
        author=author,
        reason=reason,
        facts=canonical(lineage.versions(entry.compiled.tables)),
    )
    session.merge(row)
    session.flush()
    return _name(row)


def _row(session: Session, entry: "Entry") -> RuleVersion:
    return session.get_one(RuleVersion, (entry.rule.id, entry.rule.version))


def _version(
    session: Session,
    rule_id: str,
    version: int,
    officer: Officer,
    action: RuleAction,
    *,
    at: datetime,
) -> RuleVersion:
    """Return a version that an officer may do this with, after waiting for other writers."""
    permissions.require_role(action, officer)
    step = _known(session, rule_id, at).get(version)
    row = session.get(RuleVersion, (rule_id, version))
    if row is None or step is None:
        raise CaseError(
            f"expected a published version, was {rule_id}@{version}; see: rules history"
        )
    permissions.require_life(action, row, step.life)
    return row


def _known(session: Session, rule_id: str, at: datetime) -> dict[int, RuleStep]:
    """Return the latest step of each version, after waiting for other writers.

    A clock that runs behind would write a step into the past, before others that stand.
    """
    database.lock(session.connection())
    steps = steps_of(session, rule_id)
    if steps and steps[-1].since > at:
        last, was = format_time(steps[-1].since), format_time(at)
        raise CaseError(f"expected a moment from the last step of {rule_id} on, {last}, was {was}")
    return lives(steps, at)


def _replace(session: Session, row: RuleVersion, by: str, at: datetime) -> None:
    """Retire the version that is active, in the moment another one takes its place."""
    known = _known(session, row.rule_id, at)
    for version in [v for v, step in known.items() if step.life is Life.ACTIVE]:
        old = session.get_one(RuleVersion, (row.rule_id, version))
        reason = f"replaced by version {row.version}"
        _step(session, old, Life.RETIRED, by, reason, at=at)


def _step(
    session: Session,
    row: RuleVersion,
    life: Life,
    by: str,
    reason: str,
    more: Mapping[str, Any] | None = None,
    *,
    at: datetime,
) -> None:
    step = RuleStep(
        rule_id=row.rule_id, version=row.version, life=life, since=at, by=by, reason=reason
    )
    session.add(step)
    session.flush()
    detail = {"digest": row.digest, "text": row.text_digest, "reason": reason, **(more or {})}
    journal.append(session, by, _VERBS[life], f"rule:{_name(row)}", detail, at=at)


_VERBS = {
    Life.DRAFT: "publish",
    Life.SHADOW: "shadow",
    Life.ACTIVE: "activate",
    Life.RETIRED: "retire",
}


def _name(row: RuleVersion) -> str:
    return f"{row.rule_id}@{row.version}"
