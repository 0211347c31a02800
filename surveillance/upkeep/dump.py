"""A database as a file, and back into an empty one; of PostgreSQL by its own tools."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, inspect, make_url
from sqlmodel import Session

from surveillance.errors import SurveillanceError
from surveillance.records import database, journal
from surveillance.records.journal import Anchor

SQLITE, POSTGRESQL = "surveillance.db", "surveillance.dump"
"""Files of a backup: which one is there says what the database was."""


def dump(address: str, folder: Path) -> Anchor:
    """Write a database that others may be writing to into a folder; return how far it surely goes.

    Raises:
        SurveillanceError: it is not there, or PostgreSQL's tools are not.
    """
    url = make_url(address)
    if _is_file(url) and not _path(url).is_file():
        raise SurveillanceError(f"expected a database in {_path(url)}, was none")
    opened = database.engine(address)
    with Session(database.reading(opened)) as session:
        head = journal.head(session)
    opened.dispose()
    if _is_file(url):
        with (
            closing(sqlite3.connect(_path(url))) as there,
            closing(sqlite3.connect(folder / SQLITE)) as copy,
        ):
            there.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    else:
        _tool(url, "pg_dump", "--format=custom", "--file", str(folder / POSTGRESQL))
    return head


def expect_empty(address: str) -> None:
    """Refuse a database that has anything in it.

    Raises:
        SurveillanceError: it has.
    """
    url = make_url(address)
    if _is_file(url):
        if _path(url).exists():
            raise SurveillanceError(f"expected no database yet, was {_path(url)}")
        return
    opened = database.engine(address)
    with opened.connect() as connection:
        tables = inspect(connection).get_table_names()
    opened.dispose()
    if tables:
        raise SurveillanceError(f"expected an empty database, was one of {len(tables)} tables")


def load(folder: Path, address: str) -> None:
    """Put a dump into an empty database, which must be of the kind that it was taken from.

    Raises:
        SurveillanceError: it is not, or PostgreSQL's tools are not there.
    """
    url = make_url(address)
    name = SQLITE if _is_file(url) else POSTGRESQL
    if not (folder / name).exists():
        raise SurveillanceError(
            f"expected a backup of a database such as `database` names, with {name}, was without"
        )
    if _is_file(url):
        shutil.copy(folder / name, _path(url))
    else:
        _tool(url, "pg_restore", "--exit-on-error", "--single-transaction", str(folder / name))


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _path(url: URL) -> Path:
    return Path(url.database or "")


def _tool(url: URL, tool: str, *words: str) -> None:
    """Run a tool of PostgreSQL; the password is in its environment, where no other user sees it."""
    program = shutil.which(tool)
    if program is None:
        raise SurveillanceError(
            f"expected {tool} on the PATH, was none: install the client tools of the server's "
            "version (apt-get install postgresql-client)"
        )
    plain = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    )
    address = plain.render_as_string(hide_password=False)
    command = [program, "--no-owner", "--no-privileges", "--dbname", address, *words]
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env={**os.environ, **secret}
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [str(done.returncode)])[0]
        raise SurveillanceError(f"expected {tool} to work, was: {said}")
