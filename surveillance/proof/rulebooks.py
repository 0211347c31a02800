"""The rulebook of a run, and the versions of a rule, read from the texts that were kept."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from sqlmodel import Session, col, select

from surveillance import software
from surveillance.errors import RuleError, SurveillanceError
from surveillance.model import Run
from surveillance.records.artefacts import read
from surveillance.records.tables import RuleVersion
from surveillance.rules.book import Entry, Rulebook, read_rule


def rulebook_of(session: Session, run: Run) -> Rulebook:
    """Return the rulebook that judged a run, from the texts kept with it."""
    return read_book(run.manifest, lambda name: read(session, name))


def read_book(manifest: Mapping[str, Any], artefact: Callable[[str], bytes]) -> Rulebook:
    """Return the rulebook that a manifest pins, given how to find an artefact by its digest.

    Raises:
        SurveillanceError: this version cannot read a rule; who made the run is named.
    """
    pins = manifest["rules"].items()
    try:
        entries = [
            _entry(artefact(pin["text"]).decode(), f"{name}@{pin['version']}") for name, pin in pins
        ]
    except RuleError as wrong:
        raise SurveillanceError(f"{_made_by(manifest)}{wrong}") from None
    return Rulebook({entry.rule.id: entry for entry in sorted(entries, key=_rule_id)})


def _made_by(manifest: Mapping[str, Any]) -> str:
    was, here = manifest.get("code"), software.code()
    return "" if was == here else f"made by another version ({was}), and not readable by {here}: "


def _rule_id(entry: Entry) -> str:
    return entry.rule.id


@lru_cache(maxsize=256)
def _entry(text: str, name: str) -> Entry:
    """Read a rule; kept, because an auditor replays many runs of one rulebook."""
    return read_rule(text, name)


def rule_versions(session: Session, rule_id: str) -> list[RuleVersion]:
    """Return every kept version of a rule, the latest first."""
    of = select(RuleVersion).where(RuleVersion.rule_id == rule_id)
    return list(session.exec(of.order_by(col(RuleVersion.version).desc())).all())


def rule_text(session: Session, rule_id: str, number: int) -> str:
    """Return the text of a kept rule version.

    Raises:
        SurveillanceError: there is no such version.
    """
    row = session.get(RuleVersion, (rule_id, number))
    if row is None:
        have = ", ".join(str(row.version) for row in rule_versions(session, rule_id)) or "none"
        raise SurveillanceError(f"expected a kept version of {rule_id} ({have}), was {number}")
    return read(session, row.text_digest).decode()
