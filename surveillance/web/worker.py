"""The worker: does the tasks of a server beside its requests, in two lanes.

What judges again, for minutes perhaps, has a lane of its own, so that a PDF never waits behind it;
in a lane they go one after another, for two replays at once would only take each other's
processors. A thread works as long as a task of its lane waits and ends then; whoever asks for one
wakes both.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from threading import Lock, Thread

from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records import tasks
from surveillance.records.tables import TaskRow, TaskState
from surveillance.web.job import Cancelled, Job
from surveillance.web.works import LONG, WORKS

_log = logging.getLogger(__name__)
_BROKEN = "Something went wrong; the server's log says more."


class Worker:
    """Does the tasks of one installation."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        works: Mapping[str, Callable[[Job], tuple[str, str]]] = WORKS,
        long: Collection[str] = LONG,
    ) -> None:
        self._settings, self._engine, self._works, self._long = settings, engine, works, long
        self._lock = Lock()
        self._threads: dict[bool, Thread] = {}

    def start(self) -> None:
        """Begin with what was left when a server was stopped."""
        with Session(self._engine) as session:
            tasks.abandon(session, datetime.now(UTC))
            session.commit()
        self.wake()

    def wake(self) -> None:
        """See to what waits, in each lane, if nobody does."""
        with self._lock:
            for is_long in (False, True):
                if is_long not in self._threads or not self._threads[is_long].is_alive():
                    thread = Thread(target=self._work, args=(is_long,), name="tasks", daemon=True)
                    self._threads[is_long] = thread
                    thread.start()

    def wait(self) -> None:
        """Return when nothing is left to do."""
        with self._lock:
            threads = tuple(self._threads.values())
        for thread in threads:
            thread.join()

    def _work(self, is_long: bool) -> None:
        while task := self._next(is_long):
            self._do(task)

    def _next(self, is_long: bool) -> TaskRow | None:
        """Take a lane's next task; without one, its thread is over before anybody could wake it."""
        with self._lock, Session(self._engine, expire_on_commit=False) as session:
            task = tasks.claim(
                session, datetime.now(UTC), lambda kind: (kind in self._long) is is_long
            )
            session.commit()
            if task is None:
                self._threads.pop(is_long, None)
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
