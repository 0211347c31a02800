"""Whatever somebody does to the database past the journal is found, each kind by its name."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.casework import cases, suppressions
from surveillance.config.sections import Anchoring
from surveillance.records import artefacts, database, journal, reads, seals
from surveillance.records.tables import (
    Case,
    Life,
    Officer,
    Report,
    RuleStep,
    RuleVersion,
    SegmentModel,
    Watermark,
)
from surveillance.upkeep import anchors
from tests.given.floor import furnish
from tests.given.tampering import KINDS, reseal, tamper

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A folder with a worked database, an older copy of it, and anchors; to be copied."""
    folder = tmp_path_factory.mktemp("tiny")
    shutil.copy(sqlite_template, folder / "now.db")
    opened = database.engine(f"sqlite:///{folder / 'now.db'}")
    with Session(opened) as session:
        session.info[journal.ORIGIN] = "root"
        journal.append(session, "system", "begin", "installation", {}, at=NOW)
        session.commit()
    furnish(opened, NOW)
    opened.dispose()
    shutil.copy(folder / "now.db", folder / "older.db")
    opened = database.engine(f"sqlite:///{folder / 'now.db'}")
    with Session(opened) as session:
        work(session)
        session.commit()
        anchors.anchor(Anchoring(folder=folder / "anchors"), journal.head(session), NOW)
    opened.dispose()
    return folder


def work(session: Session) -> None:
    """Write a row of every kind that the furnished floor lacks."""
    officer = session.get_one(Officer, "officer-1")
    case = session.exec(select(Case)).all()[0]
    for minute in (0, 1, 3):
        cases.read(session, case.id, officer, NOW + timedelta(minutes=minute))
        session.commit()
    session.add(Watermark(source="surveilled", ts=NOW))
    text = artefacts.keep(session, "rule", b"id: spoofing", NOW)
    session.add(RuleVersion(
        rule_id="spoofing", version=1, digest=text, text_digest=text, created_at=NOW,
    ))  # fmt: skip
    session.flush()
    session.add(RuleStep(
        rule_id="spoofing", version=1, life=Life.SHADOW, since=NOW, by="officer-1",
    ))  # fmt: skip
    until, why = NOW + timedelta(days=30), "Known fault of its engine."
    suppressions.propose(session, officer, "spoofing", "OWN-1042", until=until, reason=why, at=NOW)
    session.add(SegmentModel(
        version=1, digest=text, fitted_from=NOW - timedelta(days=7), fitted_to=NOW, created_at=NOW,
    ))  # fmt: skip
    session.add(Report(
        kind="case-file", case_id=case.id, subject=f"case:{case.id}", sha256="cd", path="x.pdf",
        created_at=NOW, created_by="officer-1", journal_head=text,
    ))  # fmt: skip


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    return shutil.copytree(tiny, tmp_path / "tiny")


def found(folder: Path) -> list[str]:
    """Return the subjects of everything that is not as it should be."""
    opened = database.engine(f"sqlite:///{folder / 'now.db'}")
    with Session(database.reading(opened)) as session:
        chain = journal.verify(session)
        outside = anchors.findings(session, Anchoring(folder=folder / "anchors"))
        findings = [*seals.findings(session), *reads.findings(session), *outside]
    opened.dispose()
    broken = [] if chain.ok else ["journal"]
    return broken + [finding.subject for finding in findings]


def test_what_nobody_touched_is_as_sealed(folder: Path) -> None:
    assert found(folder) == []


@pytest.mark.parametrize("name", KINDS)
def test_tampering_is_found(folder: Path, name: str) -> None:
    kind = KINDS[name]
    tamper(folder / "now.db", kind.statements)
    subjects = found(folder)
    assert any(subject.startswith(kind.subject) for subject in subjects), subjects


def test_an_older_database_put_back_is_found(folder: Path) -> None:
    shutil.copy(folder / "older.db", folder / "now.db")
    [subject] = found(folder)
    assert subject.startswith("anchor:")


def test_a_fork_that_was_sealed_anew_is_found_by_the_anchor_alone(folder: Path) -> None:
    tamper(folder / "now.db", ["update journal set actor = actor"])
    reseal(folder / "now.db", since=9)
    [subject] = found(folder)
    assert subject.startswith("anchor:")


def test_an_anchor_that_was_changed_is_found(folder: Path) -> None:
    [path] = (folder / "anchors").glob("*.json")
    path.write_text("{}")
    assert found(folder) == [f"anchor:{path.name}"]


@pytest.fixture
def opened(folder: Path) -> Iterator[Engine]:
    """The database of the folder."""
    made = database.engine(f"sqlite:///{folder / 'now.db'}")
    yield made
    made.dispose()


def test_a_row_that_is_erased_leaves_a_tombstone(opened: Engine, folder: Path) -> None:
    with Session(opened) as session:
        session.delete(session.get_one(Watermark, "surveilled"))
        session.commit()
    assert found(folder) == []
    tamper(folder / "now.db", ["insert into watermarks values ('surveilled', '2026-01-01')"])
    assert found(folder) == ["row:watermarks/surveilled"]


def test_a_row_of_a_transaction_that_failed_has_no_seal(opened: Engine, folder: Path) -> None:
    with Session(opened) as session:
        session.add(Watermark(source="lost", ts=NOW))
        session.flush()
        session.rollback()
        session.add(Watermark(source="kept", ts=NOW))
        session.commit()
        assert {row.key for row in seals.last(session)} >= {"kept"}
        assert "lost" not in {row.key for row in seals.last(session)}
    assert found(folder) == []


def test_what_was_wrong_before_a_migration_stays_wrong(opened: Engine, folder: Path) -> None:
    tamper(folder / "now.db", ["update cases set priority = 1"])
    before = found(folder)
    with opened.begin() as connection:
        database.lock(connection)
        seals.carry(connection, lambda: None)
    assert found(folder) == before != []


def test_rows_without_a_seal_get_theirs_from_the_first_migration_that_knows_of_any(
    opened: Engine, folder: Path
) -> None:
    with Session(opened) as session:
        session.connection().exec_driver_sql("drop trigger journal_no_delete")
        session.connection().exec_driver_sql("delete from journal")
        session.commit()
    with opened.begin() as connection:
        seals.carry(connection, lambda: None)
    with Session(opened) as session:
        assert list(seals.findings(session)) == []
        assert journal.verify(session).ok
