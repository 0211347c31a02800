"""An installation: settings, a database brought up to date, a lake, and the rules of a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

from surveillance.activity.bounds import Bounds
from surveillance.activity.lake import Lake
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records.database import engine, migrate
from surveillance.rules.book import Rulebook, load_rulebook
from surveillance.rules.lock import check_lock


@dataclass(frozen=True)
class Installation:
    """An installation that is open."""

    settings: Settings
    engine: Engine
    lake: Lake

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session whose work is kept only if nothing goes wrong.

        Raises:
            SurveillanceError: the database has stopped answering, or refuses to be written.
        """
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as wrong:
            raise SurveillanceError(
                f"expected a database that works, was: {_said(wrong)}"
            ) from wrong

    def rulebook(self) -> Rulebook:
        """Read the rules of the folder, which must be what their lock says."""
        book = load_rulebook(self.settings.rules)
        check_lock(book, self.settings.rules)
        return book


def open_installation(settings: Settings) -> Installation:
    """Open an installation, making its folders and its database if they are not there.

    Raises:
        SurveillanceError: the database or the lake cannot be opened.
    """
    from alembic.util import CommandError

    lake = Lake(settings.lake, Bounds(settings.rule_seconds, settings.memory_mb))
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        opened = engine(settings.database)
        migrate(opened)
    except (SQLAlchemyError, CommandError, ImportError, OSError) as wrong:
        raise SurveillanceError(f"expected a database that opens, was: {_said(wrong)}") from None
    return Installation(settings, opened, lake)


def _said(wrong: Exception) -> str:
    """Return what the driver said, in one line; it never repeats the address or a password."""
    return str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
