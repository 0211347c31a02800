"""What segments are called: as before if they stayed, else by the profile that fits, so rules
can speak of them; a segment that no profile fits is ``mixed``.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surveillance.detection.scaling import Matrix

_FIT = 0.3
"""How many standard deviations in its directions a profile must be out, on average."""


def stayed(centres: Matrix, old: Mapping[str, Matrix]) -> dict[int, str]:
    """Return the names of old centres that are still near a new one, by its index.

    Near is less than half the way to the nearest other new centre.
    """
    if not old:
        return {}
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    distances = cdist(centres, np.array(list(old.values())))
    apart = cdist(centres, centres)
    limit = apart[apart > 0].min() / 2 if (apart > 0).any() else np.inf
    names = list(old)
    pairs = zip(*linear_sum_assignment(distances), strict=True)
    return {int(i): names[j] for i, j in pairs if distances[i, j] <= limit}


def named(
    stands: Matrix,
    features: Sequence[str],
    profiles: Mapping[str, Mapping[str, str]],
    before: Mapping[int, str],
) -> list[str]:
    """Name each centre once; ``stands`` are the standard deviations it stands out by feature.

    ``before`` has the names of those that stayed.
    """
    names = dict(before)
    free = [name for name in profiles if name not in before.values()]
    open_ = [index for index in range(len(stands)) if index not in before]
    fits = np.array([[_fit(stands[i], features, profiles[n]) for n in free] for i in open_])
    if (fits >= _FIT).any():
        from scipy.optimize import linear_sum_assignment

        for row, column in zip(*linear_sum_assignment(-fits), strict=True):
            if fits[row, column] >= _FIT:
                names[open_[row]] = free[column]
    unused = (name for n in range(1, 1000) if (name := f"mixed_{n}") not in before.values())
    return [names[index] if index in names else next(unused) for index in range(len(stands))]


def _fit(stand: Matrix, features: Sequence[str], profile: Mapping[str, str]) -> float:
    places = [
        stand[features.index(feature)] * (1 if side == "high" else -1)
        for feature, side in profile.items()
    ]
    return float(np.mean(np.clip(places, -2.0, 2.0)))
