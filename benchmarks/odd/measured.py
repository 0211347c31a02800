"""What is measured: the p-values of every trader in weeks that come after those of the fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.detection import anomaly, detectors, feature_file, segments
from surveillance.detection.anomaly import FITTED
from surveillance.detection.history import features_in
from surveillance.model import Window
from surveillance.rules.book import Entry, load_rulebook
from surveillance.rules.logic import Strange

RULES = Path("rules")
LATER = datetime(2100, 1, 1, tzinfo=UTC)
LEAST = 2
"""Weeks before the first that is judged: novelty is fitted on one, and needs one before."""


@dataclass(frozen=True)
class Week:
    """One rule over one week: the p-values of the ordinary, and of the odd with what they do."""

    rule: str
    seed: int
    place: int
    is_odd: bool
    ordinary: Mapping[str, float]
    odd: Mapping[str, tuple[str, float]]
    line: float
    shortfall: str
    quantiles: Mapping[str, float]

    def is_alert(self, p_value: float) -> bool:
        """Tell whether an officer would see it."""
        return p_value <= self.line and not self.shortfall


def judged(lake: Lake, seed: int, weeks: Sequence[Window], odd: Mapping[str, str]) -> list[Week]:
    """Judge each week by detectors fitted on those before it; only the last has anything odd.

    Segments are those of the weeks before the first that is judged, and stay.
    """
    definitions = feature_file.load(RULES / "features.yml")
    settings = segments.load(RULES / "segments.yml")
    with lake.view(Window(weeks[0].start, weeks[-1].end), LATER, None, 1) as view:
        with view.narrow(Window(weeks[0].start, weeks[LEAST - 1].end)) as past:
            model = anomaly.calibrate(past, definitions, settings, None)
        return [
            each
            for entry in load_rulebook(RULES).entries.values()
            if isinstance(entry.rule.detect, Strange)
            for each in _judged(view, definitions, entry, model.assignment, seed, weeks, odd)
        ]


def _judged(
    view: View,
    definitions: feature_file.Features,
    entry: Entry,
    placed: Mapping[str, str],
    seed: int,
    weeks: Sequence[Window],
    odd: Mapping[str, str],
) -> list[Week]:
    """Judge the weeks by one rule; the features of each week are made once."""
    spec = anomaly.spec(entry.rule)
    first = int(spec.is_novelty)
    named = definitions.only(spec.features)
    tables = features_in(view, named, weeks[first:], spec.is_novelty)
    found = []
    for place in range(LEAST, len(weeks)):
        now = place - first
        fitted = detectors.fit(spec, tables[max(0, now - FITTED) : now], placed)
        p_values = {
            each.trader_id: each.p_value for each in detectors.score(fitted, tables[now], placed)
        }
        is_last = place == len(weeks) - 1
        found.append(
            Week(
                rule=entry.rule.id,
                seed=seed,
                place=place,
                is_odd=is_last,
                ordinary={t: p for t, p in p_values.items() if not (is_last and t in odd)},
                odd={t: (odd[t], p) for t, p in p_values.items() if is_last and t in odd},
                line=spec.line,
                shortfall=fitted.shortfall,
                quantiles={
                    group: power.quantile for group, power in fitted.powers.items() if power
                },
            )
        )
    return found
