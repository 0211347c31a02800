"""What was found, as one digest, so that engines that share no code can be held against each other.

A hit is its subject, its instrument, the hour at whose end it came true, and the ids it rests on.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

HitRow: TypeAlias = tuple[str, str, int, Sequence[str]]
"""Subject, instrument or nothing, hour since the epoch, ids of the evidence."""

HOUR = 3_600_000_000
"""Microseconds."""


def summary(packs: Iterable[Iterable[HitRow]]) -> dict[str, Any]:
    """Return how many hits there are in all, and a digest over those of each rule in turn."""
    rules = [sorted((s, i, int(h), sorted(ids)) for s, i, h, ids in pack) for pack in packs]
    text = json.dumps(rules, separators=(",", ":"))
    return {
        "hits": sum(len(rule) for rule in rules),
        "digest": hashlib.sha256(text.encode()).hexdigest()[:16],
    }
