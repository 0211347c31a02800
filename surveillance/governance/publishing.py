"""Publishing: where the folder of rules, which people edit, meets the versions in the database.

The folder is where a rule is written and never what runs. A rule leaves it as a draft once the
lock, its detector and its own tests agree. Adopting a starter rulebook checks the lock and the
detectors alone: the tests of fifteen rules take seven seconds, which would be spent at the first
run of every installation on rules that the project's own tests have judged; ``rules check``
judges them at any time, and nothing is published later without.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from surveillance.canonical import digest
from surveillance.detection import anomaly, feature_file
from surveillance.detection.detect import try_examples
from surveillance.errors import CaseError, FileError, SurveillanceError
from surveillance.governance import lifecycle
from surveillance.installation import Installation
from surveillance.records import artefacts, officers
from surveillance.records.tables import RuleVersion
from surveillance.rules import practices
from surveillance.rules.book import Entry, Rulebook, load_rulebook, recall_rule
from surveillance.rules.folder import rule_files
from surveillance.rules.lock import read_lock, write_lock
from surveillance.rules.logic import Strange
from surveillance.rules.schema import Rule


def publish(place: Installation, by: str, reason: str, at: datetime) -> list[str]:
    """Publish what is new in the folder as drafts of an officer; return it as ``id@version``.

    Raises:
        RuleError: a rule is wrong, or not what its lock says.
        SurveillanceError: a detector is wrong or an inline test fails; each is named.
    """
    book = place.rulebook()
    with place.session() as session:
        officers.named(session, by)
        known = set(session.exec(select(RuleVersion.rule_id, RuleVersion.version)).all())
    entries = book.entries.items()
    new = {name: entry for name, entry in entries if (name, entry.rule.version) not in known}
    _expect_sound(place, Rulebook(new))
    if (place.settings.rules / practices.NAME).exists():
        practices.check(Rulebook(new), place.settings.rules)
    _expect_tested(new.values())
    with place.session() as session:
        author = officers.named(session, by)
        return lifecycle.publish(session, book.entries.values(), author, reason, at)


def adopt(place: Installation, at: datetime) -> bool:
    """Adopt the folder's rules as the starter rulebook if nothing was ever published; say if so."""
    with place.session() as session:
        if not lifecycle.is_fresh(session):
            return False
    book = place.rulebook()
    _expect_sound(place, book)
    with place.session() as session:
        try:
            lifecycle.adopt(session, book, at)
        except CaseError:  # two began at once, and the other one was first
            return False
    return True


def rollback(place: Installation, rule_id: str, to: int, by: str, reason: str, at: datetime) -> str:
    """Publish the body of an old version under a new number, in the folder and its lock too.

    Raises:
        CaseError: there is no such version, or the folder holds an edit that was never published.
    """
    folder = place.settings.rules
    with place.session() as session:
        officers.named(session, by)
        entry = _renewed(session, folder, rule_id, to)
        _expect_published(session, Path(entry.path))
    _expect_tested([entry])
    with place.session() as session:
        [name] = lifecycle.publish(session, [entry], officers.named(session, by), reason, at)
        _write(folder, entry)
    return name


def renumbered(text: str, version: int) -> str:
    """Return the text of a rule under another version number, all else as it stands."""
    version_line = re.compile(r"^version:[^\S\n]*\d+", re.MULTILINE)
    return version_line.sub(f"version: {version}", text, count=1)


def differing(place: Installation, session: Session, at: datetime) -> list[str]:
    """Say of which rules the folder holds another behaviour than what is in force at ``at``.

    Prose may differ. Each says what the folder's version waits for, or that it has none.
    """
    files = {path.stem: path for path in rule_files(place.settings.rules)}
    active = lifecycle.active(session, at)
    rows = {name: session.get_one(RuleVersion, (name, version)) for name, version in active.items()}
    sentences = {name: f"{name} (not in the folder)" for name in rows.keys() - files.keys()}
    for name, path in files.items():
        if waits := _waits(session, path, rows.get(name), at):
            sentences[name] = f"{name} ({waits})"
    return [sentences[name] for name in sorted(sentences)]


