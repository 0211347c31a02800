"""How far today is from calibration, which says when to recalibrate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.detection.scaling import Matrix, cut

_BINS = 10


@dataclass(frozen=True, slots=True)
class Drift:
    """How far today is from calibration: PSI by feature, and the share who would move."""

    psi: Mapping[str, float]
    churn: float


def baseline(column: Matrix) -> dict[str, tuple[float, ...]]:
    """Return the edges of a feature's deciles, and the share of traders in each and unknown."""
    known = column[~np.isnan(column)]
    edges = np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]) if len(known) else known
    edges = cut(np.unique(edges))
    return {"edges": tuple(edges.tolist()), "shares": tuple(_shares(column, edges).tolist())}


def _shares(column: Matrix, edges: Matrix) -> Matrix:
    """Return the share of values in each bin, and last the share that is not known."""
    known = column[~np.isnan(column)]
    bins = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return cut(np.append(bins, len(column) - len(known)) / max(len(column), 1))


def psi(then: Mapping[str, Sequence[float]], column: Matrix) -> float:
    """Return the population stability index; an empty bin counts as a ten-thousandth."""
    before = np.maximum(np.array(then["shares"]), 1e-4)
    now = np.maximum(_shares(column, np.array(then["edges"])), 1e-4)
    return round(float(((now - before) * np.log(now / before)).sum()), 6)
