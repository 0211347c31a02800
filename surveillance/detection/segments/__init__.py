"""Segments: traders who behave alike, found, named, frozen, and found again.

Clusters of scaled features, their number proved rather than chosen by taste: of the numbers
tried, the largest whose clusters come back when the traders are halved at random. A cluster too
small to be a way of trading joins its nearest neighbour, for a segment of its own is where
anomalies would hide. Traders with little activity are ``new``, never forced in.

A model is frozen: who belongs where is decided at calibration, because a segment moves
thresholds. Names come from profiles in ``segments.yml``, so rules can speak of them, and stay
with a segment across calibrations as long as it stays near where it was.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from surveillance.detection.scaling import Matrix, Scaling, cut, rows_of
from surveillance.detection.segments.clusters import most_stable, nearest
from surveillance.detection.segments.drift import Drift, baseline, psi
from surveillance.detection.segments.names import named, stayed
from surveillance.detection.segments.settings import SegmentSettings, load
from surveillance.detection.segments.space import Space
from surveillance.errors import SurveillanceError
from surveillance.model import canonical, digest, format_time

__all__ = [
    "ALL",
    "NEW",
    "Drift",
    "SegmentSettings",
    "Segmentation",
    "calibrate",
    "drift",
    "load",
    "owner_segments",
    "place",
]

NEW = "new"
"""The segment of traders with too little activity, and of those the model does not know."""
ALL = "all"
"""The group of all traders, for quantiles where a segment has too few."""
MIN_PEERS = 20
_MOST_VALUES = 1000
_QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
"""Those that a rule's threshold may follow."""


