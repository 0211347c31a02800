"""How far out in the tails of its peers a row stands, feature by feature, added up.

The idea of ECOD (Li et al., 2022): the sum over features of -log of the empirical tail
probability, for the left tails, the right tails, and the longer tail of each feature, and the
largest of the three. Unlike PyOD's, the distribution is that of the fitted peers alone, so a row
scores the same in any company. Beyond the outermost peer the log grows with the distance, for
otherwise twice and a thousand times the largest peer would be equally strange.
"""

from collections.abc import Mapping

import numpy as np

from surveillance.detection.scaling import Matrix
from surveillance.errors import SurveillanceError
from surveillance.model import Scalar


def create(settings: Mapping[str, Scalar], seed: int) -> "TailsDetector":
    """Return the detector; it has no settings and takes no chances, so the seed is not used."""
    if settings:
        raise SurveillanceError(f"expected no settings for tails, was {sorted(settings)}")
    return TailsDetector()


class TailsDetector:
    """Empirical tails against frozen peers."""

    def fit(self, rows: Matrix) -> None:
        """Keep the sorted peers, and which tail of each feature is the longer."""
        self._peers = np.sort(rows, axis=0)
        centred = rows - rows.mean(axis=0)
        self._left_is_longer = (centred**3).mean(axis=0) < 0

    def score(self, rows: Matrix) -> Matrix:
        """Return the largest of the three sums for each row."""
        left, right = np.empty_like(rows), np.empty_like(rows)
        for index, peers in enumerate(self._peers.T):
            left[:, index] = _surprise(-peers[::-1], -rows[:, index])
            right[:, index] = _surprise(peers, rows[:, index])
        longer = np.where(self._left_is_longer, left, right)
        sums = np.stack([left.sum(axis=1), right.sum(axis=1), longer.sum(axis=1)])
        return np.asarray(sums.max(axis=0))


def _surprise(peers: Matrix, values: Matrix) -> Matrix:
    """Return -log of the share of peers at or above each value, and more beyond the last."""
    above = len(peers) - np.searchsorted(peers, values, side="left")
    beyond = np.maximum(values - peers[-1], 0.0)
    return np.asarray(np.log((len(peers) + 1) / (above + 1)) + beyond)
