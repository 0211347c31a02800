"""The card of a fitted detector: its settings, its peers, what was planted for it, who agreed."""

import json
from dataclasses import asdict

from sqlmodel import Session, col, select

from surveillance import yamlfile
from surveillance.detection import anomaly, detectors
from surveillance.errors import SurveillanceError
from surveillance.proof import canaries, rulebooks
from surveillance.records import artefacts
from surveillance.records.tables import Approval, DetectorModel, Matter, RunRow, VerdictRow
from surveillance.studies.watch.cards import (
    FORMAT,
    UNRECORDED,
    Card,
    Rows,
    approvals_of,
    features_of,
    made,
)

NOBODY = (
    "finds nobody at this budget; who is in it is measured among all, if anybody is found there"
)
_RUNS = 50
"""How many of the latest runs are looked through for those that used a model."""


def detector_card(session: Session, rule_id: str) -> Card:
    """Return the card of the detector that was fitted last for a rule.

    Raises:
        SurveillanceError: none was.
    """
    of = select(DetectorModel).where(DetectorModel.rule_id == rule_id)
    row = session.exec(of.order_by(col(DetectorModel.fitted_to).desc())).first()
    if row is None:
        fitted = ", ".join(sorted(set(session.exec(select(DetectorModel.rule_id))))) or "none"
        raise SurveillanceError(
            f"expected a rule with a fitted detector ({fitted}), was {rule_id}"
            f"{_why_not(session, rule_id)}"
        )
    fit = anomaly.fitted(artefacts.read(session, row.digest))
    text = rulebooks.rule_text(session, rule_id, row.version)
    rule = yamlfile.parse(text, f"{rule_id}@{row.version}").data
    spec, (run_id, pinned) = asdict(fit.spec), _used(session, row)
    return {
        "format": FORMAT,
        "model": rule_id,
        "version": row.version,
        "digest": row.digest,
        "purpose": str(rule["description"]),
        "data": {
            **made(row),
            "traders": max(group.size for group in fit.groups.values()),
            "windows": fit.windows,
            "rule": row.rule_digest,
            "features file": pinned or UNRECORDED,
        },
        "features": features_of(session, pinned, spec["features"]),
        "method": {name: value for name, value in spec.items() if name != "features"},
        "validation": _found(session, run_id, rule_id),
        "power": _groups(fit),
        "limits": [str(each) for each in (*rule["limitations"], *rule["false_positives"])],
        "approvals": approvals_of(session, _proposals(session, rule_id, row.version)),
    }


def _proposals(session: Session, rule_id: str, version: int) -> list[Approval]:
    of = select(Approval).where(
        Approval.matter == Matter.RULE, Approval.subject == f"{rule_id}@{version}"
    )
    return list(session.exec(of.order_by(col(Approval.id))).all())


def _why_not(session: Session, rule_id: str) -> str:
    """Say what the latest run that judged a rule said of it, where it could not judge."""
    judged = select(VerdictRow.run_id, VerdictRow.reason).join(RunRow)
    of = judged.where(VerdictRow.rule_id == rule_id).order_by(col(RunRow.end).desc())
    latest = session.exec(of).first()
    return f". Run {latest[0]} said of it: {latest[1]}" if latest and latest[1] else ""


def _used(session: Session, row: DetectorModel) -> tuple[str | None, str | None]:
    """Return the latest run that used a fit, and its features file, if one of the last did."""
    latest = select(RunRow.id, RunRow.manifest).order_by(col(RunRow.end).desc()).limit(_RUNS)
    for run_id, manifest in session.exec(latest):
        pinned = json.loads(manifest)
        if pinned["detectors"].get(row.rule_id) == row.digest:
            return run_id, pinned["features"]
    return None, None


def _found(session: Session, run_id: str | None, rule_id: str) -> Rows:
    """Return whether the detector picked who was planted far beyond every peer of each group."""
    planted = canaries.listed(session, run_id) if run_id else []
    return [
        {"what": f"planted: {each.act}", "run": run_id, "found": each.found, "why": each.reason}
        for each in planted
        if each.rule_id == rule_id
    ]


def _groups(fit: detectors.Fitted) -> Rows:
    """Return how many peers each group has, and what can be found among them at the budget."""
    return [
        {
            "group": name,
            "traders": group.size,
            "weeks of traders": len(group.scores),
            "finds beyond quantile": power.quantile if (power := fit.powers[name]) else None,
            "from a score of": round(power.least, 4) if power else None,
            "p of the farthest": float(f"{group.calibration.p_value(group.farthest):.3g}"),
            "p asked": float(f"{fit.spec.line:.3g}"),
            "says": "" if power else NOBODY,
        }
        for name, group in fit.groups.items()
    ]
