"""How far tests of chance, kills and large histories go: a slice each time, further on demand.

``make deep`` goes ten times as far before a change is closed, by examples that nobody has seen.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

_DEPTH = int(os.environ.get("TEST_DEPTH", "1"))
T = TypeVar("T")


def deep(slice_: int, whole: int = 0) -> int:
    """Return how many to try, of which ``slice_`` are tried each time.

    Where one try lands files or opens databases, ``whole`` is what is gone as far from as others.
    """
    return slice_ if _DEPTH == 1 else (whole or slice_) * _DEPTH


def one_in(count: int, of: Sequence[T]) -> Sequence[T]:
    """Return one in so many of what is tried piece by piece, and all of it in depth."""
    return of[::count] if _DEPTH == 1 else of
