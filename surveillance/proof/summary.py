"""What a certificate says of a replay."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from surveillance.model import Run, Verdict
from surveillance.proof.premises import Difference, is_whole


def summary(
    recorded: Run, before: str, digest: str, differences: Sequence[Difference], notes: Sequence[str]
) -> dict[str, Any]:
    """Return what a certificate says of a replay."""
    manifest = recorded.manifest if is_whole(recorded.manifest) else {}
    differing = {difference.rule_id for difference in differences} if digest else None
    segments = manifest.get("segments")
    return {
        "run_id": recorded.id,
        "start": recorded.window.start,
        "end": recorded.window.end,
        "as_of": recorded.as_of,
        "recorded_digest": before,
        "replayed_digest": digest,
        "lake": manifest.get("lake", {}),
        "rules": [_rule(verdict, differing) for verdict in recorded.verdicts],
        "segments": segments["digest"] if segments else "",
        "detectors": _detectors(recorded, manifest.get("detectors", {})),
        "code": manifest.get("code", ""),
        "libraries": manifest.get("libraries", {}),
        "notes": list(notes),
        "differences": [_row(difference) for difference in differences],
    }


def _rule(verdict: Verdict, differing: Collection[str] | None) -> dict[str, Any]:
    """Return what became of a rule; without ``differing`` nothing was judged, and none agrees."""
    return {
        "rule_id": verdict.rule_id,
        "version": verdict.version,
        "digest": verdict.digest,
        "outcome": verdict.outcome.value,
        "hits": len(verdict.hits),
        "agrees": differing is not None and verdict.rule_id not in differing,
    }


def _detectors(recorded: Run, pinned: Mapping[str, str]) -> list[dict[str, Any]]:
    versions = {verdict.rule_id: verdict.version for verdict in recorded.verdicts}
    return [
        {"rule_id": rule, "version": versions.get(rule, 0), "digest": name}
        for rule, name in sorted(pinned.items())
    ]


def _row(difference: Difference) -> dict[str, str]:
    return {
        "rule_id": difference.rule_id,
        "subject": difference.subject,
        "measure": difference.measure or difference.kind,
        "recorded": difference.before,
        "replayed": difference.after,
    }
