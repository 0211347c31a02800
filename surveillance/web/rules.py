"""Rules on a screen: every published version, its life and what it led to, and how two differ."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from itertools import zip_longest
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response
from sqlmodel import Session, col, func, select

from surveillance import yamlfile
from surveillance.casework.alerts import STANDING
from surveillance.errors import FileError
from surveillance.governance import lifecycle
from surveillance.governance.lifecycle import permissions
from surveillance.governance.lifecycle.history import VersionHistory, history
from surveillance.proof import rulebooks
from surveillance.records.tables import Alert, Case, Disposition, Life, RuleStep, RuleVersion
from surveillance.rules.difference import difference
from surveillance.web.access import LARGEST, Reader

router = APIRouter()


@dataclass(frozen=True, slots=True)
class AlignedLines:
    """One line of two texts side by side: number and text on each side, or nothing there."""

    before: tuple[int, str] | None
    after: tuple[int, str] | None
    is_same: bool


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """A rule in a list: its latest version as its author wrote it, and what is in force."""

    latest: RuleVersion
    rule: Mapping[str, Any]
    in_force: int | None
    life: Life | None
    alerts: int


@router.get("/rules")
def list_rules(access: Reader) -> Response:
    """List the rules, each by its latest version, and which version is in force."""
    with access.reading() as session:
        active = lifecycle.active(session, access.now)
        lives = lifecycle.lives_at(session, access.now)
        latest = {row.rule_id: row for row in session.exec(_ORDERED)}
        texts = {
            name: rulebooks.rule_text(session, name, row.version) for name, row in latest.items()
        }
        counted = select(Alert.rule_id, func.count()).where(STANDING).group_by(col(Alert.rule_id))
        alerts = dict(session.exec(counted).all())
    rules = [
        RuleSummary(
            latest=row,
            rule=as_written(texts[name]),
            in_force=active.get(name),
            life=lives.get((name, row.version)),
            alerts=alerts.get(name, 0),
        )
        for name, row in latest.items()
    ]
    rules.sort(key=lambda summary: (summary.rule.get("risk", ""), summary.latest.rule_id))
    return access.page("rules.html", rules=rules)


@router.get("/rules/{rule_id}")
def show_rule(
    access: Reader, rule_id: str, version: Annotated[int | None, Query(ge=1, le=LARGEST)] = None
) -> Response:
    """Show one version of a rule, its life, and what it changed of the version before."""
    with access.reading() as session:
        versions = history(session, rule_id, access.now)
        by_number = {past.row.version: past for past in versions}
        chosen = by_number.get(version or max(by_number, default=0))
        if chosen is None:
            raise HTTPException(404, f"There is no such version of a rule {rule_id}.")
        text = rulebooks.rule_text(session, rule_id, chosen.row.version)
        before = max((number for number in by_number if number < chosen.row.version), default=None)
        old = None if before is None else rulebooks.rule_text(session, rule_id, before)
        return access.page(
            "rule.html",
            rule=as_written(text),
            past=chosen,
            chosen=chosen.row,
            versions=versions,
            steps=_steps(versions),
            text=text,
            before=before,
            words=[] if old is None else difference(old, text).words,
            changes=[] if old is None else changes(old, text),
            outcomes=_outcomes(session, rule_id),
            lacking=chosen.proof.lacking(access.settings, access.now),
            actions=permissions.allowed(chosen.row, chosen.life, access.officer, chosen.waiting),
        )


@router.get("/rules/{rule_id}/diff")
def show_difference(
    access: Reader,
    rule_id: str,
    a: Annotated[int, Query(ge=1, le=LARGEST)],
    b: Annotated[int, Query(ge=1, le=LARGEST)],
) -> Response:
    """Show how two versions behave differently, in words and line by line."""
    with access.reading() as session:
        versions = rulebooks.rule_versions(session, rule_id)
        if not {a, b} <= {row.version for row in versions}:
            raise HTTPException(404, f"There are no such versions of a rule {rule_id}.")
        old, new = (rulebooks.rule_text(session, rule_id, number) for number in (a, b))
    return access.page(
        "difference.html",
        rule_id=rule_id,
        versions=versions,
        a=a,
        b=b,
        words=difference(old, new).words,
        lines=aligned(old.splitlines(), new.splitlines()),
    )


def _steps(versions: Iterable[VersionHistory]) -> list[RuleStep]:
    """Return the steps of all versions, the latest first."""
    steps = (step for past in versions for step in past.steps)
    return sorted(steps, key=lambda step: step.id or 0, reverse=True)


def aligned(old: Sequence[str], new: Sequence[str]) -> list[AlignedLines | None]:
    """Return the lines of two texts side by side, with None where alike lines are left out."""
    rows: list[AlignedLines | None] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(3):
        rows += [None] if rows else []
        for kind, a, a_end, b, b_end in group:
            for left, right in zip_longest(range(a, a_end), range(b, b_end)):
                rows.append(_aligned(kind, left, right, old, new))
    return rows


def _aligned(
    kind: str, left: int | None, right: int | None, old: Sequence[str], new: Sequence[str]
) -> AlignedLines:
    is_same = kind == "equal"
    before = None if left is None else (left + 1, old[left])
    after = None if right is None else (right + 1, new[right])
    return AlignedLines(before, after, is_same)


def as_written(text: str) -> Mapping[str, Any]:
    """Read a rule as its author wrote it; what cannot be read is shown as text alone."""
    try:
        data = yamlfile.parse(text, "rule").data
    except FileError:
        return {}
    return data if isinstance(data, Mapping) else {}


def changes(old: str, new: str) -> Sequence[tuple[str, str]]:
    """Return the lines that differ with their surroundings, each with its kind."""
    lines = list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]
    return [(_KINDS.get(line[:1], "same"), line) for line in lines]


_KINDS = {"+": "added", "-": "removed", "@": "place"}
_ORDERED = select(RuleVersion).order_by(col(RuleVersion.rule_id), col(RuleVersion.version))


def _outcomes(session: Session, rule_id: str) -> Mapping[int, Counter[str]]:
    """Count the alerts of each version by what their case turned out to be."""
    wanted = (
        select(Alert.version, Case.disposition, func.count())
        .join(Case, col(Case.id) == col(Alert.case_id))
        .where(Alert.rule_id == rule_id, STANDING)
        .group_by(col(Alert.version), col(Case.disposition))
    )
    counted: dict[int, Counter[str]] = {}
    for version, disposition, count in session.exec(wanted):
        name = Disposition(disposition).value if disposition else "undecided"
        counted.setdefault(version, Counter())[name] += count
    return counted
