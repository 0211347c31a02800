"""What was measured, as JSON: one entry a case, by question, pack, lake and whom it was put to."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.plan import KEPT, LATE, MADE, OURS

_STORED = ("cpu", "start", "wall", "memory", "runs", "load", "hits", "digest", "failed")
_SEEN = 0.02
"""Seconds below which it is not worth keeping what they were spent on."""


def load(path: Path) -> dict[str, Any]:
    """Return what was measured before."""
    if not path.is_file():
        return {"machine": {}, "lakes": {}, "cases": {}, "stamps": []}
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return known


def save(path: Path, known: Mapping[str, Any]) -> None:
    """Keep what was measured."""
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def summary(outcome: Mapping[str, Any], planted: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return what is worth keeping of a case; of verdicts whether the planted were found."""
    case = {name: outcome[name] for name in _STORED if name in outcome}
    if spent := outcome.get("spent"):
        case["spent"] = {name: round(s, 2) for name, s in spent.items() if s >= _SEEN}
    verdicts = outcome.get("verdicts", {})
    wrong = {name: v["reason"] for name, v in verdicts.items() if v["outcome"] == "error"}
    if wrong:
        case["failed"] = "; ".join(f"{name}: {reason}" for name, reason in wrong.items())
    wanted = [(rule, subject) for rule, subject in planted if rule in verdicts]
    if wanted:
        there = sum(subject in verdicts[rule]["subjects"] for rule, subject in wanted)
        case["planted"] = [there, len(wanted)]
    return case


def differences(known: Mapping[str, Any]) -> list[str]:
    """Say where two engines found different hits, what failed of ours, and who was not found."""
    digests: dict[str, dict[str, str]] = defaultdict(dict)
    faults = []
    for key, case in known["cases"].items():
        question, _, who = key.rpartition("/")
        there, planted = case.get("planted", (0, 0))
        if there < planted:
            faults.append(f"{key}: expected all {planted} planted, was {there}")
        if who in (OURS, MADE, KEPT, LATE) and case.get("failed"):
            faults.append(f"{key}: {case['failed']}")
        elif case.get("digest"):
            digests[question][who] = case["digest"]
    for question, by in digests.items():
        if len(set(by.values())) > 1:
            faults.append(f"{question}: expected equal hits, was {by}")
    return faults
