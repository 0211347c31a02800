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
    assignment = dict(zip(traders, nearest, strict=True))
    leaning, moved = dict[str, str](), dict[str, tuple[str, str]]()
    for row, (near, old) in enumerate(zip(nearest, was, strict=True)):
        if old is None or near == old:
            continue
        trader = traders[row]
        if clear[row] and leaned.get(trader) == near:
            moved[trader] = old, near
        else:
            assignment[trader] = old
            if clear[row]:
                leaning[trader] = near
    return Settled(assignment, leaning, moved)
