"""Clusters of scaled rows, and the proof that they are there.

K-means, because its clusters are round in scaled features and a trader's is the nearest centre.
A number of clusters is proved by its stability: fitted to random halves of the rows, do the
clusters fall out as they do on all rows (mean adjusted Rand index)? Members of a cluster too
small to be one go to the nearest of the others, and that is judged, not what k-means said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveillance.detection.scaling import Matrix, cut

MIN_MEMBERS = 5
MIN_SHARE = 0.02
SAMPLE = 20_000
_STARTS = 8
_AS_STABLE = 0.01
"""How little less stable a larger number may be."""

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trial:
    """One number of clusters tried: how many were left, and how well they came back."""

    asked: int
    kept: int
    stability: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """Centres of shape (clusters, features), and the trials that led to their number."""

    centres: Matrix
    trials: tuple[Trial, ...]


def most_stable(
    rows: Matrix, numbers: Sequence[int], *, seed: int, resamples: int, minimum: float
) -> Clusters:
    """Return the largest number of clusters among the most stable, or one if none is stable."""
    sample = rows[np.random.default_rng(seed).permutation(len(rows))[:SAMPLE]]
    tried: list[tuple[Trial, Matrix]] = []
    for number in sorted(set(numbers)):
        if 2 <= number <= len(sample) // (2 * MIN_MEMBERS):
            centres = _centres(sample, number, seed)
            stability = _stability(sample, centres, number, seed, resamples)
            tried.append((Trial(number, len(centres), stability), centres))
    stable = [
        (trial, centres)
        for trial, centres in tried
        if trial.kept > 1 and trial.stability >= minimum
    ]
    best = max((trial.stability for trial, _ in stable), default=0.0)
    proved = [centres for trial, centres in stable if trial.stability >= best - _AS_STABLE]
    whole = np.zeros((1, rows.shape[1]))
    return Clusters(cut(max(proved, key=len, default=whole)), tuple(trial for trial, _ in tried))


def nearest(rows: Matrix, centres: Matrix) -> Labels:
    """Return the index of the nearest centre of each row; the first of equals."""
    distances = np.stack([((rows - centre) ** 2).sum(axis=1) for centre in centres])
    return np.asarray(distances.argmin(axis=0), dtype=np.int64)


def _centres(rows: Matrix, number: int, seed: int) -> Matrix:
    """Return the centres of k-means whose clusters are large enough."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        fitted = KMeans(number, n_init=_STARTS, random_state=seed).fit(rows)
    sizes = np.bincount(fitted.labels_, minlength=number)
    large = sizes >= max(MIN_MEMBERS, MIN_SHARE * len(rows))
    centres = fitted.cluster_centers_[large]
    return np.asarray(centres[np.lexsort(centres.T[::-1])], dtype=np.float64)


def _stability(rows: Matrix, centres: Matrix, number: int, seed: int, resamples: int) -> float:
    from sklearn.metrics import adjusted_rand_score

    chance = np.random.default_rng([seed, number])
    labels = nearest(rows, centres)
    agreements = []
    for _ in range(resamples):
        half = chance.permutation(len(rows))[: len(rows) // 2]
        again = _centres(rows[half], number, seed)
        agreements.append(adjusted_rand_score(labels, nearest(rows, again)))
    return round(float(np.mean(agreements)), 6)
