"""A job: a task at work, what it needs of its installation, and how it hears of its end."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.records import belonging, database, journal, tasks
from surveillance.records.tables import Officer, TaskRow

_LOOK = 1.0
"""Seconds between two looks whether a task at work was cancelled."""


class Cancelled(Exception):
    """The task is not wanted any more."""


@dataclass
class Job:
    """A task at work: its installation, and what was asked."""

    settings: Settings
    engine: Engine
    task: TaskRow
    looked_at: float = -_LOOK

    @property
    def argument(self) -> Mapping[str, Any]:
        """Return what was asked for."""
        read: Mapping[str, Any] = json.loads(self.task.argument)
        return read

    @property
    def name(self) -> str:
        """Return the name of the subject without its kind."""
        return self.task.subject.partition(":")[2]

    def step(self, message: str) -> None:
        """Say which step comes; a Cancelled says that nobody wants it any more."""
        with Session(self.engine) as session:
            goes_on = tasks.step(session, self.task.id or 0, message)
            session.commit()
        if not goes_on:
            raise Cancelled

    def is_wanted(self) -> bool:
        """Say whether the task was not cancelled, as of a moment ago; the engine asks often."""
        if monotonic() - self.looked_at < _LOOK:
            return True
        self.looked_at = monotonic()
        with self.reading() as session:
            row = session.get(TaskRow, self.task.id)
        return row is not None and row.is_open

    def reading(self) -> Session:
        """Open a session that waits for nobody."""
        return Session(database.reading(self.engine))

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, Officer]]:
        """Open a session for the officer who asked, that commits at its end."""
        self.step("keeping it")
        with Session(self.engine, expire_on_commit=False) as session:
            yield session, session.get_one(Officer, self.task.asked_by)
            session.commit()
            if head := session.info.get(journal.HEAD):
                belonging.mark(self.settings.lake, head)
