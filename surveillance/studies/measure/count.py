"""What one judged week counts: for each rule its alerts, the episodes they touch, and the rows.

An alert is right if its evidence names a row of an episode of the rule's typology, and its subject
took part: whoever traded with an abuser by chance did not. It is related if the act is of a
typology that the rule says it sees as well. Where a rule names nothing in the tables that its
labels are of, its alerts are held against the accounts and times of the episodes instead. A rule
that could not judge has missed what was there. What is wrong is on abuse of another typology, on
the clean, or on what abusers did besides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from surveillance.model import QUEUE_LINE, Hit, Run, Verdict
from surveillance.rules.book import Rulebook
from surveillance.rules.schema import Rule
from surveillance.studies.evaluate import accounts_of
from surveillance.studies.measure.truth import ACCOUNTS, Episode, Row, Truth
from surveillance.times import EPOCH


def counted(
    run: Run, book: Rulebook, truth: Truth, settle: timedelta, tick: timedelta
) -> dict[str, Any]:
    """Count a run against what is true of it; delays are whole seconds.

    ``settle`` and ``tick`` are how long a scheduler waits, and how often it looks.
    """
    feeds = run.manifest["completeness"]
    places: dict[Row, list[int]] = {}
    for number, episode in enumerate(truth.episodes):
        for row in episode.rows:
            places.setdefault(row, []).append(number)
    return {
        "clean_owners": dict(sorted(Counter(truth.clean.values()).items())),
        "feeds": {name: feed["rows"] for name, feed in feeds.items() if feed["rows"]},
        "typologies": _typologies(truth),
        "rules": {
            one.rule_id: _Count(truth, places, book.entries[one.rule_id].rule, settle, tick).of(one)
            for one in run.verdicts
        },
    }


def filed(at: datetime, settle: timedelta, tick: timedelta) -> datetime:
    """Return when a hit that became true at a moment is filed by ticks on the grid of the epoch.

    A tick judges whole ticks that have settled, so a hit waits for the end of its own, and then
    for the first tick that is ``settle`` later.
    """
    end = EPOCH + ((at - EPOCH) // tick + 1) * tick
    return end - (-settle // tick) * tick


def _typologies(truth: Truth) -> dict[str, dict[str, int]]:
    names = sorted({one.typology for one in truth.episodes})
    return {
        name: {"episodes": len(truth.of(name)), "rows": len(_labelled(truth.of(name)))}
        for name in names
    }


def _labelled(episodes: Iterable[Episode]) -> frozenset[Row]:
    return frozenset(row for one in episodes for row in one.rows)


@dataclass(frozen=True)
class _Count:
    """One rule against the truth."""

    truth: Truth
    places: Mapping[Row, Sequence[int]]
    """The episodes, by number, that a row belongs to."""
    rule: Rule
    settle: timedelta
    tick: timedelta

    def of(self, verdict: Verdict) -> dict[str, Any]:
        """Return the counts of a verdict."""
        alerts = [hit for hit in verdict.hits if hit.score >= QUEUE_LINE]
        told = Counter[str]()
        wrong: dict[str, Counter[str]] = {"on_other": Counter(), "on_clean": Counter()}
        found: dict[int, datetime] = {}
        for hit in alerts:
            touched = self._touched(hit)
            mine = touched & self._mine
            for number in mine:
                found[number] = min(found.get(number, hit.at), hit.at)
            told["right"] += bool(mine)
            if mine:
                continue
            typologies = {self._episode(n).typology for n in touched}
            if typologies & set(self.rule.related):
                told["kin"] += 1
            elif typologies:
                wrong["on_other"].update(typologies)
                told["other"] += 1
            else:
                kind = self._clean_kind(hit)
                wrong["on_clean"].update([kind] if kind else [])
                told["besides"] += kind is None
        return {
            "version": verdict.version,
            "risk": self.rule.risk,
            "typology": self.rule.typology,
            "outcome": verdict.outcome.value,
            "reason": verdict.reason,
            "alerts": len(alerts),
            "right": told["right"],
            "kin": told["kin"],
            "other": told["other"],
            "besides": told["besides"],
            **{name: dict(sorted(of.items())) for name, of in wrong.items()},
            "judged_by": "rows" if self._tables else ACCOUNTS,
            "rows": self._rows(alerts),
            "found": [self._delay(number, at) for number, at in sorted(found.items())],
        }

    @cached_property
    def _mine(self) -> set[int]:
        every = enumerate(self.truth.episodes)
        return {number for number, one in every if one.typology == self.rule.typology}

    @cached_property
    def _tables(self) -> set[str]:
        """Return the tables that both the rule's evidence and its labels are of."""
        mine = _labelled(self.truth.of(self.rule.typology))
        return {table for table, _ in mine} & set(self.rule.evidence) - {ACCOUNTS}

    def _episode(self, number: int) -> Episode:
        return self.truth.episodes[number]

    def _touched(self, hit: Hit) -> set[int]:
        """Return the episodes of which a hit names a row, and whose accounts it speaks of."""
        who = accounts_of(hit, self.truth.owned)
        named = ((table, name) for table, names in hit.evidence.items() for name in names)
        found = {number for row in named for number in self.places.get(row, ())}
        if not self._tables:
            found |= {n for n in self._mine if _meets(hit, self._episode(n))}
        return {n for n in found if not who or who & self._episode(n).accounts}

    def _clean_kind(self, hit: Hit) -> str | None:
        who = accounts_of(hit, self.truth.owned)
        kinds = {kind for name, kind in self.truth.clean.items() if who & self.truth.owned[name]}
        guilty = who - {
            trader for name in self.truth.clean for trader in self.truth.owned.get(name, ())
        }
        return " and ".join(sorted(kinds)) if kinds and not guilty else None

    def _rows(self, alerts: Iterable[Hit]) -> dict[str, int]:
        """Count single rows: those that alerts name, and of them those that are labelled."""
        tables = self._tables
        mine = self.truth.of(self.rule.typology)
        if tables:
            true = {row for row in _labelled(mine) if row[0] in tables}
            named = {(t, n) for hit in alerts for t in tables for n in hit.evidence.get(t, ())}
        else:
            true = {(ACCOUNTS, name) for one in mine for name in one.accounts}
            named = {(ACCOUNTS, n) for hit in alerts for n in accounts_of(hit, self.truth.owned)}
        return {"tp": len(true & named), "fp": len(named - true), "fn": len(true - named)}

    def _delay(self, number: int, at: datetime) -> dict[str, int | None]:
        """Return how long after its first labelled row an episode's first alert came."""
        start = self._episode(number).start
        if start is None:
            return {"episode": number, "delay_s": None, "filed_s": None}
        until = filed(at, self.settle, self.tick)
        return {
            "episode": number,
            "delay_s": max(0, (at - start) // timedelta(seconds=1)),
            "filed_s": max(0, (until - start) // timedelta(seconds=1)),
        }


def _meets(hit: Hit, one: Episode) -> bool:
    if one.start is None or one.end is None:
        return True
    return hit.started_at <= one.end and hit.at >= one.start
