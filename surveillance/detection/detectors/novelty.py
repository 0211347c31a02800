"""How much stranger somebody is than they were: of now, of before, and of the step between.

Whoever is unlike everybody week after week, as a dealer among customers, has been looked at; what
is new is to have become so. To ask only how features have changed instead finds whoever changes
much, most of whom go from one ordinary way to another; it counts for half.
"""

from collections.abc import Callable

import numpy as np

from surveillance.detection.detectors.contract import Detector
from surveillance.detection.scaling import Matrix, cut

_STEP = 0.5
"""What an unusual step counts for; of 0, 1/3, 1/2, 1 and 2 the best on conduct planted to tune."""
_DIGITS = 10


class NoveltyDetector:
    """The difference between two scores of one detector, and a part of another's of the step.

    Each row holds what is known now, and then what was in the window before. Of whom nothing was
    known then, it is as if they had been in the middle.
    """

    def __init__(self, create: Callable[[], Detector]) -> None:
        self._place, self._step = create(), create()

    def fit(self, rows: Matrix) -> None:
        """Learn what is usual now, and which steps are."""
        now, before = _halves(rows)
        self._place.fit(now)
        self._step.fit(now - before)

    def score(self, rows: Matrix) -> Matrix:
        """Return how much stranger each row is than it was, to ten digits."""
        now, before = _halves(rows)
        grown = self._place.score(now) - self._place.score(before)
        return cut(np.asarray(grown + _STEP * self._step.score(now - before)), _DIGITS)


def _halves(rows: Matrix) -> tuple[Matrix, Matrix]:
    width = rows.shape[1] // 2
    return rows[:, :width], rows[:, width:]
