"""The models in force: segments and fitted detectors, made where there are none, kept as versions.

Both are frozen once made. A run takes the segments in force, and for each anomaly rule the detector
fitted for exactly that behaviour; so a changed rule is fitted anew, and nothing else moves, but for
a detector that was fitted on few weeks: it is fitted again when another has gone by. The first
segment model is in force at once, because nothing stood before it; a later one moves the thresholds
of rules and waits until a second officer has agreed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from sqlmodel import Session, col, select

from surveillance.activity.lake.view import View
from surveillance.canonical import canonical
from surveillance.detection import anomaly, detectors, feature_file, segments
from surveillance.errors import CaseError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records import approvals, artefacts, database, journal
from surveillance.records.tables import Approval, DetectorModel, Matter, Officer, SegmentModel
from surveillance.rules.book import Entry, Rulebook

CALIBRATE = "calibrate"
"""Verb of the journal's entry that names what a segment model was made by."""
LOOKBACK = timedelta(days=30)
"""How much activity traders are divided by."""


def calibrate(place: Installation, until: datetime, as_of: datetime, at: datetime) -> int:
    """Divide traders into segments on the activity before ``until``; return the new version.

    But for the first it is not in force until it was proposed and approved.

    Raises:
        SurveillanceError: there is no activity then, or it does not divide.
    """
    window = Window(until - LOOKBACK, until)
    with place.session() as session:
        previous, _ = segments_in_force(session)
    with place.lake.view(window, as_of, None, place.settings.threads) as view:
        return _calibrated(place, view, previous, at)[1]


def propose(session: Session, officer: Officer, version: int, reason: str, at: datetime) -> None:
    """Ask for a recalibration to come into force.

    Raises:
        CaseError: there is no such version, or the officer may not.
    """
    row = version_of(session, version)
    approvals.propose(
        session, officer, Matter.SEGMENTS, str(version), digest=row.digest, reason=reason, at=at
    )


def propose_by_system(session: Session, version: int, reason: str, at: datetime) -> None:
    """Ask for a recalibration that the schedule found due.

    Raises:
        CaseError: there is no such version, or a proposal of it waits already.
    """
    row = version_of(session, version)
    approvals.propose_by_system(
        session, Matter.SEGMENTS, str(version), digest=row.digest, reason=reason, at=at
    )


def refuse(session: Session, officer: Officer, version: int, reason: str, at: datetime) -> None:
    """Turn a recalibration down, as a supervisor, or take it back, as its proposer.

    Raises:
        CaseError: there is no such version, no proposal waits, or the officer may not.
    """
    version_of(session, version)
    approvals.refuse(session, officer, Matter.SEGMENTS, str(version), reason=reason, at=at)


def waiting(session: Session) -> list[Approval]:
    """Return the recalibrations that wait for a decision, the latest version first."""
    proposals = (
        approvals.pending(session, Matter.SEGMENTS, str(row.version)) for row in versions(session)
    )
    return [proposal for proposal in proposals if proposal is not None]


def approve(session: Session, officer: Officer, version: int, at: datetime) -> None:
    """Bring a recalibration into force, as a supervisor other than who proposed it.

    Raises:
        CaseError: there is no such version, no proposal waits, or the officer may not.
    """
    version_of(session, version)
    approvals.grant(session, officer, Matter.SEGMENTS, str(version), at=at)


def versions(session: Session) -> list[SegmentModel]:
    """Return every segment model that was made, the latest first."""
    return list(session.exec(select(SegmentModel).order_by(col(SegmentModel.version).desc())).all())


def segments_in_force(session: Session) -> tuple[segments.Segmentation | None, int]:
    """Return the segment model in force and its version, 0 if there is none."""
    row = version_in_force(session)
    return (model_of(session, row), row.version) if row else (None, 0)


def version_in_force(session: Session) -> SegmentModel | None:
    """Return when and of what the segment model in force was made, if there is one."""
    for row in versions(session):
        if row.version == 1 or approvals.is_granted(
            session, Matter.SEGMENTS, str(row.version), row.digest
        ):
            return row
    return None


def model_of(session: Session, row: SegmentModel) -> segments.Segmentation:
    """Return the model of a version."""
    return _read(artefacts.read(session, row.digest).decode())


@lru_cache(maxsize=4)
def _read(text: str) -> segments.Segmentation:
    """Read a segment model; kept, because a scheduler asks for the same at every tick."""
    return segments.Segmentation.from_text(text)


def version_of(session: Session, version: int) -> SegmentModel:
    """Return when and of what a version was made.

    Raises:
        CaseError: there is no such version.
    """
    row = session.get(SegmentModel, version)
    if row is None:
        known = ", ".join(str(each.version) for each in versions(session)) or "none"
        raise CaseError(f"expected a segment model of {known}; was {version}")
    return row


