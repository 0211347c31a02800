"""Over which view each rule is judged: one that reaches no further back than its rule looks.

What orders say asks for two days, collusion for nine, dealing ahead for seventeen, and money for a
quarter; where all rules were judged over one view, each would pay for the one that looks furthest.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import timedelta

from surveillance.activity.lake.view import View
from surveillance.model import Window
from surveillance.rules.book import Entry, Rulebook

_REACHES = (timedelta(days=3), timedelta(days=10), timedelta(days=21))
"""The most that rules of one view look back: engineering defaults, on which cost alone hangs."""


def by_view(book: Rulebook, view: View, window: Window) -> Iterator[tuple[View, Rulebook]]:
    """Yield views of a window within one that is wide enough for all, and the rules for each."""
    parts: list[dict[str, Entry]] = [{} for _ in range(len(_REACHES) + 1)]
    for name, entry in book.entries.items():
        parts[bisect_left(_REACHES, entry.reach)][name] = entry
    # Facts are made once a view, with the columns that its rules ask for: so all of them together.
    found: dict[View, dict[str, Entry]] = {}
    for part in map(Rulebook, filter(None, parts)):
        near = view.reaching(window.back_to(part.reach))
        found[near] = found.get(near, {}) | dict(part.entries)
    for near, entries in found.items():
        yield near, Rulebook(dict(sorted(entries.items())))
