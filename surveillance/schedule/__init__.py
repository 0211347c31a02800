"""When what is done: a job of its own for every venue, for judging, and for all that is done daily.

APScheduler only says when. What is due is read from watermarks and from what each job came to last,
so what was missed, killed or late is made up for once, by the next time. A job that fails costs
itself alone: it is logged, counted, shown, and tried again soon and ever later, up to an hour.
"""

import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import current_thread, main_thread
from typing import Any

from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.records.scheduled import TICK
from surveillance.schedule import lease, outcomes
from surveillance.schedule.jobs import Job, jobs
from surveillance.schedule.outcomes import Outcome, Worker

Clock = Callable[[], datetime]
_PULLS, _JUDGING, _LEASE = "pulls", "default", "lease"
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)


def system_clock() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def once(place: Installation, now: Clock = system_clock) -> list[Outcome]:
    """Do every job once, one after another, and return what each came to.

    Raises:
        SurveillanceError: no venue is named, or another scheduler works here.
    """
    holder = _holder()
    todo = jobs(place.settings)
    worker = Worker(place, holder, now)
    if worker.renew() is None:
        raise SurveillanceError("expected no other scheduler here, was one that works")
    try:
        attempts = map(worker.attempt, todo)
        return [outcome for outcome in attempts if outcome is not None]
    finally:
        lease.release(place, holder)


def serve(place: Installation, now: Clock = system_clock) -> None:
    """Do what is due until stopped; blocks, and returns only by an exception.

    Raises:
        SurveillanceError: no venue is named.
    """
    holder = _holder()
    todo = jobs(place.settings)
    executors = _executors(todo)
    scheduler = make_scheduler(Worker(place, holder, now), todo, executors)
    if current_thread() is main_thread():
        signal.signal(signal.SIGTERM, _stop)
    try:
        scheduler.start()
    finally:
        if scheduler.running:
            # What goes on is waited for outside: it takes locks that a shutdown holds.
            scheduler.shutdown(wait=False)
        for executor in executors.values():
            executor.shutdown()
        lease.release(place, holder)
    raise SurveillanceError("expected a scheduler that works until it is stopped, was an end")


def retry(failing: int) -> timedelta:
    """Return how long to wait after so many failures in a row: a minute, doubled up to an hour."""
    doublings: int = min(failing - 1, 10)
    return min(_FIRST * (1 << doublings), _LONGEST)


def _holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _stop(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _executors(todo: Sequence[Job]) -> dict[str, Any]:
    """Return threads for pulls beside one another, and for all else one after another."""
    from apscheduler.executors.pool import ThreadPoolExecutor

    threads = {_PULLS: sum(job.is_pull for job in todo), _JUDGING: 1, _LEASE: 1}
    return {name: ThreadPoolExecutor(count) for name, count in threads.items()}


def make_scheduler(worker: Worker, todo: Sequence[Job], executors: Mapping[str, Any]) -> Any:
    """Return a scheduler of jobs that is not started yet."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    scheduler = BlockingScheduler(
        timezone=UTC,
        executors=executors,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    rounds = _Rounds(scheduler, worker, {job.name: job for job in todo})
    for job in todo:
        scheduler.add_job(
            rounds.work,
            job.trigger,
            [job.name],
            id=job.name,
            executor=_PULLS if job.is_pull else _JUDGING,
            **outcomes.due(worker.place, job, system_clock()),
        )
    scheduler.add_job(
        rounds.renew, "interval", seconds=60, executor=_LEASE, next_run_time=system_clock()
    )
    return scheduler


class _Rounds:
    """What the scheduler's threads call: a job, again soon if it failed, and a tick after pulls."""

    def __init__(self, scheduler: Any, worker: Worker, todo: dict[str, Job]) -> None:
        self._scheduler, self._worker, self._todo = scheduler, worker, todo

    def work(self, name: str) -> None:
        """Do a job, and see to what follows from what it came to."""
        job = self._todo[name]
        outcome = self._worker.attempt(job)
        if self._scheduler.get_job(name) is None:
            return  # stopped meanwhile
        self._next(job, outcome)
        if job.is_pull and not self._worker.is_pulling:
            # What was pulled is judged at once, and not at a time that guesses how long pulls take.
            self._scheduler.add_job(
                self.work, args=[TICK], id="after pulls", executor=_JUDGING, replace_existing=True
            )

    def renew(self) -> None:
        """Say that this scheduler lives."""
        outcomes.guarded("lease", self._worker.renew)

    def _next(self, job: Job, outcome: Outcome | None) -> None:
        """Set when a job is done next: at its own time, or sooner if it failed."""
        now = system_clock()
        at = job.trigger.get_next_fire_time(None, now)
        if outcome is not None and outcome.is_worth_retrying:
            at = min(at, now + retry(outcome.failing))
        self._scheduler.modify_job(job.name, next_run_time=at)
