"""One tick, from the top: pull what is new, judge what is settled, file what was found.

A newcomer reads this first. The watermark moves last, in the transaction that files the alerts,
so a tick that was killed is repeated; filing is idempotent by hit, so repeating it files nothing
twice. Nothing here decides anything: sources, rules and officers do.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from surveillance import anomaly, cases, detectors, features, runs, segments
from surveillance.activity import sources, venue
from surveillance.activity.batch import Landing
from surveillance.activity.episode import episode_of, evidence_rows, instrument_of, subject_of
from surveillance.activity.facts import prepare
from surveillance.activity.lake import Lake
from surveillance.activity.view import View
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.model import QUEUE_LINE, Dossier, Hit, Run, Scalar, Window
from surveillance.rules.book import Entry, Rulebook, load_rulebook
from surveillance.rules.lock import check_lock
from surveillance.tables import DetectorModel, SegmentModel, Watermark, engine, migrate

SURVEILLED = "surveilled"
"""The watermark up to which activity has been judged and its alerts filed."""
_SEGMENT_LOOKBACK = timedelta(days=30)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Installation:
    """An installation that is open: its settings, its database brought up to date, its lake."""

    settings: Settings
    engine: Engine
    lake: Lake

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session whose work is kept only if nothing goes wrong."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def rulebook(self) -> Rulebook:
        """Read the rules of the folder, which must be what their lock says."""
        book = load_rulebook(self.settings.rules)
        check_lock(book, self.settings.rules)
        return book


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run brought: the run itself, and what became of its hits."""

    run: Run
    filed: cases.Filed
    calibrated: bool = False


def open_installation(settings: Settings) -> Installation:
    """Open an installation, making its folders and its database if they are not there.

    Raises:
        SurveillanceError: the database or the lake cannot be opened.
    """
    from sqlalchemy.exc import SQLAlchemyError

    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        opened = engine(settings.database)
        migrate(opened)
    except (SQLAlchemyError, OSError) as wrong:
        said = str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
        raise SurveillanceError(f"expected a database that opens, was: {said}") from None
    return Installation(settings, opened, Lake(settings.lake))


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
        progress(f"{opened.name}: {', '.join(batch.tables)}")
    return landings


