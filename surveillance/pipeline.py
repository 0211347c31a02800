"""From the top: pull what is new, judge what is settled, file what was found.

A newcomer reads this first. The watermark moves last, in the transaction that files the alerts,
so what was killed is repeated; filing is idempotent by hit, so repeating it files nothing
twice. Nothing here decides anything: sources, rules and officers do.

A window is judged by what was active in the database at its end, never by the folder of rules.
Then the versions in shadow judge the same window, in a run of their own that files nothing, at
every run and not only at ticks, so that stored activity counts for them too. It comes after the
alerts are filed: whatever is wrong with a rule on probation, nothing that is in force waits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from surveillance import aftermath, marks, rejudgement, waiting
from surveillance.activity import sources
from surveillance.activity.batch import Landed, Landing
from surveillance.activity.catalogue import TABLES
from surveillance.activity.kept import files as kept_facts
from surveillance.activity.lake.delta import open_table
from surveillance.activity.lake.packing import Packed
from surveillance.activity.lake.seal import label_of
from surveillance.activity.lake.view import KEPT, View
from surveillance.casework import intake, repeats
from surveillance.errors import SurveillanceError
from surveillance.governance import calibration, lifecycle, publishing
from surveillance.installation import Installation
from surveillance.model import Run, Window
from surveillance.proof import runs
from surveillance.records import database, journal, trading
from surveillance.records.scheduled import AHEAD
from surveillance.records.tables import RunMode, Watermark
from surveillance.rules.book import Rulebook

_BATCH = "batch:"
_DAY = timedelta(days=1)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run brought: the run itself, and what became of its hits.

    ``notices`` are sentences for whoever started it; ``shadow`` is the run of rules on probation.
    """

    run: Run
    filed: intake.Filed
    calibrated: bool = False
    notices: tuple[str, ...] = ()
    shadow: Run | None = None
    repeated: repeats.Repeated = field(default_factory=repeats.Repeated)
    changes: rejudgement.Changes = field(default_factory=rejudgement.Changes)


def pull(
    place: Installation,
    path: Path,
    folder: Path | None,
    at: datetime,
    progress: Progress = lambda text: None,
    remark: Progress = lambda text: None,
) -> list[Landing]:
    """Land what a venue has and the lake has not; what landed already is passed over.

    ``remark`` hears how a file was read where the venue file does not say.

    Raises:
        VenueError: the venue file is wrong; every fault is named.
        SourceError: something could not be read now; nothing of that batch has landed.
    """
    opened = marks.marked(place, sources.load(path, folder))
    with place.session() as session:
        trading.keep(session, opened.name, opened.products, at)
    landings = []
    for batch in sources.pull(opened, landed=_has_landed(place)):
        for text in batch.remarks:
            remark(f"{opened.name}: {text}")
        landings.append(place.lake.land(batch, at))
        journal_landing(place, landings[-1], at)
        marks.keep(place, batch, at)
        progress(f"{opened.name}: {', '.join(batch.tables)}")
    return landings


def _has_landed(place: Installation) -> Landed:
    """Return what says of a batch whether it was in the lake, and noted, when a pull began."""
    folders = [place.lake.root / name for name in TABLES]
    tables = [table for folder in folders if (table := open_table(folder)) is not None]
    with place.session() as session:
        noted = {label_of(of.removeprefix(_BATCH)) for of in journal.subjects(session, "land")}
    unnoted = place.lake.labels() - noted

    def has_landed(batch: str) -> bool:
        is_there = any(table.transaction_version(batch) is not None for table in tables)
        return is_there and label_of(batch) not in unnoted

    return has_landed


def journal_landing(place: Installation, landing: Landing, at: datetime) -> None:
    """Say in the journal which files a batch brought; done again if it was cut short before."""
    subject = f"{_BATCH}{landing.batch}"
    with place.session() as session:
        database.lock(session.connection())
        if journal.has_entry(session, "land", subject):
            return
        tables = [name for name in landing.counts if name in TABLES]
        if files := place.lake.landed_with(landing.batch, tables):
            journal.append(session, journal.SYSTEM, "land", subject, {"files": files}, at=at)


def compact(place: Installation, at: datetime, *, sweep: bool = False) -> tuple[list[Packed], int]:
    """Pack the small files of the lake, and say which stand for which; then sweep if asked.

    Returns what was packed, and how many files were deleted.
    """

    def note(file: Packed) -> None:
        detail = {"file": file.file, "replaces": list(file.replaces), "rows": file.rows}
        with place.session() as session:
            journal.append_once(session, "compact", f"table:{file.table}", detail, at=at)

    packed = place.lake.pack(at, place.settings.threads, note)
    if not sweep:
        return packed, 0
    return packed, place.lake.sweep() + kept_facts.sweep(place.lake.root / KEPT)


