"""Clusters inside a division, and the evidence that they are there.

K-means, because its clusters are round in scaled features and a trader's is the nearest centre. A
number of clusters counts only with three witnesses: random halves of the traders fall apart as all
do, the first half of the time as the second, and clusters lie apart rather than touch (silhouette).
Of those with all three the best separated is taken; without any the division stays whole. Members
of a cluster too small to be a way of trading go to the nearest of the others: a component of their
own is where anomalies would hide.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveillance.detection.scaling import Matrix, cut
from surveillance.detection.segments.settings import Evidence
from surveillance.detection.threads import one_thread

SAMPLE = 2_000
"""Traders of a division that evidence is looked for in; more would say the same."""
_STARTS = 4
LEAST = 20
"""Traders in both halves of the time below which time is no witness."""

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trial:
    """One number of clusters tried, how many were large enough, and what the witnesses say.

    ``in_time`` is empty where too few traded in both halves.
    """

    asked: int
    kept: int
    stability: float
    separation: float
    in_time: float | None


@dataclass(frozen=True, slots=True)
class Clusters:
    """Centres of shape (clusters, features), and the trials that led to their number."""

    centres: Matrix
    trials: tuple[Trial, ...]


Halves = tuple[Matrix, Matrix]
"""Points of the same traders in the first half of the window and in the second."""


def drawn(count: int, seed: int) -> Labels:
    """Return the places, by chance, of the rows among which clusters are looked for."""
    return np.random.default_rng(seed).permutation(count)[:SAMPLE]


def proved(sample: Matrix, evidence: Evidence, seed: int, halves: Halves | None) -> Clusters:
    """Return the clusters of scaled rows for which there is evidence, or one about the middle."""
    least = max(evidence.share, evidence.members / max(len(sample), 1))
    tried: list[tuple[Trial, Matrix]] = []
    for number in sorted(set(evidence.clusters)) if sample.shape[1] else []:
        if 2 <= number <= len(sample) // evidence.members:
            centres = _centres(sample, number, seed, least)
            labels = _labels(sample, centres)
            halved = _stability(sample, labels, number, seed, (least, evidence.resamples))
            trial = Trial(
                asked=number,
                kept=len(centres),
                stability=halved,
                separation=_separation(sample, labels),
                in_time=_in_time(centres, halves),
            )
            tried.append((trial, centres))
    good = [(trial, centres) for trial, centres in tried if _is_proved(trial, evidence)]
    middle = np.zeros((1, sample.shape[1]))
    if len(sample):
        middle = np.median(sample, axis=0, keepdims=True)
    best = max(good, key=lambda each: (each[0].separation, -each[0].asked), default=(None, middle))
    return Clusters(cut(best[1]), tuple(trial for trial, _ in tried))


def nearest(rows: Matrix, centres: Matrix) -> Labels:
    """Return the index of the nearest centre of each row; the first of equals."""
    return np.asarray(distances(rows, centres).argmin(axis=0), dtype=np.int64)


def distances(rows: Matrix, centres: Matrix) -> Matrix:
    """Return the squared distance to each centre, shape (centres, rows)."""
    return np.stack([((rows - centre) ** 2).sum(axis=1) for centre in centres])


def _is_proved(trial: Trial, evidence: Evidence) -> bool:
    return (
        trial.kept > 1
        and trial.stability >= evidence.stability
        and trial.separation >= evidence.separation
        and (trial.in_time is None or trial.in_time >= evidence.in_time)
    )


def _centres(rows: Matrix, number: int, seed: int, share: float) -> Matrix:
    """Return the centres of k-means whose clusters have that share of the rows."""
    from sklearn.cluster import KMeans

    with one_thread():
        fitted = KMeans(number, n_init=_STARTS, random_state=seed).fit(rows)
    sizes = np.bincount(fitted.labels_, minlength=number)
    large = sizes >= share * len(rows)
    centres = fitted.cluster_centers_[large]
    return np.asarray(centres[np.lexsort(centres.T[::-1])], dtype=np.float64)


def _labels(rows: Matrix, centres: Matrix) -> Labels:
    return nearest(rows, centres) if len(centres) else np.zeros(len(rows), dtype=np.int64)


def _stability(
    rows: Matrix, labels: Labels, number: int, seed: int, asked: tuple[float, int]
) -> float:
    from sklearn.metrics import adjusted_rand_score

    share, resamples = asked
    chance = np.random.default_rng([seed, number])
    agreements = []
    for _ in range(resamples):
        half = chance.permutation(len(rows))[: len(rows) // 2]
        again = _centres(rows[half], number, seed, share)
        agreements.append(adjusted_rand_score(labels, _labels(rows, again)))
    return round(float(np.mean(agreements)), 6)


def _separation(rows: Matrix, labels: Labels) -> float:
    from sklearn.metrics import silhouette_score

    if len(set(labels.tolist())) < 2:
        return 0.0
    with one_thread():
        return round(float(silhouette_score(rows, labels)), 6)


def _in_time(centres: Matrix, halves: Halves | None) -> float | None:
    from sklearn.metrics import adjusted_rand_score

    if halves is None or len(halves[0]) < LEAST or len(centres) < 2:
        return None
    before, after = (nearest(half, centres) for half in halves)
    return round(float(adjusted_rand_score(before, after)), 6)
