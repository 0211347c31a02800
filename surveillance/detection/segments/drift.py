"""How far today is from calibration, which says when to recalibrate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.detection.scaling import Matrix, cut

_BINS = 10
_HARDLY = 0.999


@dataclass(frozen=True, slots=True)
class Drift:
    """How far today is from calibration: PSI by feature, and the share who would move.

    ``chance`` is the PSI, by feature, that as many traders drawn from one and the same market stay
    below in 999 of 1,000 cases. ``traders`` are those of today, ``both`` those of both, whose
    ``churn`` it is.
    """

    psi: Mapping[str, float]
    chance: Mapping[str, float]
    churn: float
    traders: int
    both: int


def baseline(column: Matrix) -> dict[str, tuple[float, ...]]:
    """Return the edges of a feature's deciles, and the share of traders in each and unknown."""
    known = column[~np.isnan(column)]
    edges = np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]) if len(known) else known
    edges = cut(np.unique(edges))
    return {"edges": tuple(edges.tolist()), "shares": tuple(_shares(column, edges).tolist())}


def _shares(column: Matrix, edges: Matrix) -> Matrix:
    """Return the share of values in each bin, and last the share that is not known."""
    known = column[~np.isnan(column)]
    # For ten bins to count is faster than to look the bin of every value up.
    until = [int(np.count_nonzero(known <= edge)) for edge in edges]
    bins = np.diff(np.array([0, *until, len(known)]))
    return cut(np.append(bins, len(column) - len(known)) / max(len(column), 1))


def psi(then: Mapping[str, Sequence[float]], column: Matrix) -> float:
    """Return the population stability index; an empty bin counts as a ten-thousandth."""
    before = np.maximum(np.array(then["shares"]), 1e-4)
    now = np.maximum(_shares(column, np.array(then["edges"])), 1e-4)
    return round(float(((now - before) * np.log(now / before)).sum()), 6)


def chance(then: Mapping[str, Sequence[float]], sizes: tuple[int, int]) -> float:
    """Return the index that chance alone hardly ever reaches, for two groups of these sizes.

    Without drift the index over 1/n + 1/m is chi-square with a degree of freedom less than there
    are bins (Yurdakul and Naranjo, Journal of Risk Model Validation, 2020).
    """
    from scipy.stats import chi2

    taken = sum(share > 0 for share in then["shares"])
    if taken < 2 or not all(sizes):
        return 0.0
    spread = 1 / sizes[0] + 1 / sizes[1]
    return round(float(chi2.ppf(_HARDLY, taken - 1)) * spread, 6)
