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
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from surveillance import yamlfile
from surveillance.clusters import most_stable, nearest
from surveillance.errors import RuleError, SurveillanceError
from surveillance.model import canonical, digest, format_time
from surveillance.scaling import Matrix, Scaling, cut, rows_of

NEW = "new"
"""The segment of traders with too little activity, and of those the model does not know."""
ALL = "all"
"""The group of all traders, for quantiles where a segment has too few."""
MIN_PEERS = 20
_KEPT_VALUES = 1000
_BINS = 10
_FIT = 0.3


class Settings(BaseModel):
    """What ``segments.yml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    features: list[str] = Field(min_length=1)
    active: dict[str, float]
    clusters: list[int] = Field(min_length=1)
    seed: int
    resamples: int = Field(ge=2)
    min_stability: float = Field(gt=0, le=1)
    names: dict[str, dict[str, Literal["high", "low"]]]


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """A frozen division of traders, and what is usual in each part.

    ``stability`` holds, for each number of clusters tried, how many were left and the mean
    adjusted Rand index over resamples. ``values`` maps segment and feature to sorted values, at
    most a thousand; ``baseline`` maps a feature to the edges and shares of its deciles.
    """

    as_of: str
    settings_digest: str
    features: tuple[str, ...]
    logarithmic: tuple[float, ...]
    scaling: Scaling
    active: Mapping[str, float]
    centroids: Mapping[str, tuple[float, ...]]
    stability: tuple[Mapping[str, float], ...]
    assignment: Mapping[str, str]
    values: Mapping[str, Mapping[str, tuple[float, ...]]]
    baseline: Mapping[str, Mapping[str, tuple[float, ...]]]

    @property
    def digest(self) -> str:
        """Name the model by its content."""
        return digest(self.to_text())

    def to_text(self) -> str:
        """Write the model as canonical JSON."""
        return canonical(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "SegmentModel":
        """Read a model back from its canonical JSON."""
        given = json.loads(text)
        scaling = Scaling(*(tuple(given["scaling"][key]) for key in ("centres", "spreads")))
        return cls(
            **given
            | {
                "features": tuple(given["features"]),
                "logarithmic": tuple(given["logarithmic"]),
                "scaling": scaling,
                "centroids": {name: tuple(at) for name, at in given["centroids"].items()},
                "stability": tuple(given["stability"]),
                "values": _tuples(given["values"]),
                "baseline": _tuples(given["baseline"]),
            }
        )

    def segment_of(self, trader_id: str) -> str:
        """Return the segment a trader was put in, ``new`` if the model does not know them."""
        return self.assignment.get(trader_id, NEW)

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


@dataclass(frozen=True, slots=True)
class Drift:
    """How far today is from calibration: PSI by feature, and the share who would move."""

    psi: Mapping[str, float]
    churn: float


def load(path: Path) -> Settings:
    """Read ``segments.yml``.

    Raises:
        RuleError: with the line and column of every fault.
    """
    document = yamlfile.load(path, RuleError)
    settings = document.validate(Settings)
    faults = [
        document.fault(
            ("names", name, feature), f"expected a feature listed above, was {feature!r}"
        )
        for name, profile in settings.names.items()
        for feature in profile
        if feature not in settings.features
    ]
    if faults:
        raise RuleError(faults)
    return settings


def calibrate(
    features: pa.Table, settings: Settings, previous: SegmentModel | None, as_of: datetime
) -> SegmentModel:
    """Divide the traders of a feature table anew, keeping the names of segments that stayed.

    Raises:
        SurveillanceError: a feature the settings name is not in the table.
    """
    _require(features, [*settings.features, *settings.active])
    traders, rows = rows_of(features, settings.features)
    active = _active(features, settings.active)
    logarithmic = _logarithmic(rows[active])
    scaling = Scaling.of(_bent(rows[active], logarithmic))
    scaled = _scaled(rows[active], logarithmic, scaling)
    clusters = most_stable(
        scaled,
        settings.clusters,
        seed=settings.seed,
        resamples=settings.resamples,
        minimum=settings.min_stability,
    )
    kept = _kept_names(clusters.centres, previous, logarithmic, scaling)
    names = _named(clusters.centres, scaled, settings, kept)
    labels = [names[i] for i in nearest(scaled, clusters.centres)] if len(scaled) else []
    known = [trader for trader, is_active in zip(traders, active, strict=True) if is_active]
    assignment = dict.fromkeys(traders, NEW) | dict(zip(known, labels, strict=True))
    return SegmentModel(
        as_of=format_time(as_of),
        settings_digest=digest(settings.model_dump(mode="json")),
        features=tuple(settings.features),
        logarithmic=logarithmic,
        scaling=scaling,
        active=dict(settings.active),
        centroids={n: tuple(c) for n, c in zip(names, clusters.centres.tolist(), strict=True)},
        stability=tuple(asdict(trial) for trial in clusters.trials),
        assignment=assignment,
        values=_values(features, assignment),
        baseline=_baseline(features, settings.features),
    )


def place(model: SegmentModel, features: pa.Table) -> dict[str, str]:
    """Return where each trader would fall today: the nearest centroid, or ``new``."""
    traders, rows = rows_of(features, model.features)
    names = list(model.centroids)
    centres = np.array([model.centroids[name] for name in names])
    labels = nearest(_scaled(rows, model.logarithmic, model.scaling), centres)
    active = _active(features, model.active)
    return {
        trader: names[label] if is_active else NEW
        for trader, label, is_active in zip(traders, labels, active, strict=True)
    }


def owner_segments(model: SegmentModel, owners: Mapping[str, str]) -> dict[str, str]:
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


def drift(model: SegmentModel, features: pa.Table) -> Drift:
    """Measure how far a feature table is from the one the model was calibrated on."""
    today = place(model, features)
    both = [trader for trader in today if trader in model.assignment]
    moved = sum(today[trader] != model.assignment[trader] for trader in both)
    _, rows = rows_of(features, model.features)
    psi = {
        name: _psi(model.baseline[name], column)
        for name, column in zip(model.features, rows.T, strict=True)
    }
    return Drift(psi, round(moved / max(len(both), 1), 6))


def _require(features: pa.Table, names: Sequence[str]) -> None:
    missing = sorted(set(names) - set(features.column_names))
    if missing:
        raise SurveillanceError(f"expected features that are defined, was {', '.join(missing)}")


def _active(features: pa.Table, least: Mapping[str, float]) -> npt.NDArray[np.bool_]:
    _, rows = rows_of(features, list(least))
    reached = np.nan_to_num(rows, nan=-np.inf) >= np.array(list(least.values()))
    return np.asarray(reached.any(axis=1))


def _logarithmic(rows: Matrix) -> tuple[float, ...]:
    """Return the unit in which each feature is bent by a logarithm, 0 where it is not.

    A feature is, if it is never negative and its top tenth is ten times its middle.
    """
    units = []
    for column in rows.T:
        positive = column[column > 0]
        is_heavy = len(positive) and not (column < 0).any()
        middle, top = np.quantile(positive, [0.5, 0.9]) if is_heavy else (1.0, 1.0)
        low = float(np.quantile(positive, 0.1)) if is_heavy else 0.0
        units.append(low if top >= 10 * middle or middle >= 10 * low > 0 else 0.0)
    return tuple(cut(np.array(units, dtype=np.float64)).tolist())


def _bent(rows: Matrix, logarithmic: Sequence[float]) -> Matrix:
    units = np.array(logarithmic)
    bent = np.log1p(rows / np.where(units > 0, units, 1.0), where=units > 0, out=rows.copy())
    return np.asarray(bent)


def _scaled(rows: Matrix, logarithmic: Sequence[float], scaling: Scaling) -> Matrix:
    return scaling.apply(_bent(rows, logarithmic))


def _kept_names(
    centres: Matrix,
    previous: SegmentModel | None,
    logarithmic: Sequence[float],
    scaling: Scaling,
) -> dict[int, str]:
    """Match new centres with old ones, and keep the names of those that are still near."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    if previous is None or len(previous.scaling.centres) != centres.shape[1]:
        return {}
    old = np.array(list(previous.centroids.values()))
    raw = np.sinh(old) * np.array(previous.scaling.spreads) + np.array(previous.scaling.centres)
    units = np.array(previous.logarithmic)
    raw = np.where(units > 0, np.expm1(np.where(units > 0, raw, 0.0)) * units, raw)
    distances = cdist(centres, _scaled(raw, logarithmic, scaling))
    apart = cdist(centres, centres)
    limit = apart[apart > 0].min() / 2 if (apart > 0).any() else np.inf
    names = list(previous.centroids)
    pairs = zip(*linear_sum_assignment(distances), strict=True)
    return {int(i): names[j] for i, j in pairs if distances[i, j] <= limit}


