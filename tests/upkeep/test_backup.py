"""What was backed up comes back whole, elsewhere, and proves the same runs."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from surveillance.config import load_settings
from surveillance.errors import SurveillanceError
from surveillance.proof.replay import replay
from surveillance.records import journal
from surveillance.records.tables import Alert
from surveillance.upkeep import backup
from surveillance.upkeep.upgrade import upgrade
from tests.given.installations import LATER, Home, the_run


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


def test_what_lands_while_a_backup_is_written_is_in_it_whole_or_not_at_all(
    own_small: Home, written: Path, tmp_path: Path
) -> None:
    """A backup of the restored backup is the same backup."""
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


def test_a_database_on_a_server_is_copied_by_its_own_tools(own_small: Home, tmp_path: Path) -> None:
    url = "postgresql://somebody:secret@nowhere/x"
    settings = load_settings(own_small.path, rules=own_small.rules, database=url)
    with pytest.raises(SurveillanceError, match="pg_dump") as refused:
        backup.back_up(settings, tmp_path / "to")
    assert "secret" not in str(refused.value)


def test_a_backup_and_what_comes_after_it_stand_in_the_journal(
    own_small: Home, tmp_path: Path
) -> None:
    said = own_small.run("backup", str(tmp_path / "b"))
    home = Home(tmp_path / "restored", own_small.rules)
    home.run("restore", str(tmp_path / "b"))

    place = own_small.opened()
    with place.session() as session:
        assert journal.has_entry(session, "backup", "installation")
    seq = json.loads((tmp_path / "b" / "backup.json").read_text())["journal"]["seq"]
    assert f"head {seq}:" in said
    home.run("journal", "verify")


def test_an_upgrade_leaves_a_backup_and_looks_at_all(own_small: Home, tmp_path: Path) -> None:
    place = own_small.opened()
    written, checks = upgrade(place.settings, tmp_path / "before", LATER)

    assert backup.check(written.path)
    assert {check.name for check in checks if not check.is_well} <= {"permissions", "clock"}
    with place.session() as session:
        assert journal.has_entry(session, "upgrade", "installation")
