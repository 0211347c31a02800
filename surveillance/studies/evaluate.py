"""How well a run's alerts agree with what is known to be true.

Predictions are the evidence ids of hits at or above the alert line, because that is what an
officer is shown; they count within the universe that the venue file names for a typology. What is
labelled as abuse of a typology that the rule says it sees as well is neither right nor wrong.
Alerts are counted as they are filed: hits that follow one another on the same subject are one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TypeAlias

from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.venue import Venue, labels
from surveillance.casework.episodes import episodes, key_of
from surveillance.model import ALERT_LINE, Hit, Run, Sighting
from surveillance.records.answers import Score
from surveillance.rules.book import Rulebook
from surveillance.times import span

Ids = frozenset[str]
Related: TypeAlias = Mapping[str, Collection[str]]
"""The typologies, by rule, whose abuse a rule says that it sees as well."""
Apart: TypeAlias = Mapping[str, timedelta]
"""By rule, within what time a hit that follows another is one alert with it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a run's alerts agree with labels: scores by typology, and alerts on clean traders."""

    typologies: tuple[Score, ...]
    alerts: int
    clean_traders: int
    alerts_on_clean: int
    alerts_per_1000_clean: float | None


def evaluate(lake: Lake, run: Run, venue: Venue, related: Related, apart: Apart) -> Agreement:
    """Compare a run with a venue's labels."""
    versions = run.manifest["lake"]
    with lake.view(run.window, run.as_of, versions) as view:
        truths, owned = known(view, venue)
    fired = [hit for verdict in run.verdicts for hit in verdict.hits if hit.score >= ALERT_LINE]
    alerts = filed(fired, apart)
    on_clean = sum(_is_clean(accounts_of(hits[0], owned), truths.clean) for hits in alerts)
    return Agreement(
        typologies=tuple(
            score(truth, fired, owned, excused(truths, truth, related))
            for truth in truths.typologies
        ),
        alerts=len(alerts),
        clean_traders=len(truths.clean),
        alerts_on_clean=on_clean,
        alerts_per_1000_clean=round(1000 * on_clean / len(truths.clean), 2)
        if truths.clean
        else None,
    )


def filed(fired: Collection[Hit], apart: Apart) -> list[list[Hit]]:
    """Return the hits of each alert that would be filed of these."""
    sightings = sorted(
        (
            Sighting(hit, "", hit.owner_id, (), hit.started_at, hit.at, {}, apart[hit.rule_id])
            for hit in fired
        ),
        key=_subject,
    )
    acts = (episodes((), alike) for _, alike in groupby(sightings, _subject))
    return [[sighting.hit for sighting in act.sightings] for some in acts for act in some]


def _subject(sighting: Sighting) -> tuple[str, ...]:
    return tuple(word or "" for word in key_of(sighting))


def known(view: View, venue: Venue) -> tuple[labels.GroundTruth, dict[str, set[str]]]:
    """Return what is true of the window of a view, and the accounts of each owner in it."""
    prepare(view.connection, [])
    truths = labels.read(venue, view)
    owned: dict[str, set[str]] = {}
    for row in view.arrow("select trader_id, owner_id from owners").to_pylist():
        owned.setdefault(row["owner_id"], set()).add(row["trader_id"])
    return truths, owned


def accounts_of(hit: Hit, owned: Mapping[str, set[str]]) -> set[str]:
    """Return the traders that a hit speaks of: its trader, or the accounts of its owner."""
    if hit.trader_id is not None:
        return {hit.trader_id}
    return owned.get(hit.owner_id, {hit.owner_id}) if hit.owner_id is not None else set()


def related_of(book: Rulebook) -> Related:
    """Return the typologies that are related to each rule's own."""
    return {name: entry.rule.related for name, entry in book.entries.items()}


def apart_of(book: Rulebook) -> Apart:
    """Return within what time hits of each rule are one alert."""
    return {name: span(entry.rule.apart) for name, entry in book.entries.items()}


def excused(
    truths: labels.GroundTruth, truth: labels.TypologyTruth, related: Related
) -> dict[str, Ids]:
    """Return, for each rule, the ids that are abuse of related typologies and not of this one."""
    others = [other for other in truths.typologies if other.table == truth.table]
    return {
        name: Ids().union(*(other.positives for other in others if other.typology in typologies))
        - truth.positives
        for name, typologies in related.items()
    }


def score(
    truth: labels.TypologyTruth,
    fired: list[Hit],
    owned: Mapping[str, set[str]],
    excuse: Mapping[str, Ids],
) -> Score:
    """Count what the hits name of one typology, within what could be named."""
    named: set[str] = set()
    for hit in fired:
        if hit.typology in truth.rules:
            ids = hit.evidence.get(truth.table, ())
            claimed = accounts_of(hit, owned) if truth.table == "accounts" else set(ids)
            named |= claimed - excuse.get(hit.rule_id, Ids())
    predicted = named & truth.universe
    tp = len(predicted & truth.positives)
    fp, fn = len(predicted) - tp, len(truth.positives) - tp
    return {
        "typology": truth.typology,
        "universe": len(truth.universe),
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "precision": _share(tp, tp + fp),
        "recall": _share(tp, tp + fn),
        "f1": _share(2 * tp, 2 * tp + fp + fn),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _is_clean(accounts: set[str], clean: frozenset[str]) -> bool:
    return bool(accounts) and accounts <= clean
