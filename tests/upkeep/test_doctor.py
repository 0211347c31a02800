"""The doctor names what is wrong, says what to do, and touches nothing."""

import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from surveillance.config import Settings, load_settings
from surveillance.records import database
from surveillance.schedule import lease
from surveillance.upkeep import doctor
from tests.given.installations import LATER, Home
from tests.given.typed import Say

EVERY = {
    "disk", "permissions", "clock", "database", "belonging", "journal", "anchors", "lake", "rules",
    "venues", "pdf",
}  # fmt: skip


@pytest.fixture
def sound(own_small: Home) -> Home:
    """An installation that only its owner can read."""
    own_small.opened().engine.dispose()
    for path in (own_small.path, *own_small.path.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return own_small


@pytest.fixture
def home(sound: Home, with_fonts: None) -> Home:
    """The same, on a machine whose fonts are not what is asked about."""
    return sound


def wrong(home: Home, **settings: object) -> dict[str, str]:
    """Return what is wrong."""
    loaded: Settings = load_settings(home.path, rules=home.rules, **settings)
    checks = list(doctor.examine(loaded, LATER))
    assert {check.name for check in checks} == EVERY
    assert all(check.is_well or check.remedy for check in checks)
    return {check.name: check.message for check in checks if not check.is_well}


def test_nothing_is_wrong_with_a_sound_installation(sound: Home) -> None:
    assert wrong(sound) == {}


def test_the_command_has_a_row_for_every_check(home: Home, say: Say) -> None:
    assert {row["name"] for row in say(home, "doctor", "--json").json} == EVERY


def test_a_place_where_nothing_is_stays_so(tmp_path: Path, home: Home) -> None:
    found = wrong(Home(tmp_path / "nothing", home.rules))

    assert found.keys() == {"clock", "database", "belonging", "journal", "lake"}
    assert found["database"] == "expected a database, was none"
    assert not (tmp_path / "nothing").exists()


def test_every_line_says_what_to_do(home: Home, say: Say) -> None:
    shutil.rmtree(home.path / "lake" / "transfers")
    lines = say(home, "doctor", expect=1).out

    assert "WRONG  lake: activity:transfers/" in lines
    assert "was deleted" in lines
    assert "restore a backup" in lines


def test_files_that_others_can_read_are_named(home: Home) -> None:
    (home.path / "surveillance.db").chmod(0o644)
    assert "was 1 others, such as" in wrong(home)["permissions"]


def test_a_database_that_is_behind_is_named(home: Home) -> None:
    place = home.opened()
    with place.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0002'"))
    place.engine.dispose()
    assert wrong(home)["database"] == f"expected revision {database.newest()}, was 0002"


def test_an_entry_that_was_changed_is_named(home: Home) -> None:
    place = home.opened()
    with place.engine.begin() as connection:
        trigger = "select name from sqlite_master where type = 'trigger' and tbl_name = 'journal'"
        for (name,) in connection.execute(text(trigger)).all():
            connection.execute(text(f"drop trigger {name}"))
        connection.execute(text("update journal set actor = 'nobody' where seq = 2"))
    place.engine.dispose()
    assert wrong(home)["journal"].startswith("expected digest")


def test_a_database_of_another_lake_is_named(home: Home, tmp_path: Path) -> None:
    Home(tmp_path / "new", home.rules).opened().engine.dispose()
    for path in home.path.glob("surveillance.db*"):
        path.unlink()
    shutil.copy(tmp_path / "new" / "surveillance.db", home.path)
    assert "was an empty one" in wrong(home)["belonging"]


def test_a_rule_that_is_not_locked_and_a_venue_that_is_missing_are_named(home: Home) -> None:
    path = home.rules / "kyc_aml" / "busy_payer.yml"
    path.write_text(path.read_text().replace("value: 3", "value: 4"))
    found = wrong(home, venues=[home.path / "gone.yml"])

    assert "expected version 2" in found["rules"]
    assert "gone.yml" in found["venues"]


def test_a_clock_that_is_behind_is_named(home: Home) -> None:
    place = home.opened()
    lease.take(place, "one", LATER + timedelta(hours=1))
    place.engine.dispose()
    assert wrong(home)["clock"].startswith("expected a time after")


def test_a_disk_that_is_nearly_full_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    assert wrong(home)["disk"] == "expected at least 1,073,741,824 bytes free, was 1"


def test_a_machine_without_fonts_is_named(
    sound: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(f"<?xml version='1.0'?><fontconfig><dir>{tmp_path}</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    assert wrong(sound)["pdf"] == "expected a font for PDF files, was none"
