"""Candidates stored in a table, for rules that ask other thresholds of them.

Versions of a rule and what-if variants differ mostly in what comes after their candidates. Those
of one run are found once and of them only what fires, or comes near, for any of the rules that
share them; so thirty of a kind cost little more than one. A study stores them all.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import duckdb

from surveillance.activity.lake.view import View
from surveillance.detection.anomaly import Peers
from surveillance.model import Window
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.compiled import with_lines
from surveillance.times import epoch_us


def store(
    entry: Entry, view: View, window: Window, table: str, gate: str = "true", score: str = "100"
) -> None:
    """Store the candidates of a rule that pass a gate, or come near; by default all of them."""
    open_ = replace(entry.compiled, gate=gate, near="false", excuses={}, score=score)
    sql = open_.sql(epoch_us(window.start), epoch_us(window.end), {})
    view.connection.execute(f'create or replace temp table "{table}" as {sql}')


def over(entry: Entry, table: str) -> Entry:
    """Return the rule with its candidates taken from where ``store`` put them."""
    stored = f'select * exclude ({_JUDGED}) from "{table}"'
    return replace(entry, compiled=replace(entry.compiled, candidates=stored, late={}))


_JUDGED = "segment, excuse, fired, near, why, score, rows"
"""What a judgement adds to candidates, which whoever judges them again finds anew."""


def alike(entry: Entry) -> Hashable:
    """Return what two rules have in common whose candidates are the same."""
    rule = entry.compiled
    late = tuple(rule.late.items())
    return rule.candidates, rule.reach, rule.repeats, entry.rule.lookback, late


class Shared:
    """The candidates that more than one rule of a run judges, each found when first asked for."""

    def __init__(self, view: View, window: Window, peers: Peers, book: Rulebook) -> None:
        self._view, self._window, self._peers = view, window, peers
        self._tables: dict[Hashable, _Table] = {}
        users = defaultdict(list)
        for entry in book.entries.values():
            users[alike(entry)].append(entry)
        for number, (key, entries) in enumerate(users.items()):
            if len(entries) > 1 and entries[0].compiled.candidates:
                self._tables[key] = _Table(f"candidates_{number}", entries, len(entries))

    def of(self, entry: Entry) -> Entry:
        """Return a rule that reads its candidates from their table, if they are shared."""
        table = self._tables.get(alike(entry))
        if table is None:
            return entry
        try:
            if not table.is_stored:
                store(entry, self._view, self._window, table.name, *self._any(table.users))
                table.is_stored = True
        except duckdb.Error:  # one of them fails, perhaps another: each finds its own
            del self._tables[alike(entry)]
            return entry
        return over(entry, table.name)

    def leave(self, entry: Entry) -> None:
        """Let go of candidates after the last rule that judges them."""
        table = self._tables.get(alike(entry))
        if table is not None:
            table.remaining -= 1
            if not table.remaining:
                with suppress(duckdb.Error):  # of an engine that has ended nothing is left
                    self._view.connection.execute(f'drop table if exists "{table.name}"')

    def _any(self, users: Sequence[Entry]) -> tuple[str, str]:
        """Return a gate that is open where it is, or nearly, for any of the rules; and a score."""
        gates = []
        for entry in users:
            lines = self._peers.lines(entry.rule)
            # What is unknown is kept as well, for whoever counts it.
            gates.append(f"coalesce({with_lines(entry.compiled.gate, lines)}, true)")
            gates.append(f"coalesce({with_lines(entry.compiled.near, lines)}, false)")
        return " or ".join(gates), "case when fired then 100 else 0 end"


@dataclass
class _Table:
    """Stored candidates: their table, who judges them, and how many have not yet."""

    name: str
    users: Sequence[Entry]
    remaining: int
    is_stored: bool = False
