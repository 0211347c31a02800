"""A database is read as it is: no file made beside it, nothing migrated, no torn answer."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlmodel import Session

from surveillance.errors import SurveillanceError
from surveillance.records import database
from surveillance.records.reader import Reader

COUNT = text("SELECT count(*) FROM leases")


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    """A database that is up to date, and that nobody has open."""
    found = tmp_path / "a home #1" / "surveillance.db"
    found.parent.mkdir()
    found.write_bytes(sqlite_template.read_bytes())
    return found


def leases(session: Session) -> int:
    return int(session.connection().execute(COUNT).scalar_one())


def add(path: Path, name: str) -> None:
    """Write a row as another process would."""
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO leases VALUES (?, 'x', '2026-03-02')", (name,))
    connection.close()


def test_reading_makes_no_file_and_changes_none(path: Path) -> None:
    before = path.read_bytes()
    assert Reader(f"sqlite:///{path}").read(leases) == 0

    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_nothing_can_be_written(path: Path) -> None:
    reader, delete = Reader(f"sqlite:///{path}"), text("DELETE FROM leases")
    with pytest.raises(SurveillanceError, match="attempt to write a readonly database"):
        reader.read(lambda session: session.connection().execute(delete))
    other = sqlite3.connect(path)
    other.execute("SELECT * FROM leases")
    with pytest.raises(SurveillanceError, match="attempt to write a readonly database"):
        reader.read(lambda session: session.connection().execute(delete))
    other.close()


def test_what_others_write_is_seen_while_they_have_it_open(path: Path) -> None:
    reader, other = Reader(f"sqlite:///{path}"), sqlite3.connect(path)
    other.execute("INSERT INTO leases VALUES ('tick', 'x', '2026-03-02')")
    assert reader.read(leases) == 0
    other.commit()
    assert reader.read(leases) == 1
    other.close()


def test_what_was_written_while_it_was_read_is_read_again(path: Path) -> None:
    asked = []

    def ask(session: Session) -> int:
        asked.append(leases(session))
        if len(asked) == 1:
            add(path, "tick")
        return asked[-1]

    assert Reader(f"sqlite:///{path}").read(ask) == 1
    assert asked == [0, 1]


def test_one_that_is_behind_is_refused_and_left_behind(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    with pytest.raises(SurveillanceError, match=f"{database.newest()}, was 0001: it must be"):
        Reader(f"sqlite:///{path}")
    with pytest.raises(SurveillanceError, match="was 0001"):
        Reader(f"sqlite:///{path}")


def test_one_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurveillanceError, match="expected a database, was no file"):
        Reader(f"sqlite:///{tmp_path / 'none.db'}")
    (tmp_path / "empty.db").touch()
    with pytest.raises(SurveillanceError, match="was none: it must be migrated"):
        Reader(f"sqlite:///{tmp_path / 'empty.db'}")
    (tmp_path / "text.db").write_text("This is no database at all, but it is long enough." * 20)
    with pytest.raises(SurveillanceError, match="expected a database that can be read"):
        Reader(f"sqlite:///{tmp_path / 'text.db'}")
    assert len(list(tmp_path.iterdir())) == 2


def test_postgresql_is_read_in_transactions_that_cannot_write(postgres: str) -> None:
    address = make_url(postgres).set(database="reader").render_as_string(False)
    server = create_engine(database._with_psycopg(postgres), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE reader"))
    with pytest.raises(SurveillanceError, match="was none: it must be migrated"):
        Reader(address)
    engine = database.engine(address)
    database.migrate(engine)
    engine.dispose()
    reader = Reader(address)

    assert reader.read(leases) == 0
    with pytest.raises(SurveillanceError, match="read-only transaction"):
        reader.read(lambda session: session.connection().execute(text("DELETE FROM leases")))
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE reader WITH (FORCE)"))
    server.dispose()