def _named(
    centres: Matrix, scaled: Matrix, settings: Settings, kept: Mapping[int, str]
) -> list[str]:
    """Name each centre: as before, by the profile that fits it best, or ``mixed``."""
    from scipy.optimize import linear_sum_assignment

    names = dict(kept)
    free = [name for name in settings.names if name not in kept.values()]
    open_centres = [index for index in range(len(centres)) if index not in kept]
    spread = scaled.std(axis=0) if len(scaled) else np.ones(centres.shape[1])
    middle = scaled.mean(axis=0) if len(scaled) else np.zeros(centres.shape[1])
    stands = (centres - middle) / np.where(spread > 0, spread, 1.0)
    fits = np.array([[_fit(stands[i], settings, n) for n in free] for i in open_centres])
    if fits.size:
        for row, column in zip(*linear_sum_assignment(-fits), strict=True):
            if fits[row, column] >= _FIT:
                names[open_centres[row]] = free[column]
    unused = (name for n in range(1, 1000) if (name := f"mixed_{n}") not in kept.values())
    return [names[index] if index in names else next(unused) for index in range(len(centres))]


def _fit(stand: Matrix, settings: Settings, name: str) -> float:
    """Return how far a centre stands in the directions of a profile, in standard deviations."""
    profile = settings.names[name]
    signs = [1.0 if side == "high" else -1.0 for side in profile.values()]
    places = [stand[settings.features.index(feature)] for feature in profile]
    return float(np.mean(np.clip(np.array(signs) * np.array(places), -2.0, 2.0)))


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
    if len(known) > _KEPT_VALUES:
        known = cut(np.quantile(known, np.linspace(0, 1, _KEPT_VALUES)))
    return tuple(known.tolist())


