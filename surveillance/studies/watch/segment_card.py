"""The card of a segment model: its divisions, the evidence for its clusters, who agreed to it."""

import json
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from surveillance.detection.segments import MIN_PEERS, NEW, Segmentation
from surveillance.detection.segments.model import Part
from surveillance.governance import calibration
from surveillance.records import approvals, artefacts, journal
from surveillance.records.tables import Matter, SegmentModel
from surveillance.studies.watch import drift, review
from surveillance.studies.watch.cards import (
    FORMAT,
    UNRECORDED,
    Card,
    Rows,
    approvals_of,
    features_of,
    made,
)


def segment_card(session: Session, version: int | None = None) -> Card:
    """Return the card of a segment model, by default of the one in force.

    Raises:
        SurveillanceError: there is no such model.
    """
    row = calibration.version_in_force(session) if version is None else None
    row = row or calibration.version_of(session, version or 1)
    model = calibration.model_of(session, row)
    origins = journal.latest(session, calibration.CALIBRATE, f"segments:{row.version}") or {}
    return {
        "format": FORMAT,
        "model": "segments",
        "version": row.version,
        "digest": row.digest,
        "purpose": "Divides traders into segments of those who behave alike; a rule's thresholds "
        "may differ between them, and detectors hold a trader against their own.",
        "data": {
            **made(row),
            "traders": len(model.assignment),
            "features file": origins.get("features", UNRECORDED),
            "settings": model.settings_digest,
        },
        "features": features_of(session, origins.get("features"), model.features),
        "method": _dividing(session, origins.get("settings"), model),
        "validation": [*_trials(model), *_measured(session, row.version)],
        "power": _sizes(model),
        "limits": list(_segment_limits(model)),
        "approvals": _decided(session, row),
    }


def _dividing(session: Session, name: str | None, model: Segmentation) -> dict[str, Any]:
    """Return the divisions of a model, and the settings by which clusters were looked for."""
    divisions = {f"division {part}": _criteria(of) for part, of in model.parts.items()}
    if name is None:
        return {**divisions, "settings": UNRECORDED}
    settings = json.loads(artefacts.read(session, name))
    evidence = {f"evidence: {key}": value for key, value in settings["evidence"].items()}
    return {**divisions, **evidence, "margin": settings["margin"], "seed": settings["seed"]}


def _criteria(part: Part) -> str:
    sets = (
        " and ".join(f"{name} {bound.sign} {bound.value:g}" for name, bound in each.items())
        for each in part.criteria
    )
    return " or ".join(sets) or "everybody else"


def _trials(model: Segmentation) -> Rows:
    """Return the evidence for and against clusters: random halves, halves of time, silhouette."""
    return [
        {
            "what": f"{trial.asked} clusters in {name}",
            "stability": trial.stability,
            "in time": trial.in_time,
            "separation": trial.separation,
            "taken": len(part.centroids) == trial.kept > 1,
        }
        for name, part in model.parts.items()
        for trial in part.trials
    ]


def _measured(session: Session, version: int) -> Rows:
    """Return the drift that was measured last, and what was reviewed before approval."""
    rows: Rows = []
    if measured := drift.latest(session, version):
        drifted = [each["feature"] for each in measured["features"] if each["drifted"]]
        rows.append(
            {
                "what": f"drift until {measured['window']['to']}",
                "churn": measured["churn"],
                "features drifted": f"{len(drifted)} of {len(measured['features'])}",
            }
        )
    if ready := review.latest(session, version):
        rows.append(
            {
                "what": f"review against version {ready['against']}",
                "traders moved": f"{ready['moved']} of {ready['traders']['of_both']}",
                **{f"alerts {kind}": count for kind, count in ready["alerts"].items()},
            }
        )
    return rows


def _sizes(model: Segmentation) -> Rows:
    """Return how many each segment holds, and whose quantiles its traders are held against."""
    members = list(model.assignment.values())
    counts = {name: members.count(name) for name in model.segments}
    return [
        {
            "segment": name,
            "traders": count,
            "own quantiles": name != NEW and count >= MIN_PEERS,
        }
        for name, count in counts.items()
    ]


def _segment_limits(model: Segmentation) -> Iterator[str]:
    small = [row["segment"] for row in _sizes(model) if row["traders"] and not row["own quantiles"]]
    if small:
        yield (
            f"Fewer than {MIN_PEERS} traders, or none known long enough, in {', '.join(small)}: "
            "they are held against their division, or against all."
        )
    for name, part in model.parts.items():
        if part.trials and len(part.centroids) == 1:
            yield f"No clusters were proved in {name}; it is one segment, whoever is in it."
    for name, told in model.baseline.items():
        if (unknown := told["shares"][-1]) >= 0.5:
            yield f"{name} was not known of {unknown:.0%} of the traders."


def _decided(session: Session, row: SegmentModel) -> Rows:
    proposals = approvals.decided(session, Matter.SEGMENTS, str(row.version), row.digest)
    rows = approvals_of(session, proposals)
    if row.version == 1 and not rows:
        rows = [{"decision": "in force at once: nothing stood before it"}]
    return rows
