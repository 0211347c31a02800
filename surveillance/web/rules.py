"""Rules on a screen: every published version as it was written, and what it led to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response
from sqlmodel import Session, col, func, select

from surveillance import runs, yamlfile
from surveillance.errors import FileError
from surveillance.tables import Alert, Case, Disposition, RuleVersion
from surveillance.web.desk import LARGEST, Reader

router = APIRouter()


@router.get("/rules")
def list_rules(desk: Reader) -> Response:
    """List the rules, each by its latest version."""
    with desk.reading() as session:
        latest = {row.rule_id: row for row in session.exec(_ORDERED)}
        texts = {name: runs.rule_text(session, name, row.version) for name, row in latest.items()}
        counted = select(Alert.rule_id, func.count()).group_by(Alert.rule_id)
        alerts = dict(session.exec(counted).all())
    lines = [(row, written(texts[name]), alerts.get(name, 0)) for name, row in latest.items()]
    lines.sort(key=lambda line: (line[1].get("risk", ""), line[0].rule_id))
    return desk.page("rules.html", lines=lines)


@router.get("/rules/{rule_id}")
def show_rule(
    desk: Reader, rule_id: str, version: Annotated[int | None, Query(ge=1, le=LARGEST)] = None
) -> Response:
    """Show one version of a rule, and what it changed of the version before."""
    with desk.reading() as session:
        versions = runs.rule_versions(session, rule_id)
        by_number = {row.version: row for row in versions}
        chosen = by_number.get(version or max(by_number, default=0))
        if chosen is None:
            raise HTTPException(404, f"There is no such version of a rule {rule_id}.")
        text = runs.rule_text(session, rule_id, chosen.version)
        before = max((number for number in by_number if number < chosen.version), default=None)
        old = None if before is None else runs.rule_text(session, rule_id, before)
        return desk.page(
            "rule.html",
            rule=written(text),
            chosen=chosen,
            versions=sorted(versions, key=lambda row: -row.version),
            text=text,
            before=before,
            changes=[] if old is None else changes(old, text),
            outcomes=_outcomes(session, rule_id),
        )


def written(text: str) -> Mapping[str, Any]:
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
        .where(Alert.rule_id == rule_id)
        .group_by(col(Alert.version), col(Case.disposition))
    )
    counted: dict[int, Counter[str]] = {}
    for version, disposition, count in session.exec(wanted):
        name = Disposition(disposition).value if disposition else "undecided"
        counted.setdefault(version, Counter())[name] += count
    return counted
