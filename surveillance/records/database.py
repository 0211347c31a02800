"""The database: an engine whose writers go one after another, and its migrations.

On SQLite a transaction begins IMMEDIATE, on PostgreSQL the one that writes takes ``lock``. Few
people write and the journal is one chain, so simplicity costs nothing here.
"""

import weakref
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from surveillance.errors import SurveillanceError

_LOCK = 0x5375_7276
T = TypeVar("T")


def engine(url: str) -> Engine:
    """Return an engine whose transactions write safely beside others, and under seals."""
    from surveillance.records import sealing  # which needs the tables, as little else here does

    sealing.listen()
    opened = create_engine(_with_psycopg(url))
    if opened.dialect.name == "sqlite":
        event.listen(opened, "connect", _set_pragmas)
        event.listen(opened, "begin", _begin)
    # At the end of the process too, so that all is in the one file that people copy.
    weakref.finalize(opened, opened.pool.dispose)
    return opened


def reading(writing: Engine) -> Engine:
    """Return the same engine for transactions that only read, and so wait for nobody."""
    return writing.execution_options(only_reads=True, postgresql_readonly=True)


def lock(connection: Connection) -> None:
    """Make every other writer wait until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def portions(values: Collection[T], size: int = 500) -> Iterator[list[T]]:
    """Yield values in lists that one statement can name."""
    ordered = list(values)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def migrate(target: Engine, revision: str = "head") -> None:
    """Bring the database to ``revision``, forward or (``base``) all the way back.

    Raises:
        SurveillanceError: it stands at a revision that is not known here.
    """
    if revision == "head" and _is_current(target):
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    from surveillance.records import seals

    config = Config()
    config.set_main_option("script_location", "surveillance.records:migrations")
    with target.begin() as connection:
        lock(connection)
        config.attributes["connection"] = connection
        move = command.downgrade if revision == "base" else command.upgrade
        try:
            if revision == "head":
                seals.carry(connection, lambda: move(config, revision))
            else:
                move(config, revision)
        except CommandError as wrong:
            raise SurveillanceError(
                f"expected a database of this version or of one before it, was: {wrong}; what 0.1 "
                "made is not read: begin a new home and pull the venues again"
            ) from None


def newest() -> str:
    """Return the revision of a database that is up to date: the number of the last migration."""
    folder = Path(__file__).parent / "migrations" / "versions"
    return max(path.name for path in folder.glob("[0-9]*.py")).partition("_")[0]


def _is_current(target: Engine) -> bool:
    """Say whether the last migration was made; Alembic takes half a second to say so."""
    try:
        with reading(target).connect() as connection:
            revisions = connection.execute(text("SELECT version_num FROM alembic_version"))
            return [str(revision) for (revision,) in revisions] == [newest()]
    except (OperationalError, ProgrammingError):
        return False


def _with_psycopg(url: str) -> Any:
    parsed = make_url(url)
    plain = parsed.drivername in {"postgres", "postgresql"}
    return parsed.set(drivername="postgresql+psycopg") if plain else parsed


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