def run(
    place: Installation,
    window: Window,
    as_of: datetime,
    at: datetime,
    progress: Progress = lambda text: None,
    *,
    moves_watermark: bool = False,
    is_again: bool = False,
) -> Ran:
    """Judge a window on what was known at ``as_of``, keep the run, and file its alerts.

    Segments and detectors are calibrated first where there are none yet; where nothing was ever
    published, the folder's rules are adopted as the starter rulebook.
    """
    adopted = publishing.adopt(place, at)
    with place.session() as session:
        book = lifecycle.in_force(session, window.end)
        trial = lifecycle.on_probation(session, at)
        notices = _notices(place, session, book, adopted, at)
    reach = window.back_to(max(book.reach, trial.reach))
    with place.lake.view(reach, as_of, None, place.settings.threads, keeps=True) as view:
        models, calibrated = calibration.models(place, view, book, window, at)
        live = runs.judge(view, window, book, models, progress)
        judged = aftermath.Judged(live, view, book, models)
        filed, repeated, changes = aftermath.keep(
            place, judged, at, progress, moves_watermark, is_again
        )
        shadow, more = _shadowed(place, view, window, trial, at, progress)
    return Ran(
        run=live,
        filed=filed,
        calibrated=calibrated,
        notices=(*notices, *more),
        shadow=shadow,
        repeated=repeated,
        changes=changes,
    )


def _shadowed(
    place: Installation,
    view: View,
    window: Window,
    trial: Rulebook,
    at: datetime,
    progress: Progress,
) -> tuple[Run | None, list[str]]:
    """Judge a window by the rules on probation and keep that run; nothing is filed."""
    if not trial.entries:
        return None, []
    try:
        models, _ = calibration.models(place, view, trial, window, at)
        judged = runs.judge(view, window, trial, models, progress, RunMode.SHADOW)
    except SurveillanceError as wrong:
        return None, [f"the rules in shadow could not be judged: {wrong}"]
    with place.session() as session:
        runs.store(session, judged, trial, models, at)
    return judged, []


def _notices(
    place: Installation, session: Session, book: Rulebook, adopted: bool, at: datetime
) -> list[str]:
    """Say what whoever reads the run's alerts should know of the rules behind them."""
    if adopted:
        return [
            f"no rule was ever published here: the {len(book.entries)} rules of "
            f"{place.settings.rules} were adopted as the starter rulebook; "
            "no second officer approved them"
        ]
    notices = [] if book.entries else ["no rule is in force; see: surveillance rules list"]
    if differing := publishing.differing(place, session, at):
        notices.append(
            f"the folder of rules is not what is in force, and not what ran: "
            f"{', '.join(differing)}; see: surveillance rules publish"
        )
    return notices


def judge(
    place: Installation,
    at: datetime,
    progress: Progress = lambda text: None,
    *,
    pulled: datetime | None = None,
) -> list[Ran]:
    """Judge what landed late and what has settled since; return what each run brought.

    ``pulled`` is the time up to which every venue was pulled, by default all of it. What one that
    fails will bring is not known, so the watermark stays before it, and all that lies there is
    judged again when it is back; what others brought is judged meanwhile, and its alerts are filed.
    """
    end, sure = (waiting.settled(place, until) for until in (at, min(at, pulled or at)))
    late = waiting.late(place)
    ran = [judged_again(run(place, day, at, at, progress, is_again=True)) for day in late]
    if window := waiting.pending(place, sure):
        ran.append(run(place, window, at, at, progress, moves_watermark=True))
    if sure < end and (ahead := waiting.ahead(place, end)):
        ran.append(run(place, ahead, at, at, progress))
        with place.session() as session:
            database.lock(session.connection())
            session.merge(Watermark(source=AHEAD, ts=ahead.end))
    return ran


def judged_again(ran: Ran) -> Ran:
    """Say of a run over a day with late rows what it changed."""
    notice = (
        f"rows of {ran.run.window.start:%Y-%m-%d} landed late: it was judged again in run "
        f"{ran.run.id}: {ran.changes}; {ran.filed.alerts_new} new alerts, "
        f"{ran.filed.alerts_grown} grown"
    )
    return replace(ran, notices=(notice, *ran.notices))
