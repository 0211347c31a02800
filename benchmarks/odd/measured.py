"""What is measured: the p-values of every trader in weeks that come after those of the fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.detection import anomaly, detectors, features, segments
from surveillance.detection.changes import features_in
from surveillance.model import Window
from surveillance.rules.book import Rulebook, load_rulebook
from surveillance.rules.logic import Strange

RULES = Path("rules")
LATER = datetime(2100, 1, 1, tzinfo=UTC)
LEAST = 2
"""Weeks before the first that is judged: changes are fitted on one, and need one before."""


@dataclass(frozen=True)
class Week:
    """One rule over one week: the p-values of the ordinary, and of the odd with what they do."""

    rule: str
    is_odd: bool
    ordinary: Mapping[str, float]
    odd: Mapping[str, tuple[str, float]]
    line: float
    shortfall: str
    quantiles: Mapping[str, float]


def judged(lake: Lake, weeks: Sequence[Window], odd: Mapping[str, str]) -> list[Week]:
    """Judge each week by detectors fitted on those before it; only the last has anything odd."""
    book = _strange()
    whole = Window(weeks[0].start, weeks[-1].end)
    with lake.view(whole, LATER, None, 1) as view:
        return [
            each
            for place in range(LEAST, len(weeks))
            for each in _week(view, book, weeks, place, odd)
        ]


def _strange() -> Rulebook:
    book = load_rulebook(RULES)
    some = {n: e for n, e in book.entries.items() if isinstance(e.rule.detect, Strange)}
    return Rulebook(some)


def _week(
    view: View, book: Rulebook, weeks: Sequence[Window], place: int, odd: Mapping[str, str]
) -> list[Week]:
    definitions = features.load(RULES / "features.yml")
    settings = segments.load(RULES / "segments.yml")
    before = Window(weeks[0].start, weeks[place - 1].end)
    with view.narrow(before) as past:
        model = anomaly.calibrate(past, definitions, settings, None)
    fits = anomaly.fit(book, view, before.end, definitions, model)
    found = []
    for name, fitted in fits.items():
        wanted = fitted.spec
        table = features_in(
            view, definitions.only(wanted.features), weeks[place], wanted.is_of_change
        )
        scored = detectors.score(fitted, table, model.assignment)
        p_values = {each.trader_id: each.p_value for each in scored}
        is_last = place == len(weeks) - 1
        found.append(
            Week(
                name,
                is_last,
                {t: p for t, p in p_values.items() if t not in odd},
                {t: (odd[t], p) for t, p in p_values.items() if t in odd and is_last},
                wanted.line,
                fitted.shortfall,
                {group: power.quantile for group, power in fitted.powers.items() if power},
            )
        )
    return found
