"""One thread for what libraries would spread over several, so that sums are made in one order."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the libraries that reckon with arrays to one thread until the block ends."""
    with _libraries(len(sys.modules)).limit(limits=1):
        yield


@lru_cache(maxsize=1)
def _libraries(modules: int) -> "ThreadpoolController":
    """Look for libraries with threads, again once there are other modules, which may bring some.

    To look takes longer than a small model to score: every file that the process has mapped is
    asked for.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
