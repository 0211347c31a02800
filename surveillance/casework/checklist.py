"""What an officer looks at before they decide: the runbook of the rule, a step a sentence.

Ticks are entries of the journal, so it is known who looked at what, and when.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from surveillance.records.tables import JournalEntry

_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")


class Step(NamedTuple):
    """A step of the investigation, and who ticked it last, and when."""

    text: str
    officer: str = ""
    at: datetime | None = None


def steps_of(rule: Mapping[str, Any], journal: Iterable[JournalEntry]) -> list[Step]:
    """Return the steps that a rule asks for, with the ticks of a case; ``rule`` is its record."""
    ticks: dict[str, JournalEntry] = {}
    for entry in journal:
        if entry.verb in ("check", "uncheck"):
            ticks[str(json.loads(entry.detail)["step"])] = entry
    texts = _SENTENCE.split(str(rule.get("runbook") or "").strip())
    return [_step(text, ticks.get(text)) for text in texts if text]


def _step(text: str, tick: JournalEntry | None) -> Step:
    if tick is None or tick.verb == "uncheck":
        return Step(text)
    return Step(text, tick.actor, tick.at)
