"""How sure a share is that was counted on few: 95 % confidence intervals.

Wilson's score interval (JASA 1927, 22:209) for shares of everything that was judged: it behaves
near 0 and 1 and for small counts. Clopper and Pearson's exact interval (Biometrika 1934, 26:404)
for samples, because it never promises more than it holds, also when nothing was found. Both take
what was counted as independent; alerts of one trader are not, so the truth is wider.
"""

import math

LEVEL = 0.95
_Z = 1.959963984540054
"""The 0.975 quantile of the normal distribution."""

Interval = tuple[float, float]


def wilson(counted: int, of: int) -> Interval | None:
    """Return the interval of a share, or None where nothing was counted."""
    if not of:
        return None
    share, square = counted / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = _Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low = 0.0 if counted == 0 else middle - reach
    high = 1.0 if counted == of else middle + reach
    return _rounded(low, high)


def clopper_pearson(counted: float, of: float) -> Interval | None:
    """Return the exact interval of a share; counts may be effective ones, and so not whole."""
    from scipy.stats import beta

    if of <= 0:
        return None
    tail = (1 - LEVEL) / 2
    low = 0.0 if counted <= 0 else float(beta.ppf(tail, counted, of - counted + 1))
    high = 1.0 if counted >= of else float(beta.ppf(1 - tail, counted + 1, of - counted))
    return _rounded(low, high)


def poisson_upper(counted: int) -> float:
    """Return what a count would be at most, 95 % sure, if what is counted comes by chance.

    Garwood's exact bound, one-sided (Biometrika 1936, 28:437).
    """
    from scipy.stats import chi2

    return float(chi2.ppf(LEVEL, 2 * (counted + 1))) / 2


def enough(population: int, margin: float = 0.1) -> int:
    """Return how many to sample so that any share is known to within ``margin``.

    Cochran's formula for the worst case, a share of one half, with the correction for a finite
    population: n0 = z² · 0.25 / margin², n = n0 / (1 + (n0 - 1) / N).
    """
    if population <= 0:
        return 0
    most = _Z * _Z * 0.25 / (margin * margin)
    return min(population, math.ceil(most / (1 + (most - 1) / population)))


def _rounded(low: float, high: float) -> Interval:
    return round(max(0.0, low), 4), round(min(1.0, high), 4)
