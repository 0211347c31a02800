"""Every version of every rule that is not retired, and where it stands in its life.

Versions come from the database, each with the life that its latest step says; what lies in the
folder and was not published is a draft. Where no rule was ever given a life, the folder runs.
Rules are read and not compiled: whoever asks where a rule stands does not run it.
"""

import json
from pathlib import Path

from sqlmodel import Session, col, select

from surveillance.records import artefacts
from surveillance.records.tables import Life, RuleStep, RuleVersion
from surveillance.rules.book import behaviour_of, parse_rule
from surveillance.rules.folder import rule_files
from surveillance.rules.schema import Rule


def versions(session: Session, folder: Path) -> list[tuple[Rule, Life]]:
    """Return the rules of the database and of a folder, each with its life.

    Raises:
        RuleError: a file of the folder, or a stored text, cannot be read.
    """
    rules = written(folder)
    steps = session.exec(select(RuleStep).order_by(col(RuleStep.since), col(RuleStep.id)))
    lives = {(step.rule_id, step.version): Life(step.life) for step in steps}
    if not lives:
        return [(rule, Life.ACTIVE) for rule in rules]
    kept = session.exec(select(RuleVersion)).all()
    known = {(row.rule_id, row.digest) for row in kept}
    facts = {row.rule_id: json.loads(row.facts) for row in kept}
    drafts = [
        (rule, Life.DRAFT)
        for rule in rules
        if (rule.id, behaviour_of(rule, facts.get(rule.id, {}))) not in known
    ]
    return drafts + [
        (
            parse_rule(
                artefacts.read(session, row.text_digest).decode(), f"{row.rule_id}@{row.version}"
            ),
            life,
        )
        for row in kept
        if (life := lives.get((row.rule_id, row.version), Life.DRAFT)) is not Life.RETIRED
    ]


def written(folder: Path) -> list[Rule]:
    """Return the rules of a folder.

    Raises:
        RuleError: a file cannot be read.
    """
    return [parse_rule(path.read_text("utf-8"), path) for path in rule_files(folder)]


def published(session: Session, rule_id: str, number: int) -> Rule | None:
    """Return one rule version as it was published, if it was."""
    row = session.get(RuleVersion, (rule_id, number))
    if row is None:
        return None
    return parse_rule(artefacts.read(session, row.text_digest).decode(), f"{rule_id}@{number}")
