"""Why a row is strange: the features without which it would not be.

Feature by feature is put to the peers' median, each time the one that lowers the score most, until
the row is strange no more. That is measured on the detector itself, so it means the same for every
detector, and what is named can be checked: put back, the row is ordinary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.detection.scaling import Matrix

LEAST = 3
"""As many features are named if they drive the score, even where fewer make it strange."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature that drives a score: its value, the peers' median, its share of the drive.

    ``beyond`` is the share of the peers who are nearer to their median; ``before`` what the trader
    had in the window before, where that counts.
    """

    feature: str
    value: float
    peer_median: float
    beyond: float
    share: float
    before: float | None = None


def explain(
    score: Callable[[Matrix], Matrix],
    is_strange: Callable[[float], bool],
    scaled: Matrix,
    raw: Matrix,
    names: Sequence[str],
    medians: Sequence[float],
    beyond: Callable[[int, float], float],
) -> tuple[Reason, ...]:
    """Return the features that drive the score of one row, in the order in which they lower it.

    ``scaled`` is the row as the detector sees it, with every peer median at 0; ``raw`` the row in
    units; ``beyond`` says of a feature's value which share of the peers is nearer. Where no single
    feature lowers the score, the one furthest from its median goes first.
    """
    taken = _taken(score, is_strange, scaled)
    total = max(sum(drop for _, drop in taken), 1e-300)
    return tuple(
        Reason(
            names[i],
            float(raw[i]),
            medians[i],
            round(beyond(i, float(raw[i])), 4),
            round(drop / total, 4),
        )
        for i, drop in taken
    )


def _taken(
    score: Callable[[Matrix], Matrix], is_strange: Callable[[float], bool], scaled: Matrix
) -> list[tuple[int, float]]:
    """Put features to the median, one by one, and return them with what each took away."""
    row, here = scaled.copy(), float(score(scaled[np.newaxis])[0])
    taken: list[tuple[int, float]] = []
    while (left := np.flatnonzero(row)).size:
        rows = np.tile(row, (left.size, 1))
        rows[np.arange(left.size), left] = 0.0
        scores = score(rows)
        best = min(range(left.size), key=lambda i: (scores[i], -abs(row[left[i]])))
        drop = here - float(scores[best])
        if not is_strange(here) and (len(taken) >= LEAST or (taken and drop <= 0)):
            break
        taken.append((int(left[best]), max(drop, 0.0)))
        row, here = rows[best], float(scores[best])
    return taken
