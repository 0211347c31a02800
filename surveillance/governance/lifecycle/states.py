"""Where every version of every rule stood at a moment, read from the steps on record.

What is in force at a window is what was active at its end. A window older than the first version
of a rule that ever went active is judged by that first one: nothing else was in force then, and
history could otherwise not be surveyed. A rule whose versions were all retired by then, or that
never had an active one, is not run.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from surveillance.errors import SurveillanceError
from surveillance.records import artefacts
from surveillance.records.tables import Life, RuleStep, RuleVersion

if TYPE_CHECKING:
    from surveillance.rules.book import Entry, Rulebook


def in_force(session: Session, at: datetime) -> "Rulebook":
    """Return the rulebook that judges a window which ends at ``at``.

    Raises:
        SurveillanceError: a text is gone, was changed, or does not behave as the version says.
    """
    return _book(session, active(session, at).items())


def on_probation(session: Session, at: datetime) -> "Rulebook":
    """Return the versions that are in shadow at ``at``: they are run, and file nothing."""
    return _book(session, shadows(session, at).items())


def active(session: Session, at: datetime) -> dict[str, int]:
    """Return the version of each rule that judges a window which ends at ``at``, by rule id."""
    versions = {name: _active(own, at) for name, own in _steps(session)}
    return {name: version for name, version in versions.items() if version is not None}


def shadows(session: Session, at: datetime) -> dict[str, int]:
    """Return the version of each rule that is in shadow at ``at``, by rule id."""
    return {
        name: version
        for name, own in _steps(session)
        for version, step in lives(own, at).items()
        if step.life is Life.SHADOW
    }


def lives_at(session: Session, at: datetime) -> dict[tuple[str, int], Life]:
    """Return where every version of every rule stands at ``at``."""
    return {
        (name, version): step.life
        for name, own in _steps(session)
        for version, step in lives(own, at).items()
    }


def steps_of(session: Session, rule_id: str) -> list[RuleStep]:
    """Return every step of a rule's versions, in order."""
    of = select(RuleStep).where(RuleStep.rule_id == rule_id)
    return list(session.exec(of.order_by(col(RuleStep.since), col(RuleStep.id))))


def lives(steps: Iterable[RuleStep], at: datetime) -> dict[int, RuleStep]:
    """Return the latest step of each version at a moment, of steps of one rule in order."""
    return {step.version: step for step in steps if step.since <= at}


def _steps(session: Session) -> list[tuple[str, Sequence[RuleStep]]]:
    ordered = select(RuleStep).order_by(
        col(RuleStep.rule_id), col(RuleStep.since), col(RuleStep.id)
    )
    by_rule = groupby(session.exec(ordered).all(), key=lambda step: step.rule_id)
    return [(name, list(own)) for name, own in by_rule]


def _active(steps: Sequence[RuleStep], at: datetime) -> int | None:
    known = lives(steps, at).values()
    now = next((step.version for step in known if step.life is Life.ACTIVE), None)
    ever = [step for step in steps if step.life is Life.ACTIVE]
    if now is not None or not ever or ever[0].since <= at:
        return now
    return ever[0].version


def _book(session: Session, chosen: Iterable[tuple[str, int]]) -> "Rulebook":
    from surveillance.rules.book import read_rulebook

    rows = {name: session.get_one(RuleVersion, (name, version)) for name, version in chosen}
    texts = {
        f"{name}@{row.version}": artefacts.read(session, row.text_digest).decode()
        for name, row in rows.items()
    }
    book = read_rulebook(texts)
    _expect_approved(book, rows)
    return book


def _expect_approved(book: "Rulebook", rows: Mapping[str, RuleVersion]) -> None:
    """Refuse a text that is not what the version's digest names: nobody approved that."""
    for name, row in rows.items():
        entry = book.entries.get(name)
        was = None if entry is None else (entry.rule.version, entry.digest)
        if was == (row.version, row.digest):
            continue
        expected = f"expected the kept text of {name}@{row.version} to behave as {row.digest}"
        if entry is not None and (other := _other_facts(row, entry)):
            raise SurveillanceError(
                f"{expected}, was approved with {other}; publish the rule's next version, or judge "
                "by the code of then"
            )
        raise SurveillanceError(f"{expected}, was {was}")


def _other_facts(row: RuleVersion, entry: "Entry") -> str:
    """Say which facts are in another version than when a rule was published."""
    from surveillance.activity import lineage

    now = lineage.versions(entry.compiled.tables)
    return ", ".join(
        f"the fact {name} in version {before}, which is {here} here"
        for name, before, here in lineage.differing(json.loads(row.facts), now)
    )
