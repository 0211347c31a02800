"""When to tick: one process at a time, each tick from the watermark to what has settled.

APScheduler only says when; what is due is read from the watermark, so a tick that was missed,
killed or late is made up for by the next. A lease in the database keeps a second scheduler from
working beside the first; should the first die, the second takes over when the lease runs out.
"""

import logging
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from surveillance.errors import SourceAbort, SurveillanceError
from surveillance.installation import Installation
from surveillance.pipeline import Ran, tick
from surveillance.records import database
from surveillance.records.tables import Lease

_log = logging.getLogger(__name__)
_NAME = "scheduler"


def hold(session: Session, holder: str, at: datetime, length: timedelta) -> bool:
    """Take or renew the scheduler's lease; say whether it is this holder's now."""
    database.lock(session.connection())
    lease = session.get(Lease, _NAME, populate_existing=True)
    if lease is not None and lease.holder != holder and lease.until > at:
        return False
    session.merge(Lease(name=_NAME, holder=holder, until=at + length))
    return True


def tick_once(place: Installation, holder: str, at: datetime) -> Ran | None:
    """Tick if this process holds the lease; a source that fails leaves its window open."""
    length = timedelta(minutes=4 * place.settings.tick_minutes)
    with place.session() as session:
        if not hold(session, holder, at, length):
            _log.info("another scheduler holds the lease")
            return None
    try:
        ran = tick(place, at)
    except SourceAbort:
        raise
    except SurveillanceError as wrong:
        _log.error("this tick failed and will be repeated: %s", wrong)
        return None
    if ran is not None:
        for notice in ran.notices:
            _log.warning("%s", notice)
        run = ran.run
        _log.info(
            "run %s judged %s to %s: %d new alerts",
            run.id, run.window.start, run.window.end, ran.filed.alerts_new,
        )  # fmt: skip
    return ran


def serve(place: Installation, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Tick until stopped; blocks."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    holder = f"{socket.gethostname()}:{os.getpid()}"
    scheduler = BlockingScheduler(timezone=UTC)

    def job() -> None:
        try:
            tick_once(place, holder, now())
        except SourceAbort as wrong:
            _log.error("stopped, trying again will not help: %s", wrong)
            scheduler.shutdown(wait=False)

    scheduler.add_job(
        job,
        "interval",
        minutes=place.settings.tick_minutes,
        next_run_time=now(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