def _waits(session: Session, path: Path, row: RuleVersion | None, at: datetime) -> str:
    """Say why the file of a rule is not what is in force, or nothing where it is."""
    try:
        text = path.read_text(encoding="utf-8")
        if row is not None and digest(text) == row.text_digest:
            return ""
        entry = recall_rule(text, path)
    except (FileError, OSError, UnicodeDecodeError):
        return "cannot be read"
    if row is not None and entry.digest == row.digest:
        return ""
    version = entry.rule.version
    published = session.get(RuleVersion, (entry.rule.id, version))
    if published is None or published.digest != entry.digest:
        return f"version {version} is not published"
    life = lifecycle.lives_at(session, at).get((entry.rule.id, version), "kept from an old run")
    return f"version {version} is {life}"


def _expect_sound(place: Installation, book: Rulebook) -> None:
    anomaly.check(book, feature_file.load(place.settings.rules / "features.yml"))


def _expect_tested(entries: Iterable[Entry]) -> None:
    """Refuse rules whose tests fail, or do not show both that they fire and that they stay quiet.

    A detector is fitted, so it has no inline tests.
    """
    entries = list(entries)
    if one_sided := [words for entry in entries if (words := _lacks(entry.rule))]:
        raise SurveillanceError(f"expected tests of both signs, was: {'; '.join(one_sided)}")
    failed = [test for entry in entries for test in try_examples(entry) if not test.passed]
    if failed:
        named = "; ".join(f"{test.rule_id}: {test.name}: {test.message}" for test in failed)
        raise SurveillanceError(f"expected every inline test to pass, was: {named}")


def _lacks(rule: Rule) -> str:
    """Say which sign no test of a rule has, if any."""
    signs = {bool(test.expect) for test in rule.tests if not test.known_gap}
    if isinstance(rule.detect, Strange) or signs == {True, False}:
        return ""
    return f"{rule.id}, of which no test {'stays quiet' if True in signs else 'fires'}"


def _renewed(session: Session, folder: Path, rule_id: str, to: int) -> Entry:
    """Return an old version as it will stand in the folder, under the next number."""
    row = session.get(RuleVersion, (rule_id, to))
    if row is None:
        raise CaseError(
            f"expected a published version, was {rule_id}@{to}; see: surveillance rules history"
        )
    versions = session.exec(select(RuleVersion.version).where(RuleVersion.rule_id == rule_id)).all()
    locked = read_lock(folder).get(rule_id, {})
    text = artefacts.read(session, row.text_digest).decode()
    entry = recall_rule(renumbered(text, 1 + max(*versions, *map(int, locked))), rule_id)
    return replace(entry, path=str(folder / entry.rule.risk / f"{rule_id}.yml"))


def _expect_published(session: Session, path: Path) -> None:
    """Refuse to write over what somebody edited and nobody can get back."""
    if not path.exists():
        return
    entry = recall_rule(path.read_text(encoding="utf-8"), path)
    of = select(RuleVersion.version).where(
        RuleVersion.rule_id == entry.rule.id, RuleVersion.digest == entry.digest
    )
    if session.exec(of.order_by(col(RuleVersion.version)).limit(1)).first() is None:
        raise CaseError(
            f"expected {path} as some version was published, was edited since; "
            "publish it or put it back first"
        )


def _write(folder: Path, entry: Entry) -> None:
    """Write the file and its lock; if the lock cannot be written the file is put back."""
    path = Path(entry.path)
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(entry.text, encoding="utf-8")
    try:
        write_lock(load_rulebook(folder), folder)
    except (SurveillanceError, OSError):
        path.unlink() if before is None else path.write_bytes(before)
        raise
