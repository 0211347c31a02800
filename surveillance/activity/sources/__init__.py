"""Where activity comes from: one module a kind of source, found by its name.

A source offers ``pull(venue, window)``, which yields batches for the lake, and may offer a
pydantic model ``Settings`` for its own keys of the venue file. A new kind of source is a new
module here; there is no list to add it to.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from surveillance.model import Window

if TYPE_CHECKING:
    from surveillance.activity.batch import Batch
    from surveillance.activity.venue import Venue


def names() -> tuple[str, ...]:
    """Return the names of every kind of source."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(name: str) -> ModuleType:
    """Return the module of one kind of source, which must be among :func:`names`."""
    return importlib.import_module(f"{__name__}.{name}")


def pull(venue: "Venue", window: Window | None = None) -> Iterator["Batch"]:
    """Yield what a venue has for a window, or all that it has.

    Raises:
        VenueError: the venue file does not fit the files it speaks of.
        SourceError: something could not be read now; trying again may help.
        SourceAbort: something is missing that no second try will bring.
    """
    yield from find(venue.source).pull(venue, window)
