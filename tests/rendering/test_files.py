"""Files of reports: one whose row never came to be is deleted by the next."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.records import journal
from surveillance.records.tables import Officer, Report
from surveillance.rendering import files
from surveillance.reports import Rendered
from surveillance.reports.pages import ReportKind
from tests.given.dossiers import NOON


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def saved(session: Session, settings: Settings, officer: Officer, pdf: bytes) -> Report:
    kind = ReportKind("run", "replay-certificate", "Certificate")
    rendered = Rendered(kind, "", pdf, digest(pdf), b"")
    at = NOON + timedelta(hours=1)
    return files.save(
        session, settings, rendered, subject="run:x", officer=officer, at=at,
        journal_head=journal.head(session),
    )  # fmt: skip


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.reports / "run").iterdir())


def test_a_file_whose_row_was_committed_stays(
    session: Session, settings: Settings, staff: dict[str, Officer]
) -> None:
    reports = [saved(session, settings, staff["officer-1"], pdf) for pdf in (b"one", b"two")]
    session.commit()

    assert names(settings) == sorted(Path(report.path).name for report in reports)
    assert [files.read(settings.reports, report) for report in reports] == [b"one", b"two"]


def test_a_file_whose_row_never_came_to_be_is_deleted_by_the_next(
    session: Session, settings: Settings, staff: dict[str, Officer]
) -> None:
    session.commit()
    left = saved(session, settings, staff["officer-1"], b"left").path
    session.rollback()
    assert (settings.reports / left).exists()

    report = saved(session, settings, staff["officer-1"], b"next")
    session.commit()
    assert names(settings) == [Path(report.path).name]


def test_a_file_with_a_row_stays_whatever_note_lies_beside_it(
    session: Session, settings: Settings, staff: dict[str, Officer]
) -> None:
    first = saved(session, settings, staff["officer-1"], b"first")
    session.commit()
    (settings.reports / first.path).with_suffix(".unfinished").touch()

    saved(session, settings, staff["officer-1"], b"next")
    session.commit()
    assert len(names(settings)) == 2
    assert files.read(settings.reports, first) == b"first"
