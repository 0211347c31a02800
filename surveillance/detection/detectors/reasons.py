"""Why a row is strange: what its score loses when one feature is put back to its peers' median.

The loss is measured on the detector itself, so it means the same for every detector, and the
shares of the features that drive the score add up to one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.detection.scaling import Matrix

TOP = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature that drives a score: its value, the peers' median, its share of the drive."""

    feature: str
    value: float
    peer_median: float
    share: float


def explain(
    score: Callable[[Matrix], Matrix],
    scaled: Matrix,
    raw: Matrix,
    names: Sequence[str],
    medians: Sequence[float],
) -> tuple[Reason, ...]:
    """Return the features that drive the score of one row, the heaviest first, at most ``TOP``.

    ``scaled`` is the row as the detector sees it, with every peer median at 0; ``raw`` the row in
    units. Where no single feature lowers the score, the one furthest from its median is named.
    """
    rows = np.tile(scaled, (len(names) + 1, 1))
    np.fill_diagonal(rows[1:], 0.0)
    scores = score(rows)
    drops = np.where(scaled == 0.0, 0.0, np.maximum(scores[0] - scores[1:], 0.0))
    if not drops.any():
        drops = np.abs(scaled)
    shares = drops / max(float(drops.sum()), 1e-300)
    order = sorted(range(len(names)), key=lambda index: (-shares[index], names[index]))
    return tuple(
        Reason(names[i], float(raw[i]), medians[i], round(float(shares[i]), 4))
        for i in order[:TOP]
        if shares[i] > 0
    )
