"""What is measured of one market: segments of two weeks, set against each other and the truth."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from surveillance.activity.lake import Lake
from surveillance.detection import anomaly, feature_file, features, segments
from surveillance.detection.scaling import Matrix, rows_of
from surveillance.detection.segments import NEW, Segmentation, SegmentSettings
from surveillance.detection.segments.space import Space
from surveillance.model import Window

RULES = Path("rules")
LATER = datetime(2100, 1, 1, tzinfo=UTC)
_HALVES = 5


@dataclass(frozen=True)
class Measured:
    """One market: figures by name, and how many are in each segment."""

    market: str
    figures: Mapping[str, float]
    sizes: Mapping[str, int]


def shipped() -> tuple[feature_file.Features, SegmentSettings]:
    """Return what the product ships."""
    text = (RULES / "features.yml").read_text()
    return feature_file.parse(text, "features.yml"), segments.load(RULES / "segments.yml")


def calibrated(
    lake: Lake, window: Window, previous: Segmentation | None = None
) -> tuple[Segmentation, pa.Table]:
    """Calibrate as the product does, and return the features as well."""
    definitions, settings = shipped()
    with lake.view(window, LATER, None, 1) as view:
        model = anomaly.calibrate(view, definitions, settings, previous)
        return model, features.features(view, definitions)


def week_by_week(
    market: str, lake: Lake, weeks: Sequence[Window], kinds: Mapping[str, str]
) -> Measured:
    """Measure two weeks of a market without drift."""
    first, before = calibrated(lake, weeks[0])
    settled, after = calibrated(lake, weeks[1], first)
    _, settings = shipped()
    apart = segments.calibrate(after, settings, None, weeks[1].end)
    both = sorted(first.assignment.keys() & settled.assignment.keys())
    without, with_segment = _explained(before, after, first, settings.inside)
    figures = {
        "traders": len(first.assignment),
        "resampling ARI": _resampled(before, first, settings),
        "keep their segment": _agree(first.assignment, settled.assignment, both),
        "the same without hysteresis": _agree(first.assignment, apart.assignment, both),
        "R² of next week without the segment": without,
        "and with it": with_segment,
        "ARI against honest kinds": against(first, kinds),
    }
    return Measured(market, figures, Counter(first.assignment.values()))


def once(market: str, lake: Lake, kinds: Mapping[str, str]) -> Measured:
    """Measure the whole of a market: ARI against what everybody is."""
    span = lake.span()
    if span is None:
        raise SystemExit(f"expected activity of {market}, was none")
    model, table = calibrated(lake, span)
    figures = {
        "traders": len(model.assignment),
        "resampling ARI": _resampled(table, model, shipped()[1]),
        "ARI of active traders": against(model, kinds),
        "ARI of all": against(model, kinds, everybody=True),
    }
    return Measured(market, figures, Counter(model.assignment.values()))


def against(model: Segmentation, kinds: Mapping[str, str], *, everybody: bool = False) -> float:
    """Return the adjusted Rand index of segments against kinds, of who is not ``new``."""
    from sklearn.metrics import adjusted_rand_score

    known = [
        (kinds[trader], segment)
        for trader, segment in model.assignment.items()
        if trader in kinds and (everybody or segment != NEW)
    ]
    return float(adjusted_rand_score(*zip(*known, strict=True)))


def _agree(before: Mapping[str, str], after: Mapping[str, str], both: Sequence[str]) -> float:
    return float(np.mean([before[trader] == after[trader] for trader in both]))


def _resampled(table: pa.Table, model: Segmentation, settings: SegmentSettings) -> float:
    """Return the mean ARI of models made of random halves of the traders with the whole."""
    from sklearn.metrics import adjusted_rand_score

    chance, agreements = np.random.default_rng(1), []
    whole = segments.place(model, table)
    for _ in range(_HALVES):
        half = sorted(chance.permutation(table.num_rows)[: table.num_rows // 2].tolist())
        again = segments.calibrate(table.take(half), settings, None, LATER)
        agreements.append(
            adjusted_rand_score(list(whole.values()), list(segments.place(again, table).values()))
        )
    return float(np.mean(agreements))


def _explained(
    before: pa.Table, after: pa.Table, model: Segmentation, names: Sequence[str]
) -> tuple[float, float]:
    """Return how much of next week's features this week's and the segment explain, out of fold."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import cross_val_predict

    (traders, now), (others, then) = rows_of(before, names), rows_of(after, names)
    row_of = {trader: row for row, trader in enumerate(others)}
    common = [row for row, trader in enumerate(traders) if trader in row_of]
    target = then[[row_of[traders[row]] for row in common]]
    space = Space.of(now)
    own, segment = (
        space.enter(now[common]),
        _dummies([model.segment_of(traders[r]) for r in common]),
    )
    scores: list[tuple[float, float]] = []
    for place in range(len(names)):
        known = ~np.isnan(target[:, place]) & ~np.isnan(now[common][:, place])
        goal = space.enter(target)[known, place]
        if known.sum() < 50 or not goal.std():
            continue
        plain, more = own[known][:, [place]], np.hstack([own[known][:, [place]], segment[known]])
        guesses = [cross_val_predict(Ridge(1.0), given, goal, cv=5) for given in (plain, more)]
        scores.append((_r2(goal, guesses[0]), _r2(goal, guesses[1])))
    plain_mean, more_mean = np.mean(scores, axis=0).tolist()
    return plain_mean, more_mean


def _dummies(labels: Sequence[str]) -> Matrix:
    names = sorted(set(labels))
    return np.array([[float(label == name) for name in names] for label in labels])


def _r2(goal: Matrix, guess: Any) -> float:
    return float(1 - ((goal - guess) ** 2).sum() / ((goal - goal.mean()) ** 2).sum())
