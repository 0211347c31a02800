"""Who schedules: one process at a time, by a lease, and by a clock that never turns.

Should the process that holds the lease die, another takes over when it runs out. The time that jobs
go by is kept with it: where the machine's clock is set back, time stands still until it has caught
up. What lands meanwhile arrives after all that was judged before, so nothing is taken for known
that was not, and no window that was judged begins again.
"""

import logging
from datetime import datetime, timedelta

from sqlmodel import Session

from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.records import database, reads
from surveillance.records.scheduled import CLOCK
from surveillance.records.tables import Lease, Watermark

LENGTH = timedelta(minutes=5)
"""How long a lease holds, which is renewed every minute."""
_log = logging.getLogger(__name__)
_NAME = "scheduler"
_LEAST = timedelta(microseconds=1)
_NOTABLE = timedelta(minutes=1)


def hold(session: Session, holder: str, at: datetime, length: timedelta = LENGTH) -> bool:
    """Take or renew the scheduler's lease; say whether it is this holder's now."""
    database.lock(session.connection())
    lease = session.get(Lease, _NAME, populate_existing=True)
    if lease is not None and lease.holder != holder and lease.until > at:
        return False
    session.merge(Lease(name=_NAME, holder=holder, until=at + length))
    return True


def take(place: Installation, holder: str, now: datetime) -> datetime | None:
    """Take or renew the lease and return the time to go by, or None if another holds it."""
    with place.session() as session:
        if not hold(session, holder, now):
            return None
        reads.seal(session, now)
        return _later(session, now)


def release(place: Installation, holder: str) -> None:
    """Let another scheduler take over at once; where the database is gone, when the lease ends."""
    try:
        with place.session() as session:
            lease = session.get(Lease, _NAME)
            if lease is not None and lease.holder == holder:
                session.delete(lease)
    except SurveillanceError as wrong:
        _log.warning("the lease could not be given back: %s", wrong)


def _later(session: Session, now: datetime) -> datetime:
    """Return a time after every time that was used before."""
    used = session.get(Watermark, CLOCK)
    if used is not None and used.ts >= now:
        if used.ts - now > _NOTABLE:
            _log.warning(
                "the clock was set back by %s: time stands still until then", used.ts - now
            )
        now = used.ts + _LEAST
    session.merge(Watermark(source=CLOCK, ts=now))
    return now
