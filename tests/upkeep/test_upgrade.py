"""What an older version wrote is brought up to date with every row of it, and proves the same."""

import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, inspect, select

from surveillance.config import load_settings
from surveillance.proof.replay import replay
from surveillance.records import database, journal, seals, tables
from surveillance.upkeep import doctor
from surveillance.upkeep.upgrade import upgrade
from tests.given.installations import LATER, Home, the_run

FIRST = "0200"
SINCE_GONE = {"officers": {"failures": 0}}
"""Columns that it made without a default, and that are no more."""


@cache
def first_names() -> dict[str, set[str]]:
    """Return the columns of every table that the first migration made."""
    with TemporaryDirectory() as folder:
        engine = database.engine(f"sqlite:///{folder}/first.db")
        database.migrate(engine, FIRST)
        found = inspect(engine)
        names = {
            table: {column["name"] for column in found.get_columns(table)}
            for table in found.get_table_names()
        }
        engine.dispose()
    return names


def first_tables() -> list[Table]:
    """Return the tables that the first migration made, as they are now."""
    return [table for table in tables.metadata.sorted_tables if table.name in first_names()]


def first_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table that the first migration made."""
    return [column for column in table.columns if column.name in first_names()[table.name]]


def rows(engine: Engine) -> dict[str, list[str]]:
    """Return every row of the tables that the first migration made."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(*first_columns(table))).all()))
            for table in first_tables()
        }


def without_seals(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of a journal that had no seals yet, chained."""
    chained: list[dict[str, Any]] = []
    previous = journal.GENESIS
    for entry in entries:
        if entry["verb"] in {seals.SEAL, "map"}:
            continue
        row = entry | {"seq": len(chained) + 1, "previous": previous}
        previous = row["digest"] = journal._seal(tables.JournalEntry(**row))
        chained.append(row)
    return chained


@pytest.fixture
def first(own_small: Home, tmp_path: Path) -> Home:
    """A judged day whose database the first migration made, with all of its rows."""
    path = own_small.path / "surveillance.db"
    place = own_small.opened()
    old = database.engine(f"sqlite:///{tmp_path / 'old.db'}")
    database.migrate(old, FIRST)
    with place.engine.connect() as source, old.begin() as target:
        for table in first_tables():
            of = source.execute(select(*first_columns(table)).order_by(*table.primary_key))
            found = [row._asdict() | SINCE_GONE.get(table.name, {}) for row in of]
            if table.name == "journal":
                found = without_seals(found)
            if found:
                gone = [Column(name, Integer) for name in SINCE_GONE.get(table.name, ())]
                of_then = [Column(column.name, column.type) for column in first_columns(table)]
                target.execute(insert(Table(table.name, MetaData(), *of_then, *gone)), found)
    place.engine.dispose()
    old.dispose()
    for beside in own_small.path.glob("surveillance.db*"):
        beside.unlink()
    (own_small.path / "lake" / ".journal").unlink()
    shutil.move(tmp_path / "old.db", path)
    return own_small


@pytest.mark.usefixtures("with_fonts")
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