@dataclass(frozen=True)
class Segmentation:
    """A frozen division of traders, and what is usual in each part.

    ``stability`` holds, for each number of clusters tried, how many were left and the mean
    adjusted Rand index over resamples. ``values`` maps segment and feature to sorted values, at
    most a thousand; ``baseline`` maps a feature to the edges and shares of its deciles.
    """

    as_of: str
    settings_digest: str
    features: tuple[str, ...]
    space: Space
    active: Mapping[str, float]
    centroids: Mapping[str, tuple[float, ...]]
    stability: tuple[Mapping[str, float], ...]
    assignment: Mapping[str, str]
    values: Mapping[str, Mapping[str, tuple[float, ...]]]
    baseline: Mapping[str, Mapping[str, tuple[float, ...]]]

    @cached_property
    def digest(self) -> str:
        """Name the model by its content."""
        return digest(self.to_text())

    def to_text(self) -> str:
        """Write the model as canonical JSON."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return canonical(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Segmentation":
        """Read a model back from its canonical JSON."""
        stored = json.loads(text)
        scaling = stored["space"]["scaling"]
        frozen = Scaling(tuple(scaling["centres"]), tuple(scaling["spreads"]))
        return cls(
            **stored
            | {
                "features": tuple(stored["features"]),
                "space": Space(tuple(stored["space"]["units"]), frozen),
                "centroids": {name: tuple(at) for name, at in stored["centroids"].items()},
                "stability": tuple(stored["stability"]),
                "values": _tuples(stored["values"]),
                "baseline": _tuples(stored["baseline"]),
            }
        )

    def segment_of(self, trader_id: str) -> str:
        """Return the segment a trader was put in, ``new`` if the model does not know them."""
        return self.assignment.get(trader_id, NEW)

    @cached_property
    def quantiles(self) -> Mapping[str, Mapping[str, Mapping[float, float]]]:
        """Return what is usual: feature to segment to quantile to value, where there is one."""
        found: dict[str, dict[str, dict[float, float]]] = {}
        for segment, features in self.values.items():
            for name in features:
                values = {share: self.quantile(segment, name, share) for share in _QUANTILES}
                found.setdefault(name, {})[segment] = {
                    share: value for share, value in values.items() if value is not None
                }
        return found

    def quantile(self, segment: str, feature: str, share: float) -> float | None:
        """Return a quantile of a feature among a segment's traders as they were at calibration.

        Among all traders where the segment has fewer than ``MIN_PEERS`` values or is ``new``;
        nothing where those are too few as well.
        """
        groups = (ALL,) if segment == NEW else (segment, ALL)
        for group in groups:
            values = self.values.get(group, {}).get(feature, ())
            if len(values) >= MIN_PEERS:
                return float(cut(np.array([np.quantile(values, share)]))[0])
        return None


def calibrate(
    features: pa.Table, settings: SegmentSettings, previous: Segmentation | None, as_of: datetime
) -> Segmentation:
    """Divide the traders of a feature table anew, keeping the names of segments that stayed.

    Raises:
        SurveillanceError: a feature the settings name is not in the table.
    """
    _require(features, [*settings.features, *settings.active])
    traders, rows = rows_of(features, settings.features)
    active = _active(features, settings.active)
    space = Space.of(rows[active])
    points = space.enter(rows[active])
    clusters = most_stable(
        points,
        settings.clusters,
        seed=settings.seed,
        resamples=settings.resamples,
        minimum=settings.min_stability,
    )
    names = _names(clusters.centres, points, space, settings, previous)
    labels = [names[i] for i in nearest(points, clusters.centres)]
    known = [trader for trader, is_active in zip(traders, active, strict=True) if is_active]
    assignment = dict.fromkeys(traders, NEW) | dict(zip(known, labels, strict=True))
    return Segmentation(
        as_of=format_time(as_of),
        settings_digest=digest(settings.model_dump(mode="json")),
        features=tuple(settings.features),
        space=space,
        active=dict(settings.active),
        centroids={n: tuple(c) for n, c in zip(names, clusters.centres.tolist(), strict=True)},
        stability=tuple(asdict(trial) for trial in clusters.trials),
        assignment=assignment,
        values=_values(features, assignment),
        baseline={n: baseline(c) for n, c in zip(settings.features, rows.T, strict=True)},
    )


def place(model: Segmentation, features: pa.Table) -> dict[str, str]:
    """Return where each trader would fall today: the nearest centroid, or ``new``."""
    traders, rows = rows_of(features, model.features)
    names = list(model.centroids)
    centres = np.array([model.centroids[name] for name in names])
    labels = nearest(model.space.enter(rows), centres)
    active = _active(features, model.active)
    return {
        trader: names[label] if is_active else NEW
        for trader, label, is_active in zip(traders, labels, active, strict=True)
    }


def owner_segments(model: Segmentation, owners: Mapping[str, str]) -> dict[str, str]:
    """Return the segment of each owner, given trader to owner: that of most of their traders.

    Traders who are ``new`` have no say unless all are; of equals, the first by name.
    """
    votes: dict[str, Counter[str]] = {}
    for trader, owner in owners.items():
        votes.setdefault(owner, Counter())[model.segment_of(trader)] += 1
    return {
        owner: min(count, key=lambda name: (name == NEW, -count[name], name))
        for owner, count in sorted(votes.items())
    }


def drift(model: Segmentation, features: pa.Table) -> Drift:
    """Measure how far a feature table is from the one the model was calibrated on."""
    today = place(model, features)
    both = [trader for trader in today if trader in model.assignment]
    moved = sum(today[trader] != model.assignment[trader] for trader in both)
    _, rows = rows_of(features, model.features)
    indices = {
        name: psi(model.baseline[name], column)
        for name, column in zip(model.features, rows.T, strict=True)
    }
    return Drift(indices, round(moved / max(len(both), 1), 6))


def _names(
    centres: Matrix,
    points: Matrix,
    space: Space,
    settings: SegmentSettings,
    previous: Segmentation | None,
) -> list[str]:
    old: dict[str, Matrix] = {}
    if previous is not None and previous.features == tuple(settings.features):
        raw = previous.space.leave(np.array(list(previous.centroids.values())))
        old = dict(zip(previous.centroids, space.enter(raw), strict=True))
    spread = points.std(axis=0) if len(points) else np.ones(centres.shape[1])
    middle = points.mean(axis=0) if len(points) else np.zeros(centres.shape[1])
    stands = (centres - middle) / np.where(spread > 0, spread, 1.0)
    return named(stands, settings.features, settings.names, stayed(centres, old))


def _require(features: pa.Table, names: Sequence[str]) -> None:
    missing = sorted(set(names) - set(features.column_names))
    if missing:
        raise SurveillanceError(f"expected features that are defined, was {', '.join(missing)}")


def _active(features: pa.Table, least: Mapping[str, float]) -> npt.NDArray[np.bool_]:
    _, rows = rows_of(features, list(least))
    reached = np.nan_to_num(rows, nan=-np.inf) >= np.array(list(least.values()))
    return np.asarray(reached.any(axis=1))


def _values(
    features: pa.Table, assignment: Mapping[str, str]
) -> dict[str, dict[str, tuple[float, ...]]]:
    names = [name for name in features.column_names if name != "trader_id"]
    traders, rows = rows_of(features, names)
    labels = np.array([assignment[trader] for trader in traders], dtype=object)
    groups = {ALL: np.ones(len(traders), dtype=bool)}
    groups |= {name: labels == name for name in sorted(set(labels))}
    return {
        group: {name: _thinned(column[chosen]) for name, column in zip(names, rows.T, strict=True)}
        for group, chosen in groups.items()
    }


def _thinned(column: Matrix) -> tuple[float, ...]:
    known = np.sort(column[~np.isnan(column)])
    if len(known) > _MOST_VALUES:
        known = cut(np.quantile(known, np.linspace(0, 1, _MOST_VALUES)))
    return tuple(known.tolist())


def _tuples(nested: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, Any]]:
    return {
        group: {name: tuple(values) for name, values in inner.items()}
        for group, inner in nested.items()
    }
