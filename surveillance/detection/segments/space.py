"""The space in which traders are near or far: features bent, centred, spread and compressed.

Counts and amounts run over decades, so a feature that does is bent by a logarithm first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.detection.scaling import Matrix, Scaling, cut


@dataclass(frozen=True, slots=True)
class Space:
    """The unit in which each feature is bent, 0 where it is not, and the scaling after that."""

    units: tuple[float, ...]
    scaling: Scaling

    @classmethod
    def of(cls, rows: Matrix) -> "Space":
        """Measure the columns of raw ``rows``."""
        units = tuple(cut(np.array([_unit(column) for column in rows.T])).tolist())
        return cls(units, Scaling.of(_bent(rows, units)))

    def enter(self, rows: Matrix) -> Matrix:
        """Return the points of raw rows; what is not known is in the middle."""
        return self.scaling.apply(_bent(rows, self.units))

    def leave(self, points: Matrix) -> Matrix:
        """Return the raw rows of points."""
        rows = np.sinh(points) * np.array(self.scaling.spreads) + np.array(self.scaling.centres)
        units = np.array(self.units)
        return np.asarray(np.where(units > 0, np.expm1(np.where(units > 0, rows, 0)) * units, rows))


def _unit(column: Matrix) -> float:
    """Return a low positive value of a feature that is never negative and runs over decades."""
    positive = column[column > 0]
    if not len(positive) or (column < 0).any():
        return 0.0
    low, middle, high = np.quantile(positive, [0.1, 0.5, 0.9])
    return float(low) if high >= 10 * middle or middle >= 10 * low else 0.0


def _bent(rows: Matrix, units: Sequence[float]) -> Matrix:
    bent = np.array(units) > 0
    logs = np.log1p(rows / np.where(bent, units, 1.0), where=bent, out=np.zeros_like(rows))
    return np.asarray(np.where(bent, logs, rows))
