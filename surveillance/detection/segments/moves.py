"""Who moves: a trader leaves a segment only when another is nearer by a margin, two fits running.

A segment moves thresholds, so one odd week must not. Who was in none, or in one that is no more, is
placed at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Settled:
    """Where traders are now, where some lean to, and who moved: trader to (before, after)."""

    assignment: Mapping[str, str]
    leaning: Mapping[str, str]
    moved: Mapping[str, tuple[str, str]]


def settle(
    traders: Sequence[str],
    nearest: Sequence[str],
    was: Sequence[str | None],
    clear: Mask,
    leaned: Mapping[str, str],
) -> Settled:
    """Decide where each trader is.

    Args:
        traders: Their ids.
        nearest: The segment that each is nearest to.
        was: The segment each was in, if it was in one that still is.
        clear: Whether the nearest is nearer by the margin.
        leaned: Where traders leaned to at the fit before.
    """
    assignment, leaning, moved = {}, {}, {}
    for trader, near, old, is_clear in zip(traders, nearest, was, clear.tolist(), strict=True):
        if old is None or near == old:
            assignment[trader] = near
        elif is_clear and leaned.get(trader) == near:
            assignment[trader], moved[trader] = near, (old, near)
        else:
            assignment[trader] = old
            if is_clear:
                leaning[trader] = near
    return Settled(assignment, leaning, moved)
