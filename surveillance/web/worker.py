"""The worker: does the tasks of a server, one after another, beside its requests.

A thread works as long as a task waits and ends then; whoever asks for one wakes it. Two replays at
once would only take each other's processors.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock, Thread

from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records import tasks
from surveillance.records.tables import TaskRow, TaskState
from surveillance.web.job import Cancelled, Job
from surveillance.web.works import WORKS

_log = logging.getLogger(__name__)
_BROKEN = "Something went wrong; the server's log says more."


class Worker:
    """Does the tasks of one installation."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        works: Mapping[str, Callable[[Job], tuple[str, str]]] = WORKS,
    ) -> None:
        self._settings, self._engine, self._works = settings, engine, works
        self._lock = Lock()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin with what was left when a server was stopped."""
        with Session(self._engine) as session:
            tasks.abandon(session, datetime.now(UTC))
            session.commit()
        self.wake()

    def wake(self) -> None:
        """See to what waits, if nobody does."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="tasks", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Return when nothing is left to do."""
        if thread := self._thread:
            thread.join()

    def _work(self) -> None:
        while task := self._next():
            self._do(task)

    def _next(self) -> TaskRow | None:
        """Take the next task; without one, the thread is over before anybody could wake it."""
        with self._lock, Session(self._engine, expire_on_commit=False) as session:
            task = tasks.claim(session, datetime.now(UTC))
            session.commit()
            if task is None:
                self._thread = None
            return task

    def _do(self, task: TaskRow) -> None:
        try:
            address, answer = self._works[task.kind](Job(self._settings, self._engine, task))
        except Cancelled:
            return
        except SurveillanceError as wrong:
            self._end(task, TaskState.FAILED, str(wrong))
            return
        except Exception:  # a fault of ours costs its task, and not those that wait
            _log.exception("task %s, %s, broke", task.id, task.kind)
            self._end(task, TaskState.FAILED, _BROKEN)
            return
        self._end(task, TaskState.DONE, address=address, answer=answer)

    def _end(
        self,
        task: TaskRow,
        state: TaskState,
        message: str = "",
        address: str = "",
        answer: str = "",
    ) -> None:
        with Session(self._engine) as session:
            tasks.end(
                session, task.id or 0, state, at=datetime.now(UTC),
                message=message, address=address, answer=answer,
            )  # fmt: skip
            session.commit()
