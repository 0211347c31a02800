"""An installation: settings, a database brought up to date, a lake, and the rules of a folder.

Lake and rules are opened when somebody asks for them: most commands need one of the two at most.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

from surveillance.config import Settings, expect_keyed, expect_own_places
from surveillance.errors import SurveillanceError
from surveillance.records import belonging, journal
from surveillance.records.database import engine, migrate
from surveillance.records.identity import KEYBOARD, Keyboard

if TYPE_CHECKING:
    from surveillance.activity.lake import Lake
    from surveillance.rules.book import Rulebook

_PATIENCE = 120
"""Seconds to wait for another that opens the same home."""


@dataclass(frozen=True)
class Installation:
    """An installation that is open."""

    settings: Settings
    engine: Engine
    keyboard: Keyboard | None = None
    """Who runs the command line; nobody where officers sign in."""
    origin: str = ""
    """How they are bound to the officer for whom they work, for the journal."""
    is_wanted: Callable[[], bool] = lambda: True
    """Asked while the engine works, whether anybody still waits for it."""

    @cached_property
    def lake(self) -> "Lake":
        """Return the lake of its settings.

        Raises:
            SurveillanceError: there is something else than a lake.
        """
        from surveillance.activity.bounds import Bounds
        from surveillance.activity.lake import Lake

        settings, is_wanted = self.settings, self.is_wanted
        bounds = Bounds(settings.rule_seconds, settings.memory_mb, is_wanted=is_wanted)
        return Lake(settings.lake, bounds)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session whose work is kept only if nothing goes wrong.

        Raises:
            SurveillanceError: the database has stopped answering, or refuses to be written.
        """
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                if self.keyboard is not None:
                    session.info[KEYBOARD] = self.keyboard
                    session.info[journal.ORIGIN] = self.origin or self.keyboard.os_user
                with session.begin():
                    yield session
                if head := session.info.get(journal.HEAD):
                    belonging.mark(self.settings.lake, head)
        except OperationalError as wrong:
            raise SurveillanceError(
                f"expected a database that works, was: {_said(wrong)}"
            ) from wrong

    def rulebook(self) -> "Rulebook":
        """Read the rules of the folder, which must be what their lock says."""
        from surveillance.rules.book import load_rulebook
        from surveillance.rules.lock import check_lock

        book = load_rulebook(self.settings.rules)
        check_lock(book, self.settings.rules)
        return book


def open_installation(settings: Settings, keyboard: Keyboard | None = None) -> Installation:
    """Open an installation, making its folder and its database if they are not there.

    Of several that do so at once, one does and the others wait.

    Raises:
        SurveillanceError: the database cannot be opened or is not the lake's, the home is a copy
            that would write elsewhere, or it is an installation of 0.1.
    """
    expect_keyed(settings.lake)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with FileLock(settings.home / ".opening", timeout=_PATIENCE):
            expect_own_places(settings)
            opened = engine(settings.database)
            migrate(opened)
            with Session(opened) as session:
                belonging.recognise(session, settings.lake)
    except Timeout:
        raise SurveillanceError(
            f"expected {settings.home} to be free, was opened by another for {_PATIENCE} s"
        ) from None
    except (SQLAlchemyError, ImportError, OSError) as wrong:
        raise SurveillanceError(f"expected a database that opens, was: {_said(wrong)}") from None
    return Installation(settings, opened, keyboard)


def _said(wrong: Exception) -> str:
    """Return what the driver said, in one line; it never repeats the address or a password."""
    return str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