def _baseline(features: pa.Table, names: Sequence[str]) -> dict[str, dict[str, tuple[float, ...]]]:
    _, rows = rows_of(features, names)
    baseline = {}
    for name, column in zip(names, rows.T, strict=True):
        known = column[~np.isnan(column)]
        edges = (
            np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
            if len(known)
            else known
        )
        shares = _shares(column, edges)
        baseline[name] = {
            "edges": tuple(cut(edges).tolist()),
            "shares": tuple(cut(shares).tolist()),
        }
    return baseline


def _shares(column: Matrix, edges: Matrix) -> Matrix:
    """Return the share of values in each bin, and last the share that is not known."""
    known = column[~np.isnan(column)]
    bins = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.append(bins, len(column) - len(known)) / max(len(column), 1)


def _psi(baseline: Mapping[str, Sequence[float]], column: Matrix) -> float:
    """Return the population stability index; an empty bin counts as a ten-thousandth."""
    then = np.maximum(np.array(baseline["shares"]), 1e-4)
    now = np.maximum(_shares(column, np.array(baseline["edges"])), 1e-4)
    return round(float(((now - then) * np.log(now / then)).sum()), 6)


def _tuples(nested: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, Any]]:
    return {
        group: {name: tuple(values) for name, values in inner.items()}
        for group, inner in nested.items()
    }
