"""What waits for a run: activity that none has judged, or that landed too late for those that did.

A watermark says up to where all was judged; another how far beyond it, while a venue was away.
"""

from datetime import datetime, timedelta

from surveillance import lateness
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records.scheduled import AHEAD, SURVEILLED
from surveillance.records.tables import Watermark
from surveillance.times import EPOCH, RIPENING

_DAY = timedelta(days=1)


def pending(place: Installation, at: datetime) -> Window | None:
    """Return the window that waits for a run, from the watermark on, or None.

    It holds the days of landed activity that no run has judged, and a little more, because some
    rules know only a while after the last activity.
    """
    days = landed(place)
    if days is None:
        return None
    with place.session() as session:
        mark = session.get(Watermark, SURVEILLED)
    start, until = mark.ts if mark else days.start, min(days.end + RIPENING, at)
    return Window(start, until) if start < min(days.end, at) else None


def late(place: Installation) -> list[Window]:
    """Return the judged days with rows that landed too late for every run over them."""
    with place.session() as session:
        marks = [session.get(Watermark, name) for name in (SURVEILLED, AHEAD)]
    until = max((mark.ts for mark in marks if mark), default=None)
    return lateness.late(place, until) if until else []


def landed(place: Installation) -> Window | None:
    """Return the days of which any activity has landed."""
    spanned = place.lake.span()
    if spanned is None:
        return None
    first, end = (spanned.start - EPOCH) // _DAY, -((EPOCH - spanned.end) // _DAY)
    return Window(EPOCH + first * _DAY, EPOCH + end * _DAY)


def settled(place: Installation, until: datetime) -> datetime:
    """Return the end of the last window that has settled."""
    last = until - timedelta(minutes=place.settings.settle_minutes)
    length = timedelta(minutes=place.settings.tick_minutes)
    return EPOCH + (last - EPOCH) // length * length


def ahead(place: Installation, until: datetime) -> Window | None:
    """Return what waits beyond the watermark, and beyond what was judged there before."""
    days = landed(place)
    if days is None:
        return None
    with place.session() as session:
        marks = [session.get(Watermark, name) for name in (SURVEILLED, AHEAD)]
    start = max((mark.ts for mark in marks if mark), default=days.start)
    return Window(start, min(days.end, until)) if start < min(days.end, until) else None
