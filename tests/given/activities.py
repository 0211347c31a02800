"""Activity that many tests look at: the tests of the shipped rules, and a day of a small venue."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.activity.sample import sample_view
from surveillance.canonical import canonical
from surveillance.config import Settings as Installation
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.detection.hits import verdict_of
from surveillance.model import Outcome, Verdict, Window
from surveillance.rules.book import Entry, Rulebook, load_rulebook
from surveillance.rules.logic import Strange
from surveillance.simulation import simulate
from surveillance.simulation.settings import SimulationSettings
from surveillance.times import span

RULES = Installation().rules
DAY = SimulationSettings(days=1, traders=120, severity=1.0)

Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows of activity by table, as a rule's own tests write them."""


@lru_cache(maxsize=1)
def shipped() -> Rulebook:
    """The rulebook of this product."""
    return load_rulebook(RULES)


BURSTS = """
id: bursts
version: 1
title: Many trades
risk: manipulation
typology: bursts
severity: low
description: Counts trades.
law: [MAR 12]
false_positives: [Everybody]
limitations: [None]
runbook: Look.
needs: [trades.buyer_id]
lookback: 2h
every: 1h
parameters:
  trades: {value: 2, unit: trades, source: test}
  worth: {value: 150, unit: USD, source: test, segments: {whale: 320}}
detect:
  from: fills
  by: [trader_id, instrument]
  measure: {trades: count(*), worth: sum(notional), mean: avg(notional)}
  require:
    trades: ">= $trades"
    worth: ">= $worth"
score:
  trades: {from: $trades, to: 4, weight: 3}
  worth: {from: $worth, to: 1000}
evidence: {trades: fills}
"""
"""A rule with two thresholds, one of them by segment."""


def plain(book: Rulebook) -> Rulebook:
    """The rules of a book whose logic is a query; the others need fitted detectors."""
    queries = {
        name: entry
        for name, entry in book.entries.items()
        if not isinstance(entry.rule.detect, Strange)
    }
    return Rulebook(queries)


def unfitted(entry: Entry, view: View, window: Window) -> Verdict:
    """Judge an anomaly rule as where no detector has been fitted."""
    return verdict_of(entry, Outcome.INSUFFICIENT_DATA, "not fitted")


def hits_in(verdicts: Sequence[Verdict]) -> Counter[str]:
    """Every hit as canonical text: who, when, score, measures, evidence, reasons."""
    errors = [verdict for verdict in verdicts if verdict.outcome is Outcome.ERROR]
    assert not errors
    return Counter(canonical(hit) for verdict in verdicts for hit in verdict.hits)


def judged(book: Rulebook, rows: Rows, window: Window, peers: Peers | None = None) -> list[Verdict]:
    """Judge rows written by hand, in a view that shows what a lake would show of them."""
    with sample_view(rows, window.back_to(book.reach)) as view:
        return list(detect(book, view, window, peers or Peers(), unfitted))


def pieces(window: Window, cuts: Sequence[datetime]) -> Iterator[Window]:
    """The window cut into shorter ones."""
    edges = [window.start, *sorted({cut for cut in cuts if window.start < cut < window.end})]
    for start, end in zip(edges, [*edges[1:], window.end], strict=True):
        yield Window(start, end)


def moved(activity: Rows, by: timedelta) -> dict[str, list[dict[str, Any]]]:
    """Rows at other times."""
    return {
        table: [
            {**row, "at": f"{(span(str(row.get('at', '0s'))) + by) // timedelta(microseconds=1)}us"}
            for row in rows
        ]
        for table, rows in activity.items()
    }


def land_day(root: Path) -> Lake:
    """A lake with one simulated day of a small venue, all of it known by the day's end."""
    venue, lake, day = simulate(DAY), Lake(root), DAY.day(0)
    lake.land(Batch("venue", "before", venue.before), day.start)
    lake.land(Batch("venue", "during", venue.during), day.end)
    return lake
