"""The heart: a rulebook over a view of activity gives one verdict a rule. Values in, values out.

``except Exception`` stands once, around one rule: a rule that fails says so and the others go on,
in a fresh view where it has ended the engine.
A rule whose needs are not met says ``insufficient_data``; no rule is ever silent. One that takes
too long, or too much memory, is stopped at its bounds, and so is a fact; see ``bounds``.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

import pyarrow as pa

from surveillance.activity.bounds import bounded
from surveillance.activity.facts import relations
from surveillance.activity.lake.view import View
from surveillance.activity.sample import sample_view
from surveillance.detection.anomaly import Judge, Peers
from surveillance.detection.candidates import Shared
from surveillance.detection.hits import counted_of, hits_of, merged_by_id, qualified, verdict_of
from surveillance.detection.making import Facts, facts_of, has_candidate, is_due, may_find, read_by
from surveillance.detection.reach import by_view
from surveillance.detection.rollup import rolled_up
from surveillance.detection.unjudged import UnjudgedRows
from surveillance.model import ALERT_LINE, Hit, Outcome, Verdict, Window
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.examples import Tested, examples_of
from surveillance.rules.inline import Example
from surveillance.rules.logic import Strange
from surveillance.rules.shape import rows
from surveillance.times import epoch_us, span

_NONE: Mapping[str, Exception] = {}


def detect(
    book: Rulebook,
    view: View,
    window: Window,
    peers: Peers,
    judge: Judge,
    progress: Callable[[str], None] = lambda rule_id: None,
) -> tuple[Verdict, ...]:
    """Judge ``window`` by every rule, over a view that reaches back as far as the rulebook needs.

    Rules that look far back are judged over a view of their own, so that no other pays for it.

    Returns verdicts in order of rule id, hits in order of ``(at, subject, instrument)``.
    """
    verdicts = []
    for near, part in by_view(book, view, window):
        run = _run_of(part, near, window, peers, judge)
        for name, entry in part.entries.items():
            progress(name)
            verdict = run.verdict(entry)
            if verdict.outcome is Outcome.ERROR and near.revive():
                run = _run_of(part, near, window, peers, judge, run.facts.failed)
            verdicts.append(verdict)
    return tuple(sorted(verdicts, key=lambda each: each.rule_id))


def _run_of(
    book: Rulebook,
    view: View,
    window: Window,
    peers: Peers,
    judge: Judge,
    failed: Mapping[str, Exception] = _NONE,
) -> "_Run":
    _place(view, peers)
    return _Run(
        view=view,
        window=window,
        peers=peers,
        judge=judge,
        facts=facts_of(book, view, window, failed),
        shared=Shared(view, window, peers, book),
        reaches={entry.own_reach for entry in book.entries.values()},
    )


@dataclass(frozen=True)
class _Run:
    """What all rules of a run are judged on, and what they share."""

    view: View
    window: Window
    peers: Peers
    judge: Judge
    facts: Facts
    shared: Shared
    reaches: Collection[timedelta]
    found: dict[str, timedelta] = field(default_factory=dict)
    missed: dict[str, timedelta] = field(default_factory=dict)

    def verdict(self, entry: Entry) -> Verdict:
        """Judge by one rule, whatever becomes of it."""
        try:
            self.facts.make([])
            with self._bounded():
                missing = [need for need in entry.rule.needs if not self._has(entry, need)]
            if missing:
                reason = f"no {', '.join(missing)} in reach"
                return verdict_of(entry, Outcome.INSUFFICIENT_DATA, reason)
            reads = is_due(entry, self.window) and not isinstance(entry.rule.detect, Strange)
            self.facts.make(read_by(entry, self.view, self.window) if reads else [])
            with self._bounded():
                verdict = self._judged(entry)
                return qualified(verdict, entry, self.unjudged.of(entry, reads))
        except Exception as error:  # one rule's failure is its verdict, never the run's
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            return verdict_of(entry, Outcome.ERROR, reason)
        finally:
            self.shared.leave(entry)

    def _bounded(self) -> AbstractContextManager[None]:
        return bounded(self.view.connection, self.view.bounds)

    def _has(self, entry: Entry, need: str) -> bool:
        """Return whether there is what a rule needs; a longer reach has all that a shorter one has.

        So what was found, or missed, within another reach often answers for this one.
        """
        reach, never = entry.own_reach, timedelta(-1)
        if reach <= self.missed.get(need, never):
            return False
        if reach < self.found.get(need, timedelta.max):
            if not _has(self.view, need, self.window.back_to(reach)):
                self.missed[need] = reach
                return False
            self.found[need] = reach
        return True

    def _judged(self, entry: Entry) -> Verdict:
        if not (is_due(entry, self.window) and may_find(entry, self.view, self.window)):
            return verdict_of(entry, Outcome.NO_HIT)
        if isinstance(entry.rule.detect, Strange):
            return self.judge(entry, self.view, self.window)
        if not has_candidate(entry, self.view, self.window):
            return verdict_of(entry, Outcome.NO_HIT)
        start, end = epoch_us(self.window.start), epoch_us(self.window.end)
        lines = self.peers.lines(entry.rule)
        sql = self.shared.of(entry).compiled.sql(start, end, lines)
        found = self.view.arrow(sql, self.view.bounds).to_pylist()
        candidates = [row for row in found if row["why"] is None]
        if (least := entry.compiled.repeats) > 0:
            hop, lookback = span(entry.rule.every or ""), span(entry.rule.lookback)
            candidates = list(rolled_up(candidates, hop, lookback, least, self.window))
        hits = merged_by_id(hits_of(entry, candidates, lines))
        fired = any(row["fired"] for row in candidates)
        outcome = Outcome.HIT if fired else Outcome.NO_HIT
        counted = tuple(counted_of(row) for row in found if row["why"] is not None)
        return replace(verdict_of(entry, outcome, hits=hits), not_judged=counted)

    @cached_property
    def unjudged(self) -> UnjudgedRows:
        """Return what counts the rows that rules cannot judge."""
        return UnjudgedRows(self.view, self.window, self.reaches, self.facts.kept)


def _has(view: View, need: str, reach: Window) -> bool:
    """Return whether a table has rows within reach, or a column values."""
    table, _, column = need.partition(".")
    sql = f"select 1 from {rows(relations()[table])} where {column or '1'} is not null limit 1"
    for mark, time in (("$run_from", reach.start), ("$run_end", reach.end)):
        sql = sql.replace(mark, str(epoch_us(time)))
    return bool(view.arrow(sql).num_rows)


def _place(view: View, peers: Peers) -> None:
    columns = (list(peers.segments), list(peers.segments.values()))
    placed = pa.Table.from_arrays(
        [pa.array(names, pa.string()) for names in columns], ["subject_id", "segment"]
    )
    view.connection.register("placed", placed)
    view.connection.execute("create or replace temp table segments as select * from placed")


def try_examples(entry: Entry) -> list[Tested]:
    """Judge the inline tests of a rule as a run would; see ``examples_of``."""
    return examples_of(entry, try_example)


def try_example(entry: Entry, example: Example, window: Window) -> tuple[str, tuple[Hit, ...]]:
    """Judge one inline test; return what kept it from being judged, and the hits that fired."""
    back = window.back_to(entry.reach)
    book = Rulebook({entry.rule.id: entry})
    with sample_view(example.given, back) as view:
        (verdict,) = detect(book, view, window, Peers(example.segments), _no_detector)
    unable = verdict.outcome in (Outcome.ERROR, Outcome.INSUFFICIENT_DATA)
    fired = tuple(hit for hit in verdict.hits if hit.score >= ALERT_LINE)
    return (verdict.reason if unable else ""), fired


def _no_detector(entry: Entry, view: View, window: Window) -> Verdict:
    return verdict_of(entry, Outcome.INSUFFICIENT_DATA, "no detector is fitted for an inline test")
