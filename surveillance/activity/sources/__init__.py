"""Where activity comes from: one module a kind of source, found by its name.

A source offers ``pull(venue, window, landed)``, which yields batches for the lake, and may offer
a pydantic model ``Keys`` for its own keys of the venue file. A new kind of source is a new
module here; there is no list to add it to. A venue file is read here, because which of its keys
are known depends on the source that it names.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel, field_validator

from surveillance import yamlfile
from surveillance.activity.batch import Batch, Landed, never
from surveillance.activity.venue import OWN, Labels, Venue, rest
from surveillance.errors import Fault, VenueError
from surveillance.model import Window
from surveillance.yamlfile import Part


def names() -> tuple[str, ...]:
    """Return the names of every kind of source."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(name: str) -> ModuleType:
    """Return the module of one kind of source, which must be among :func:`names`."""
    return importlib.import_module(f"{__name__}.{name}")


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield what a venue has for a window, or all that it has.

    What ``landed`` says of a batch may be used by a source to not read it again.

    Raises:
        VenueError: the venue file does not fit the files it speaks of.
        SourceError: something could not be read now; trying again may help.
        SourceAbort: something is missing that no second try will bring.
    """
    yield from find(venue.source).pull(venue, window, landed)


def load(path: Path, folder: Path | None = None) -> Venue:
    """Read a venue file; its patterns are resolved in ``folder``, or beside the file.

    Raises:
        VenueError: with every fault of the file.
    """
    return _venue(yamlfile.load(path, VenueError), folder or path.parent)


def parse(text: str, folder: Path, path: Path | str = "venue") -> Venue:
    """Read the text of a venue file, as :func:`load` does."""
    return _venue(yamlfile.parse(text, path, VenueError), folder)


class Head(Part):
    """What every venue file says; its other keys are those of its source."""

    venue: str
    """Name of the venue: small letters, digits, - and _."""
    source: str
    """Kind of source, which says what the other keys are."""
    labels: Labels | None = None
    """The truth, for measuring; a pull never reads it."""

    @field_validator("venue")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise ValueError(
                f"expected a name of lower-case letters, digits, - and _, was {name!r}"
            )
        return name


def _venue(document: yamlfile.Document, folder: Path) -> Venue:
    if not isinstance(document.data, dict):
        raise VenueError([document.fault((), "expected a mapping of keys")])
    own = {key: value for key, value in document.data.items() if key in OWN}
    source = own.get("source")
    faults: list[Fault] = []
    known = names()
    if isinstance(source, str) and source in known:
        model = getattr(find(source), "Keys", None)
        if isinstance(model, type) and issubclass(model, BaseModel):
            faults += _faults(rest(document), model)
    elif isinstance(source, str):
        expected = " or ".join(known)
        faults.append(document.fault(("source",), f"expected {expected}, was {source!r}"))
    faults += _faults(replace(document, data=own), Head)
    if faults:
        raise VenueError(sorted(faults, key=lambda fault: (fault.line, fault.column)))
    head = replace(document, data=own).validate(Head)
    return Venue(head.venue, head.source, folder, head.labels, document)


def _faults(document: yamlfile.Document, model: type[BaseModel]) -> list[Fault]:
    try:
        document.validate(model)
    except VenueError as wrong:
        return list(wrong.faults)
    return []
