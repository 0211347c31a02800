"""One tick, from the top: pull what is new, judge what is settled, file what was found.

A newcomer reads this first. The watermark moves last, in the transaction that files the alerts,
so a tick that was killed is repeated; filing is idempotent by hit, so repeating it files nothing
twice. Nothing here decides anything: sources, rules and officers do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from surveillance import calibration, cases, journal, runs
from surveillance.activity import sources, venue
from surveillance.activity.batch import Landing
from surveillance.activity.catalogue import TABLES
from surveillance.activity.packing import Packed
from surveillance.dossier import dossiers
from surveillance.installation import Installation
from surveillance.model import Run, Window
from surveillance.tables import Watermark
from surveillance.times import EPOCH

SURVEILLED = "surveilled"
"""The watermark up to which activity has been judged and its alerts filed."""
_DAY = timedelta(days=1)
_RIPENING = timedelta(hours=2)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run brought: the run itself, and what became of its hits."""

    run: Run
    filed: cases.Filed
    calibrated: bool = False


def pull(
    place: Installation,
    path: Path,
    folder: Path | None,
    at: datetime,
    progress: Progress = lambda text: None,
) -> list[Landing]:
    """Land what a venue has and the lake has not; what landed already is passed over.

    Raises:
        VenueError: the venue file is wrong; every fault is named.
        SourceError: something could not be read now; nothing of that batch has landed.
    """
    opened = venue.load(path, folder)
    landings = []
    for batch in sources.pull(opened):
        landings.append(place.lake.land(batch, at))
        journal_landing(place, landings[-1], at)
        progress(f"{opened.name}: {', '.join(batch.tables)}")
    return landings


def journal_landing(place: Installation, landing: Landing, at: datetime) -> None:
    """Say in the journal which files a batch brought; done again if it was cut short before."""
    subject = f"batch:{landing.batch}"
    with place.session() as session:
        if journal.says(session, "land", subject):
            return
        tables = [name for name in landing.counts if name in TABLES]
        if files := place.lake.landed_with(landing.batch, tables):
            journal.append(session, journal.SYSTEM, "land", subject, {"files": files}, at=at)


def compact(place: Installation, at: datetime, *, sweep: bool = False) -> tuple[list[Packed], int]:
    """Pack the small files of the lake, and say which stand for which; then sweep if asked.

    Returns what was packed, and how many files were deleted.
    """
    packed = place.lake.pack(at, place.settings.threads)
    with place.session() as session:
        for one in packed:
            detail = {"file": one.file, "replaces": list(one.replaces), "rows": one.rows}
            subject = f"table:{one.table}"
            journal.append(session, journal.SYSTEM, "compact", subject, detail, at=at)
    return packed, place.lake.sweep() if sweep else 0


def pending(place: Installation, at: datetime) -> Window | None:
    """Return the window that waits for a run, from the watermark on, or None.

    It holds the days of landed activity that no run has judged, and a little more, because some
    rules know only a while after the last activity.
    """
    landed = _landed(place)
    if landed is None:
        return None
    with place.session() as session:
        mark = session.get(Watermark, SURVEILLED)
    start, until = mark.ts if mark else landed.start, min(landed.end + _RIPENING, at)
    return Window(start, until) if start < min(landed.end, at) else None


def _landed(place: Installation) -> Window | None:
    """Return the days of which any activity has landed."""
    spanned = place.lake.span()
    if spanned is None:
        return None
    days = (spanned.start - EPOCH) // _DAY, -((EPOCH - spanned.end) // _DAY)
    return Window(EPOCH + days[0] * _DAY, EPOCH + days[1] * _DAY)


def run(
    place: Installation,
    window: Window,
    as_of: datetime,
    at: datetime,
    progress: Progress = lambda text: None,
    *,
    moves_watermark: bool = False,
) -> Ran:
    """Judge a window on what was known at ``as_of``, keep the run, and file its alerts.

    Segments and detectors are calibrated first where there are none yet.
    """
    book, landed = place.rulebook(), _landed(place)
    with place.lake.view(window.back_to(book.reach), as_of, None, place.settings.threads) as view:
        models, calibrated = calibration.models(place, view, book, window, at)
        judged = runs.judge(view, window, book, models, progress)
        progress("filing")
        found = dossiers(view, judged, book, models)
    with place.session() as session:
        runs.store(session, judged, book, models, at)
        filed = cases.file(session, found, at)
        if moves_watermark and landed is not None:
            session.merge(Watermark(source=SURVEILLED, ts=min(window.end, landed.end)))
    return Ran(judged, filed, calibrated)


def tick(place: Installation, at: datetime, progress: Progress = lambda text: None) -> Ran | None:
    """Pull every venue of the settings, then judge what has settled since the last tick."""
    for path in place.settings.venues:
        pull(place, path, None, at, progress)
    settled = at - timedelta(minutes=place.settings.settle_minutes)
    length = timedelta(minutes=place.settings.tick_minutes)
    end = EPOCH + (settled - EPOCH) // length * length
    window = pending(place, end)
    if window is None:
        return None
    return run(place, window, at, at, progress, moves_watermark=True)
