"""What each job came to: logged, counted and kept, so that people see it who read no logs.

Whatever goes wrong in a job ends there. What is said of it names no person and holds no secret: an
error of ours is quoted, since it is written for that; of any other its kind and place are said.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from surveillance.errors import CanaryMissed, SourceAbort, SurveillanceError
from surveillance.installation import Installation
from surveillance.records.tables import JobRow
from surveillance.schedule import lease
from surveillance.schedule.jobs import Job

_log = logging.getLogger(__name__)
_LEAST = timedelta(microseconds=1)
_FINAL = (SourceAbort, CanaryMissed)
"""What trying again soon will not mend."""


@dataclass(slots=True)
class Outcome:
    """What one attempt at a job came to; ``failing`` counts failures in a row, with this one."""

    job: str
    at: datetime
    message: str = ""
    is_final: bool = False
    failing: int = 0

    @property
    def is_worth_retrying(self) -> bool:
        """Tell whether trying again soon may help."""
        return bool(self.message) and not self.is_final


class Worker:
    """Who attempts jobs for an installation, and keeps what they came to."""

    def __init__(self, place: Installation, holder: str, now: Callable[[], datetime]) -> None:
        self.place, self._holder, self._now = place, holder, now
        self._waiting: list[Outcome] = []
        self._pulling: dict[str, datetime] = {}
        self._keeping, self._starting = Lock(), Lock()

    @property
    def is_pulling(self) -> bool:
        """Tell whether a venue is being pulled now."""
        return bool(self._pulling)

    def renew(self) -> datetime | None:
        """Take or renew the lease and return the time to go by, or None if another holds it."""
        return lease.take(self.place, self._holder, self._now())

    def attempt(self, job: Job) -> Outcome | None:
        """Do a job if the lease is ours; return what it came to, or None if it is another's."""
        outcome, is_ours = Outcome(job.name, self._now()), True

        def work() -> None:
            nonlocal is_ours
            at = self._start(job)
            is_ours = at is not None
            if at is not None:
                job.work(self.place, at)

        wrong = guarded(job.name, work)
        self._pulling.pop(job.name, None)
        if not is_ours:
            _log.info("%s: another scheduler holds the lease", job.name)
            return None
        if wrong is not None:
            outcome.message, outcome.is_final = described(wrong), isinstance(wrong, _FINAL)
        outcome.failing = self._keep(outcome)
        return outcome

    def _start(self, job: Job) -> datetime | None:
        """Return the time that a job goes by, or None if the lease is another's.

        What a pull lands has arrived when the pull began, so nothing is judged as known after that
        while the pull goes on: its last rows would be taken for known, and judged by nobody.
        """
        with self._starting:
            at = self.renew()
            if at is not None and job.is_pull:
                self._pulling[job.name] = at
                return at
            return at and min([at, *(began - _LEAST for began in self._pulling.values())])

    def _keep(self, outcome: Outcome) -> int:
        """Keep an outcome and those that could not be kept before; return failures in a row."""
        with self._keeping:
            self._waiting.append(outcome)
            if guarded("keeping what jobs came to", self._write) is not None:
                return sum(each.job == outcome.job for each in self._waiting)
            self._waiting.clear()
            return outcome.failing

    def _write(self) -> None:
        with self.place.session() as session:
            for each in self._waiting:
                row = session.get(JobRow, each.job) or JobRow(name=each.job, ended_at=each.at)
                row.runs += 1
                row.failures += bool(each.message)
                row.failing = row.failing + 1 if each.message else 0
                row.ended_at, row.message = each.at, each.message
                row.succeeded_at = row.succeeded_at if each.message else each.at
                each.failing = row.failing
                session.add(row)


def guarded(name: str, work: Callable[[], object]) -> BaseException | None:
    """Do something, and return what went wrong, logged, instead of raising it."""
    try:
        work()
    # A plug-in that calls sys.exit ends its own job, not the scheduler.
    except (Exception, SystemExit) as wrong:
        _log.error("%s failed: %s", name, described(wrong))
        return wrong
    return None


def described(wrong: BaseException) -> str:
    """Say what went wrong in one line, without a value that somebody else's code put into it."""
    if isinstance(wrong, SurveillanceError):
        return str(wrong).partition("\n")[0] or type(wrong).__name__
    if isinstance(wrong, OSError) and wrong.strerror:
        return f"{wrong.strerror}: {wrong.filename}" if wrong.filename else wrong.strerror
    frames = traceback.extract_tb(wrong.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(wrong).__name__}{where}"


def due(place: Installation, job: Job, now: datetime) -> dict[str, Any]:
    """Return when a job is due first if not at its next time: now, if one was missed."""
    with place.session() as session:
        row = session.get(JobRow, job.name)
    if row is None:
        return {"next_run_time": now} if job.is_frequent else {}
    missed = job.trigger.get_next_fire_time(row.ended_at, row.ended_at) <= now
    return {"next_run_time": now} if missed else {}