def models(
    place: Installation, view: View, book: Rulebook, window: Window, at: datetime
) -> tuple[anomaly.Models, bool]:
    """Return what a run of ``window`` takes as given, and whether segments had to be made first."""
    definitions = feature_file.load(place.settings.rules / "features.yml")
    with place.session() as session:
        model, version = segments_in_force(session)
        fitted = _fitted(session, book)
        outgrown = _outgrown(session, book, fitted, window)
    is_first = model is None
    if model is None:
        with view.narrow(Window(window.end - LOOKBACK, window.end)) as trailing:
            model, version = _calibrated(place, trailing, None, at)
    missing = Rulebook(
        {name: e for name, e in book.entries.items() if name not in fitted or name in outgrown}
    )
    if fits := anomaly.fit(missing, view, window.end, definitions, model):
        fitted |= _kept(place, missing, fits, window, at)
    return anomaly.Models(definitions, model, version, fitted), is_first


def study_models(place: Installation, view: View, window: Window) -> anomaly.Models:
    """Return the features and segments that a study takes as given; what it lacks is not kept.

    A study must change nothing, so where no segments are in force they are made for it alone.
    """
    definitions = feature_file.load(place.settings.rules / "features.yml")
    with place.session() as session:
        model, version = segments_in_force(session)
    if model is None:
        settings = segments.load(place.settings.rules / "segments.yml")
        with view.narrow(Window(window.end - LOOKBACK, window.end)) as trailing:
            model = anomaly.calibrate(trailing, definitions, settings, None)
    return anomaly.Models(definitions, model, version)


def with_detector_of(
    place: Installation, view: View, entry: Entry, until: datetime, models: anomaly.Models
) -> anomaly.Models:
    """Add the detector of one rule version: the one in force, or one fitted and not kept."""
    book = Rulebook({entry.rule.id: entry})
    with place.session() as session:
        fitted = _fitted(session, book)
    if not fitted:
        fitted = anomaly.fit(book, view, until, models.definitions, models.segments)
    return replace(models, fitted=fitted)


def _calibrated(
    place: Installation, view: View, previous: segments.Segmentation | None, at: datetime
) -> tuple[segments.Segmentation, int]:
    definitions = feature_file.load(place.settings.rules / "features.yml")
    settings = segments.load(place.settings.rules / "segments.yml")
    model = anomaly.calibrate(view, definitions, settings, previous)
    start, end = view.window.start, view.window.end
    with place.session() as session:
        database.lock(session.connection())
        first, version = segments_in_force(session)
        if previous is None and first is not None:  # two began at once, and the other was first
            return first, version
        version = 1 + max((row.version for row in versions(session)), default=0)
        name = artefacts.keep(session, "segments", model.to_text().encode(), at)
        _keep_origins(session, version, settings, definitions, at)
        session.add(
            SegmentModel(
                version=version, digest=name, fitted_from=start, fitted_to=end, created_at=at
            )
        )
    return model, version


def _keep_origins(
    session: Session,
    version: int,
    settings: segments.SegmentSettings,
    definitions: feature_file.Features,
    at: datetime,
) -> None:
    """Keep the files that a model was made by, so that its card says what they said then."""
    text = canonical(settings.dividing).encode()
    detail = {
        "settings": artefacts.keep(session, "segment-settings", text, at),
        "features": artefacts.keep(session, "features", definitions.text.encode(), at),
    }
    journal.append(session, journal.SYSTEM, CALIBRATE, f"segments:{version}", detail, at=at)


def _latest(session: Session) -> dict[str, DetectorModel]:
    """Return the latest fit for each behaviour of a rule."""
    rows = session.exec(select(DetectorModel).order_by(col(DetectorModel.fitted_to))).all()
    return {row.rule_digest: row for row in rows}


def _fitted(
    session: Session, book: Rulebook, since: datetime | None = None
) -> dict[str, detectors.Fitted]:
    """Return the latest fit of each rule, of those made of nothing before ``since``, if any."""
    latest = {
        digest: row.digest
        for digest, row in _latest(session).items()
        if since is None or row.fitted_to >= since
    }
    return {
        name: anomaly.fitted(artefacts.read(session, latest[entry.digest]))
        for name, entry in book.entries.items()
        if entry.digest in latest
    }


def _outgrown(
    session: Session, book: Rulebook, fitted: Mapping[str, detectors.Fitted], window: Window
) -> set[str]:
    """Return the rules whose fit rests on too little, where more is there before the window."""
    latest = _latest(session)
    return {
        name
        for name, fit in fitted.items()
        if anomaly.is_outgrown(
            (entry := book.entries[name]).rule, fit, latest[entry.digest].fitted_to, window.start
        )
    }


def _kept(
    place: Installation,
    book: Rulebook,
    fits: Mapping[str, detectors.Fitted],
    window: Window,
    at: datetime,
) -> dict[str, detectors.Fitted]:
    """Keep fits, and return them, or those of another who began at once and was first."""
    with place.session() as session:
        database.lock(session.connection())
        first = _fitted(session, book, window.end)
        for name in fits.keys() - first.keys():
            _keep_fit(session, book.entries[name], fits[name], window, at)
    return {**fits, **first}


def _keep_fit(
    session: Session, entry: Entry, fit: detectors.Fitted, window: Window, at: datetime
) -> None:
    session.merge(
        DetectorModel(
            rule_id=entry.rule.id,
            version=entry.rule.version,
            rule_digest=entry.digest,
            digest=artefacts.keep(session, "detector", fit.to_bytes(), at),
            fitted_from=window.end - entry.compiled.reach,
            fitted_to=window.end,
            created_at=at,
        )
    )