def pending(place: Installation, at: datetime) -> Window | None:
    """Return the whole days of landed activity that no run has judged, or None."""
    spanned = place.lake.span()
    if spanned is None:
        return None
    with place.session() as session:
        mark = session.get(Watermark, SURVEILLED)
    start = mark.ts if mark else _EPOCH + (spanned.start - _EPOCH) // _DAY * _DAY
    ends = _EPOCH + ((spanned.end + timedelta(hours=2) - _EPOCH) // _DAY + 1) * _DAY
    end = min(ends, at)
    return Window(start, end) if start < end else None


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
    book = place.rulebook()
    with place.lake.view(window.back_to(book.reach), as_of, None, place.settings.threads) as view:
        models, calibrated = _models(place, view, book, window, at)
        judged = runs.judge(view, window, book, models, progress)
        progress("filing")
        dossiers = [
            _dossier(view, judged, book, models, hit)
            for verdict in judged.verdicts
            for hit in verdict.hits
            if hit.score >= QUEUE_LINE
        ]
    with place.session() as session:
        runs.store(session, judged, book, models, at)
        filed = cases.file(session, dossiers, at)
        if moves_watermark:
            session.merge(Watermark(source=SURVEILLED, ts=window.end))
    return Ran(judged, filed, calibrated)


def tick(place: Installation, at: datetime, progress: Progress = lambda text: None) -> Ran | None:
    """Pull every venue of the settings, then judge what has settled since the last tick."""
    for path in place.settings.venues:
        pull(place, path, None, at, progress)
    settled = at - timedelta(minutes=place.settings.settle_minutes)
    length = timedelta(minutes=place.settings.tick_minutes)
    end = _EPOCH + (settled - _EPOCH) // length * length
    window = pending(place, end)
    if window is None:
        return None
    return run(place, window, at, at, progress, moves_watermark=True)


def calibrate(place: Installation, until: datetime, as_of: datetime, at: datetime) -> int:
    """Divide traders into segments on the activity before ``until``; return the new version."""
    with place.lake.view(Window(until - _SEGMENT_LOOKBACK, until), as_of) as view:
        return _calibrated(place, view, at)[1]


def latest_segments(session: Session) -> tuple[segments.SegmentModel | None, int]:
    """Return the segment model in force and its version, 0 if there is none."""
    row = session.exec(select(SegmentModel).order_by(col(SegmentModel.version).desc())).first()
    if row is None:
        return None, 0
    return segments.SegmentModel.from_text(runs.kept(session, row.digest).decode()), row.version


def _calibrated(place: Installation, view: View, at: datetime) -> tuple[segments.SegmentModel, int]:
    definitions = features.load(place.settings.rules / "features.yml")
    told = segments.load(place.settings.rules / "segments.yml")
    with place.session() as session:
        previous, version = latest_segments(session)
    model = anomaly.calibrate(view, definitions, told, previous)
    with place.session() as session:
        name = runs.keep(session, "segments", model.to_text().encode(), at)
        start, end = view.window.start, view.window.end
        session.add(
            SegmentModel(
                version=version + 1, digest=name, fitted_from=start, fitted_to=end, created_at=at
            )
        )
    return model, version + 1


def _models(
    place: Installation, view: View, book: Rulebook, window: Window, at: datetime
) -> tuple[anomaly.Models, bool]:
    definitions = features.load(place.settings.rules / "features.yml")
    with place.session() as session:
        model, version = latest_segments(session)
        known = {row.rule_digest: row.digest for row in session.exec(select(DetectorModel)).all()}
        bodies = {rule: runs.kept(session, name) for rule, name in known.items()}
    calibrated = model is None
    if model is None:
        with view.narrow(Window(window.end - _SEGMENT_LOOKBACK, window.end)) as trailing:
            model, version = _calibrated(place, trailing, at)
    fitted = {
        name: detectors.load(bodies[entry.digest])
        for name, entry in book.entries.items()
        if entry.digest in bodies
    }
    missing = Rulebook({n: e for n, e in book.entries.items() if n not in fitted})
    made = anomaly.fit(missing, view, window.end, definitions, model)
    with place.session() as session:
        for name, fit in made.items():
            _keep_fit(session, book.entries[name], fit, window, at)
    return anomaly.Models(definitions, model, version, fitted | made), calibrated


def _keep_fit(
    session: Session, entry: Entry, fit: detectors.Fitted, window: Window, at: datetime
) -> None:
    session.add(
        DetectorModel(
            rule_id=entry.rule.id,
            version=entry.rule.version,
            rule_digest=entry.digest,
            digest=runs.keep(session, "detector", fit.to_bytes(), at),
            fitted_from=window.end - entry.compiled.reach,
            fitted_to=window.end,
            created_at=at,
        )
    )


def _dossier(view: View, judged: Run, book: Rulebook, models: anomaly.Models, hit: Hit) -> Dossier:
    prepare(view.connection, ["order_life", "fills"])
    entry = book.entries[hit.rule_id]
    rows, counts = evidence_rows(view, hit)
    subject, accounts = subject_of(view, hit)
    return Dossier(
        hit, judged.id, judged.digest, judged.window, judged.as_of,
        rule=entry.rule.model_dump(by_alias=True, exclude={"detect"})
        | {"detect": entry.rule.detect.model_dump(by_alias=True)},
        rule_text=entry.text,
        rule_digest=entry.digest,
        episode=episode_of(view, hit, accounts),
        rows=rows,
        row_counts=counts,
        subject=subject,
        accounts=accounts,
        instrument=instrument_of(view, hit),
        peers=_peers(models, hit, accounts),
    )  # fmt: skip


def _peers(models: anomaly.Models, hit: Hit, accounts: Sequence[str]) -> dict[str, Scalar]:
    """Say how many are in the subject's segment, and what is usual there."""
    model = models.segments
    if model is None:
        return {}
    segment = hit.segment or (model.segment_of(accounts[0]) if accounts else segments.NEW)
    members = sum(1 for name in model.assignment.values() if name == segment)
    said: dict[str, Scalar] = {"segment": segment, "traders in the segment": members}
    for name in ("daily_notional", "orders_per_day", "cancel_ratio", "transfers"):
        usual = model.quantile(segment, name, 0.5)
        if usual is not None:
            said[f"median {name.replace('_', ' ')}"] = round(usual, 4)
    return said
