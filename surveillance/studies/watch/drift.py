"""How far traders have drifted from the segments in force, and whether another model is due.

Measured over as long a time as the model was made of, up to what has landed last; stored as an
artefact that the journal names, so that a proposal rests on figures that nobody can change after.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from sqlmodel import Session

from surveillance.canonical import canonical
from surveillance.detection import feature_file, features, segments
from surveillance.detection.segments.drift import Drift
from surveillance.detection.segments.settings import DriftLimits
from surveillance.governance import calibration
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records import artefacts, journal
from surveillance.records.answers import Ends
from surveillance.times import format_time

FORMAT = "surveillance-drift/1"
VERB = "measure_drift"


class FeatureDrift(TypedDict):
    """One feature: its stability index, what chance alone reaches, and whether it has drifted."""

    feature: str
    meaning: str
    unit: str
    psi: float
    chance: float
    drifted: bool


class DriftRecord(TypedDict):
    """How far today is from a model, by which limits, and for which reasons another is due."""

    format: str
    version: int
    digest: str
    fitted: Ends
    window: Ends
    as_of: str
    traders_then: int
    traders_now: int
    traders_of_both: int
    churn: float
    limits: dict[str, float]
    features: list[FeatureDrift]
    due: list[str]


def measured(place: Installation, as_of: datetime) -> DriftRecord | None:
    """Measure the drift of what has landed last; nothing without a model, or without news.

    Raises:
        SurveillanceError: the features file no longer has what the model was made of.
    """
    landed = place.lake.span()
    with place.session() as session:
        row = calibration.version_in_force(session)
        model = calibration.model_of(session, row) if row else None
    if row is None or model is None or landed is None:
        return None
    until = min(landed.end, as_of)
    if not landed.start < row.fitted_to < until:
        return None
    # Counts grow with time: a longer window than the model's would be taken for drift.
    window = Window(until - (row.fitted_to - max(row.fitted_from, landed.start)), until)
    definitions = feature_file.load(place.settings.rules / "features.yml")
    limits = segments.load(place.settings.rules / "segments.yml").drift
    with place.lake.view(window, as_of, None, place.settings.threads) as view:
        table = features.prepared(view, definitions.only(segments.needed(model)))
    drift = segments.drift(model, table)
    rows = _features(drift, definitions, limits)
    return {
        "format": FORMAT,
        "version": row.version,
        "digest": row.digest,
        "fitted": {"from": format_time(row.fitted_from), "to": format_time(row.fitted_to)},
        "window": {"from": format_time(window.start), "to": format_time(window.end)},
        "as_of": format_time(as_of),
        "traders_then": len(model.assignment),
        "traders_now": drift.traders,
        "traders_of_both": drift.both,
        "churn": drift.churn,
        "limits": limits.model_dump(),
        "features": rows,
        "due": due(rows, drift.churn, limits),
    }


def _features(
    drift: Drift, definitions: feature_file.Features, limits: DriftLimits
) -> list[FeatureDrift]:
    rows = [
        FeatureDrift(
            feature=name,
            meaning=definitions.features[name].meaning,
            unit=definitions.features[name].unit,
            psi=psi,
            chance=drift.chance[name],
            drifted=psi >= limits.psi and psi > drift.chance[name],
        )
        for name, psi in drift.psi.items()
    ]
    return sorted(rows, key=lambda row: (-row["psi"], row["feature"]))


def due(rows: Sequence[FeatureDrift], churn: float, limits: DriftLimits) -> list[str]:
    """Say why another model is due; nothing where none is."""
    drifted = [row["feature"] for row in rows if row["drifted"]]
    reasons = []
    if rows and len(drifted) >= limits.features * len(rows):
        reasons.append(
            f"{len(drifted)} of {len(rows)} features have drifted (PSI {limits.psi:g} or more, "
            f"beyond chance): {', '.join(drifted[:6])}" + (" …" if len(drifted) > 6 else "")
        )
    if churn >= limits.churn:
        reasons.append(
            f"{churn:.0%} of the traders would fall elsewhere; the limit is {limits.churn:.0%}"
        )
    return reasons


def store(session: Session, record: DriftRecord, at: datetime) -> None:
    """Keep what was measured, and say so in the journal."""
    name = artefacts.keep(session, "drift", canonical(record).encode(), at)
    detail = {"artefact": name, "churn": record["churn"], "due": record["due"]}
    subject = f"segments:{record['version']}"
    journal.append(session, journal.SYSTEM, VERB, subject, detail, at=at)


def latest(session: Session, version: int) -> DriftRecord | None:
    """Return what was measured last of a version, if anything was."""
    detail = journal.latest(session, VERB, f"segments:{version}")
    if detail is None:
        return None
    record: DriftRecord = json.loads(artefacts.read(session, detail["artefact"]))
    return record
