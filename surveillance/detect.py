"""The heart: a rulebook over a view of activity gives one verdict a rule. Values in, values out.

``except Exception`` stands once, around one rule: a rule that fails says so and the others go on.
A rule whose needs are not met says ``insufficient_data``; no rule is ever silent. One that takes
too long, or too much memory, is stopped at its bounds, and so is a fact; see ``bounds``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa

from surveillance.activity.facts import Asked, Use, asked, needed, prepare, relations
from surveillance.activity.sample import sample_view
from surveillance.activity.view import View
from surveillance.anomaly import Judge, Peers
from surveillance.bounds import bounded
from surveillance.hits import hit_of, one_an_id
from surveillance.model import Hit, Outcome, Verdict, Window
from surveillance.rollup import rolled_up
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.compile import resolve
from surveillance.rules.examples import Tested, examples_of
from surveillance.rules.schema import Example, Strange
from surveillance.rules.shape import rows
from surveillance.times import EPOCH, micros, span


def detect(
    book: Rulebook,
    view: View,
    window: Window,
    peers: Peers,
    judge: Judge,
    progress: Callable[[str], None] = lambda rule_id: None,
) -> tuple[Verdict, ...]:
    """Judge ``window`` by every rule, over a view that reaches back as far as the rulebook needs.

    Returns verdicts in order of rule id, hits in order of ``(at, subject, instrument)``.
    """
    facts = _Facts(view, asked(_uses(book)))
    _place(view, peers)
    verdicts = []
    for name, entry in book.entries.items():
        progress(name)
        verdicts.append(_verdict(entry, view, facts, window, peers, judge))
    return tuple(verdicts)


def _uses(book: Rulebook) -> Iterator[Use]:
    """Yield what the rules that read this view themselves ask of facts."""
    for entry in book.entries.values():
        if not isinstance(entry.rule.detect, Strange):
            made = entry.compiled
            yield Use(made.tables, made.words, made.conditions)


class _Facts:
    """Makes each fact once; one that cannot be made fails all who need it, and is not retried."""

    def __init__(self, view: View, asks: Asked) -> None:
        self.view, self.asks = view, asks
        self.failed: dict[str, Exception] = {}

    def make(self, names: Iterable[str]) -> None:
        """Make the named facts, and those that they are made of, each within the bounds."""
        for name in needed(names):
            if name in self.failed:
                raise self.failed[name]
            try:
                with bounded(self.view.connection, self.view.bounds):
                    prepare(self.view.connection, [name], self.asks)
                self._note(name)
            except Exception as wrong:
                self.failed[name] = wrong
                raise

    def _note(self, name: str) -> None:
        ask = self.asks.get(name)
        if ask is not None and ask.rows is None:
            self.view.made[name] = ask.columns


def _verdict(
    entry: Entry, view: View, facts: _Facts, window: Window, peers: Peers, judge: Judge
) -> Verdict:
    try:
        facts.make([])
        with bounded(view.connection, view.bounds):
            missing = _missing(entry, view, window)
        if missing:
            return _said(entry, Outcome.INSUFFICIENT_DATA, f"no {', '.join(missing)} in reach")
        is_strange = isinstance(entry.rule.detect, Strange)
        facts.make([] if is_strange else entry.compiled.tables)
        with bounded(view.connection, view.bounds):
            if is_strange:
                return judge(entry, view, window)
            return _judged(entry, view, window, peers)
    except Exception as error:  # one rule's failure is its verdict, never the run's
        return _said(entry, Outcome.ERROR, f"{type(error).__name__}: {error}".splitlines()[0])


def _said(entry: Entry, outcome: Outcome, reason: str = "", hits: Iterable[Hit] = ()) -> Verdict:
    rule = entry.rule
    return Verdict(rule.id, rule.version, entry.digest, outcome, reason, tuple(hits))


def _missing(entry: Entry, view: View, window: Window) -> list[str]:
    start, end = micros(window.start - EPOCH), micros(window.end - EPOCH)
    times = {"$run_from": str(start - micros(entry.reach)), "$run_end": str(end)}
    return [need for need in entry.rule.needs if not _has(view, need, times)]


def _has(view: View, need: str, times: Mapping[str, str]) -> bool:
    table, _, column = need.partition(".")
    sql = f"select 1 from {rows(relations()[table])} where {column or '1'} is not null limit 1"
    for mark, value in times.items():
        sql = sql.replace(mark, value)
    return bool(view.arrow(sql).num_rows)


def _place(view: View, peers: Peers) -> None:
    columns = (list(peers.segments), list(peers.segments.values()))
    placed = pa.Table.from_arrays(
        [pa.array(names, pa.string()) for names in columns], ["subject_id", "segment"]
    )
    view.connection.register("placed", placed)
    view.connection.execute("create or replace temp table segments as select * from placed")


def _judged(entry: Entry, view: View, window: Window, peers: Peers) -> Verdict:
    lines = {
        name: resolve(parameter, peers.quantiles.get(parameter.of or ""))
        for name, parameter in entry.rule.parameters.items()
        if not parameter.is_plain
    }
    sql = entry.compiled.sql(micros(window.start - EPOCH), micros(window.end - EPOCH), lines)
    found = view.arrow(sql, view.bounds).to_pylist()
    if entry.compiled.repeats:
        hop, lookback = span(entry.rule.every or ""), span(entry.rule.lookback)
        found = list(rolled_up(found, hop, lookback, entry.compiled.repeats, window))
    hits = one_an_id([hit_of(entry, row, lines) for row in found])
    fired = any(row["fired"] for row in found)
    return _said(entry, Outcome.HIT if fired else Outcome.NO_HIT, hits=hits)


def try_examples(entry: Entry) -> list[Tested]:
    """Judge the inline tests of a rule as a run would."""
    return examples_of(entry, _tried)


def _tried(entry: Entry, example: Example, window: Window) -> tuple[str, tuple[Hit, ...]]:
    back = window.back_to(entry.reach)
    book = Rulebook({entry.rule.id: entry})
    with sample_view(example.given, back) as view:
        (verdict,) = detect(book, view, window, Peers(example.segments), _no_detector)
    unable = verdict.outcome in (Outcome.ERROR, Outcome.INSUFFICIENT_DATA)
    return (verdict.reason if unable else ""), tuple(hit for hit in verdict.hits if hit.score >= 50)


def _no_detector(entry: Entry, view: View, window: Window) -> Verdict:
    return _said(entry, Outcome.INSUFFICIENT_DATA, "no detector is fitted for an inline test")
