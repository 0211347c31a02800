"""Entries of the journal as pages show them: what somebody wrote, and the facts beside it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from surveillance.records.tables import JournalEntry

_WORDS = ("text", "reason")
"""What officers write; of a case it is shown with the case alone."""


class ShownEntry(NamedTuple):
    """One entry: what was written with it, and whatever else it says, by name."""

    entry: JournalEntry
    words: str
    facts: tuple[tuple[str, Any], ...]


def shown(entry: JournalEntry) -> ShownEntry:
    """Return an entry with what it says; what is empty or false is left out."""
    detail: Mapping[str, Any] = json.loads(entry.detail)
    words = next((detail[name] for name in _WORDS if detail.get(name)), "")
    return ShownEntry(entry, words, tuple(_facts(detail)))


def _facts(detail: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in detail.items():
        is_empty = value is None or value is False or value == ""
        if name not in _WORDS and not is_empty:
            yield name, value
