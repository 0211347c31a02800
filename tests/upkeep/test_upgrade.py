"""What an older version wrote is brought up to date with every row of it, and proves the same."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from surveillance.config import load_settings
from surveillance.proof.replay import replay
from surveillance.records import database, journal, tables
from surveillance.upkeep import doctor
from surveillance.upkeep.upgrade import upgrade
from tests.given.installations import LATER, Home, the_run

FIRST = "0200"
LATER_MADE = {"jobs"}
"""Tables that the first migration did not make."""


def rows(engine: Engine) -> dict[str, list[str]]:
    """Return every row of the tables that the first migration made."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in tables.metadata.sorted_tables
            if table.name not in LATER_MADE
        }


@pytest.fixture
def first(own_small: Home, tmp_path: Path) -> Home:
    """A judged day whose database the first migration made, with all of its rows."""
    path = own_small.path / "surveillance.db"
    place = own_small.opened()
    old = database.engine(f"sqlite:///{tmp_path / 'old.db'}")
    database.migrate(old, FIRST)
    with place.engine.connect() as source, old.begin() as target:
        for table in tables.metadata.sorted_tables:
            if table.name not in LATER_MADE and (found := source.execute(select(table)).all()):
                target.execute(insert(table), [row._asdict() for row in found])
    place.engine.dispose()
    old.dispose()
    for beside in own_small.path.glob("surveillance.db*"):
        beside.unlink()
    shutil.move(tmp_path / "old.db", path)
    return own_small


def test_a_home_of_the_first_migration_is_upgraded_with_every_row_and_replays(
    first: Home, tmp_path: Path
) -> None:
    settings = load_settings(first.path, rules=first.rules)
    before = database.engine(settings.database)
    had, behind = rows(before), {c.name: c for c in doctor.examine(settings, LATER)}["database"]
    before.dispose()
    assert behind.message == f"expected revision {database.newest()}, was {FIRST}"
    assert all(had[name] for name in ("runs", "alerts", "cases", "journal", "artefacts"))

    _, checks = upgrade(settings, tmp_path / "before", LATER)
    assert {check.name for check in checks if not check.is_well} <= {"permissions"}
    place = first.opened()
    has = rows(place.engine)
    assert {name: set(had[name]) - set(has[name]) for name in had} == {name: set() for name in had}
    with place.session() as session:
        assert journal.verify(session).ok
        assert journal.has_entry(session, "upgrade", "installation")
    assert replay(place.settings, the_run(place).id).equal
