"""A venue's database: asked one SELECT at a time, never written to, and not for ever.

An address may hold a password, and drivers repeat addresses. So what goes wrong here is raised
in one line that is cleared of secrets, and without the driver's own error behind it. Which of the
two errors it is decides whether a schedule goes on: what a second try may mend is a SourceError.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, NullPool, TextClause, create_engine, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)

from surveillance.errors import SourceAbort, SourceError

CHUNK = 5_000
"""Rows that are fetched at once."""
_SECRET = re.compile(r"pass|pwd|secret|token|key|credential", re.IGNORECASE)
_PLACES = frozenset(("host", "hostaddr", "port", "service", "dbname", "passfile", "sslkey"))
"""Parameters of an address that say where something is, and hold no secret."""
_WRONG = re.compile(
    r"no such (table|column|function)|does not exist|syntax error|incomplete input|read-?only"
    r"|permission denied|access denied|authentication failed|no password supplied|pg_hba"
    r"|not a database",
    re.IGNORECASE,
)
"""What drivers say of credentials and schemas, where their classes of errors do not."""
_LATE = re.compile(r"interrupted|statement timeout|canceling statement", re.IGNORECASE)


@dataclass
class Database:
    """An open database; ``seconds`` is how long it may take to bring a chunk of rows."""

    connection: Connection
    address: URL
    seconds: float
    _until: list[float] = field(default_factory=lambda: [float("inf")])

    def ask(
        self, select: TextClause, values: Mapping[str, Any]
    ) -> tuple[list[str], Iterator[list[tuple[Any, ...]]]]:
        """Return the columns of a SELECT, and its rows in chunks.

        Raises:
            SourceError: it does not answer in time, or not now.
            SourceAbort: it refuses the SELECT.
        """
        with _explained(self.address, self.seconds):
            self._wait()
            result = self.connection.execute(
                select,
                values,
                execution_options={"stream_results": True, "max_row_buffer": CHUNK},
            )
            if not result.returns_rows:
                raise SourceAbort("expected a SELECT that gives rows, was one that gives none")
            return list(result.keys()), self._chunks(result)

    def _chunks(self, result: Any) -> Iterator[list[tuple[Any, ...]]]:
        while True:
            with _explained(self.address, self.seconds):
                self._wait()
                rows = [tuple(row) for row in result.fetchmany(CHUNK)]
            if not rows:
                return
            yield rows

    def _wait(self) -> None:
        self._until[0] = time.monotonic() + self.seconds

    def is_late(self) -> bool:
        """Say whether the time for what is being asked is over."""
        return time.monotonic() > self._until[0]


@contextmanager
def opened(address: URL, seconds: float, zone: str) -> Iterator[Database]:
    """Open a database for one transaction that reads and is rolled back.

    ``zone`` is where its times without a zone are at home, for what a SELECT compares with them.

    Raises:
        SourceError: it cannot be reached now.
        SourceAbort: it lets nobody in with these credentials, or there is no driver for it.
    """
    is_postgres = address.get_backend_name() == "postgresql"
    with _explained(address, seconds):
        engine = create_engine(
            address,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"connect_timeout": 30} if is_postgres else {},
        )
        options: Any = {"postgresql_readonly": True} if is_postgres else {}
        connection = engine.connect().execution_options(**options)
    with connection:
        database = Database(connection, address, seconds)
        with _explained(address, seconds):
            _limit(database, zone)
        yield database


def address_of(url: str, folder: Path, where: str) -> URL:
    """Read the address that stands in ``where``; SQLite files are found below ``folder``.

    Raises:
        SourceAbort: it is no address, or names a SQLite file that is not there.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise SourceAbort(
            f"expected the address of a database in {where}, such as postgresql://user@host/name, "
            "was unreadable"
        ) from None
    if address.drivername in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    name = address.database
    if address.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return address
    path = folder / name
    if not path.is_file():
        raise SourceAbort(f"expected a SQLite file {path}, was none")
    return address.set(database=str(path))


def holds_secret(url: str) -> bool:
    """Say whether an address holds a password, or anything that is called like one."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return "@" in url
    return address.password is not None or bool(_secrets(address))


def _limit(database: Database, zone: str) -> None:
    """Let the database itself refuse writes and stop after the time, where it can."""
    connection, kind = database.connection, database.address.get_backend_name()
    if kind == "postgresql":
        milliseconds = max(1, int(database.seconds * 1000))
        connection.exec_driver_sql(f"set local statement_timeout = {milliseconds}")
        connection.execute(text("select set_config('TimeZone', :zone, true)"), {"zone": zone})
    elif kind == "sqlite":
        connection.exec_driver_sql("pragma query_only = on")
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(database.is_late, 10_000)


@contextmanager
def _explained(address: URL, seconds: float) -> Iterator[None]:
    try:
        yield
    except ImportError as wrong:
        advice = ': pip install "surveillance[postgres]"' if "psycopg" in str(wrong) else ""
        raise SourceAbort(
            f"expected a driver for {address.drivername}, was none: {wrong.name}{advice}"
        ) from None
    except SQLAlchemyError as wrong:
        raise _error(wrong, address, seconds) from None


def _error(wrong: SQLAlchemyError, address: URL, seconds: float) -> SourceError | SourceAbort:
    driver = wrong.orig if isinstance(wrong, DBAPIError) else wrong
    lines = str(driver).strip().splitlines() or [type(driver).__name__]
    message = _cleared(lines[0], address)
    if _LATE.search(message):
        return SourceError(f"expected an answer within {seconds:g} s, was none")
    is_wrong = not isinstance(wrong, DBAPIError) or isinstance(
        wrong, (ProgrammingError, NotSupportedError)
    )
    kind = SourceAbort if is_wrong or _WRONG.search(message) else SourceError
    return kind(f"expected an answer of the database, was: {message}")


def _cleared(message: str, address: URL) -> str:
    """Return a message without the secrets of an address, written plainly or as in a URL."""
    for secret in filter(None, [str(address.password or ""), *_secrets(address)]):
        for form in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
            message = message.replace(form, "***")
    return message


def _secrets(address: URL) -> list[str]:
    """Return the values of parameters that are called like secrets."""
    names = [name for name in address.query if _SECRET.search(name) and name not in _PLACES]
    return [value for name in names for value in address.normalized_query[name]]


def place_of(address: URL) -> list[Any]:
    """Return where a database is, without who asks and with what password."""
    found = {name: address.query[name] for name in sorted(_PLACES & address.query.keys())}
    kind = address.get_backend_name()
    return [kind, address.host, address.port, address.database, found]
