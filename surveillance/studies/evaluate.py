"""How well a run's alerts agree with what is known to be true.

Predictions are the evidence ids of hits at or above the queue line, because that is what an
officer is shown; they count within the universe that the venue file names for a typology. What is
labelled as abuse of a typology that the rule says it sees as well is neither right nor wrong.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from surveillance.activity.facts import prepare
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.activity.venue import Venue, labels
from surveillance.model import QUEUE_LINE, Hit, Run
from surveillance.rules.book import Rulebook

Ids = frozenset[str]
Related: TypeAlias = Mapping[str, Collection[str]]
"""The typologies, by rule, whose abuse a rule says that it sees as well."""


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one typology; empty where they would divide by nothing."""

    typology: str
    universe: int
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None


def evaluate(lake: Lake, run: Run, venue: Venue, related: Related) -> dict[str, Any]:
    """Compare a run with a venue's labels: a score per typology, and alerts on the clean."""
    versions = run.manifest["lake"]
    with lake.view(run.window, run.as_of, versions) as view:
        truths, owned = known(view, venue)
    alerts = [hit for verdict in run.verdicts for hit in verdict.hits if hit.score >= QUEUE_LINE]
    scores = [
        score(truth, alerts, owned, excused(truths, truth, related)) for truth in truths.typologies
    ]
    return {
        "typologies": [asdict(score) for score in scores],
        "alerts": len(alerts),
        "clean_traders": len(truths.clean),
        "alerts_on_clean": _on_clean(alerts, owned, truths.clean),
        "alerts_per_1000_clean": _rate(alerts, owned, truths.clean),
    }


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


def excused(
    truths: labels.GroundTruth, truth: labels.TypologyTruth, related: Related
) -> dict[str, Ids]:
    """Return, for each rule, the ids that are abuse of related typologies and not of this one."""
    others = [one for one in truths.typologies if one.table == truth.table]
    return {
        name: Ids().union(*(one.positives for one in others if one.typology in typologies))
        - truth.positives
        for name, typologies in related.items()
    }


def score(
    truth: labels.TypologyTruth,
    alerts: list[Hit],
    owned: Mapping[str, set[str]],
    excuse: Mapping[str, Ids],
) -> Score:
    """Count what the alerts name of one typology, within what could be named."""
    named: set[str] = set()
    for hit in alerts:
        if hit.typology in truth.rules:
            ids = hit.evidence.get(truth.table, ())
            of = accounts_of(hit, owned) if truth.table == "accounts" else set(ids)
            named |= of - excuse.get(hit.rule_id, Ids())
    predicted = named & truth.universe
    tp = len(predicted & truth.positives)
    fp, fn = len(predicted) - tp, len(truth.positives) - tp
    return Score(
        truth.typology, len(truth.universe), tp, fp, fn,
        _share(tp, tp + fp), _share(tp, tp + fn), _share(2 * tp, 2 * tp + fp + fn),
    )  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _on_clean(alerts: list[Hit], owned: Mapping[str, set[str]], clean: frozenset[str]) -> int:
    return sum(1 for hit in alerts if (found := accounts_of(hit, owned)) and found <= clean)


def _rate(alerts: list[Hit], owned: Mapping[str, set[str]], clean: frozenset[str]) -> float | None:
    return round(1000 * _on_clean(alerts, owned, clean) / len(clean), 2) if clean else None
