"""A database that is read and left as it is: never migrated, never written, no file made beside it.

SQLite's own read-only mode makes two files beside a database that nobody has open, and leaves
them there. Such a database is read as one that does not change, and again if it did meanwhile.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar
from urllib.parse import quote

from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from surveillance.errors import SurveillanceError
from surveillance.records import database

_Answer = TypeVar("_Answer")
_Stamp: TypeAlias = tuple[int, int] | None
"""When a file was last changed, and its size; nothing of a database that is in use or no file."""


class Reader:
    """The database at ``url``, for those who only read.

    Raises:
        SurveillanceError: it is not there, cannot be read, or has to be migrated first.
    """

    def __init__(self, url: str) -> None:
        self._url, self._file = url, _file_of(url)
        if self._file is not None and not self._file.is_file():
            raise SurveillanceError(f"expected a database, was no file {self._file}")
        revision, newest = self.read(_revision), database.newest()
        if revision != newest:
            raise SurveillanceError(
                f"expected a database at revision {newest}, was {revision}: it must be migrated "
                "first, which every command does, for one: surveillance runs"
            )

    def read(self, ask: Callable[[Session], _Answer]) -> _Answer:
        """Return what ``ask`` reads in one transaction."""
        while True:
            before = self._stamp()
            try:
                answer = self._answer(ask, at_rest=before is not None)
            except SQLAlchemyError as wrong:
                reason = str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
                if self._stamp() == before:
                    raise SurveillanceError(
                        f"expected a database that can be read, was: {reason}"
                    ) from None
                continue
            if before is None or self._stamp() == before:
                return answer

    def _answer(self, ask: Callable[[Session], _Answer], *, at_rest: bool) -> _Answer:
        engine = database.reading(database.engine(self._url_to_read(at_rest)))
        try:
            with Session(engine, expire_on_commit=False) as session:
                return ask(session)
        finally:
            engine.dispose()

    def _url_to_read(self, at_rest: bool) -> str:
        if self._file is None:
            return self._url
        mode = "immutable=1" if at_rest else "mode=ro"
        # Quoted twice, because SQLAlchemy reads it once before SQLite does.
        return f"sqlite:///file:{quote(quote(str(self._file.resolve())))}?{mode}&uri=true"

    def _stamp(self) -> _Stamp:
        if self._file is None or Path(f"{self._file}-wal").exists():
            return None
        status = self._file.stat()
        return status.st_mtime_ns, status.st_size


def _file_of(url: str) -> Path | None:
    address = make_url(url)
    is_file = address.get_backend_name() == "sqlite" and address.database
    return Path(str(address.database)) if is_file else None


def _revision(session: Session) -> str:
    connection = session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return "none"
    found = connection.execute(text("SELECT version_num FROM alembic_version"))
    return ", ".join(sorted(row[0] for row in found)) or "none"
