"""Where activity comes from: one module a kind of source, found by its name.

A source offers ``pull(venue, window, landed)``, which yields batches for the lake, and may offer
a pydantic model ``Keys`` for its own keys of the venue file. A new kind of source is a new
module here; there is no list to add it to. Another distribution brings one by an entry point of
the group ``surveillance.sources``. A venue file is read here, because which of its keys
are known depends on the source that it names.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import ModuleType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator

from surveillance import plugins, yamlfile
from surveillance.activity.batch import GENESIS, Batch, Conventions, Landed, never
from surveillance.activity.venue import OWN, Labels, Venue, rest
from surveillance.activity.venue.words import expect_words, meant
from surveillance.errors import Fault, VenueError
from surveillance.model import Window
from surveillance.yamlfile import Part


def names() -> tuple[str, ...]:
    """Return the names of every kind of source, those of other distributions too.

    Raises:
        SurveillanceError: one of those has a name that is taken.
    """
    return tuple(sorted((*_shipped(), *plugins.offered(plugins.SOURCES, _shipped()))))


def find(name: str) -> ModuleType:
    """Return the module of one kind of source, which must be among :func:`names`.

    Raises:
        SurveillanceError: it is of another distribution, and does not load.
    """
    if name in _shipped():
        return importlib.import_module(f"{__name__}.{name}")
    module: ModuleType = plugins.load(plugins.offered(plugins.SOURCES, _shipped())[name])
    return module


def _shipped() -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield what a venue has for a window, or all that it has.

    What ``landed`` says of a batch may be used by a source to not read it again.

    Raises:
        VenueError: the venue file does not fit the files it speaks of.
        SourceError: something could not be read now; trying again may help.
        SourceAbort: something is missing that no second try will bring.
    """
    for batch in find(venue.source).pull(venue, window, landed):
        said = {name: meant(name, rows, venue.words) for name, rows in batch.tables.items()}
        yield replace(batch, tables=said, conventions=venue.conventions)


def load(path: Path, folder: Path | None = None) -> Venue:
    """Read a venue file; its patterns are resolved in ``folder``, or beside the file.

    Raises:
        VenueError: with every fault of the file.
    """
    return _venue(yamlfile.load(path, VenueError), folder or path.parent)


def parse(text: str, folder: Path, path: Path | str = "venue") -> Venue:
    """Read the text of a venue file, as :func:`load` does."""
    return _venue(yamlfile.parse(text, path, VenueError), folder)


class Identity(Part):
    """What ids are unique within: an instrument, the venue, a trader, or an instrument and day."""

    orders: Literal["instrument", "venue", "trader"] = "instrument"
    """Ids of orders."""
    trades: Literal["instrument", "venue", "day"] = "instrument"
    """Ids of trades."""


class Head(Part):
    """What every venue file says; its other keys are those of its source."""

    venue: str
    """Name of the venue: small letters, digits, - and _."""
    source: str
    """Kind of source, which says what the other keys are."""
    labels: Labels | None = None
    """The truth, for measuring; a pull never reads it."""
    identity: Identity = Identity()
    """What ids of orders and trades are unique within, if not an instrument."""
    begins: date = Field(default=GENESIS.date(), strict=False)  # A YAML date is read as text.
    """First day of the venue: what it says to have done before is refused."""
    time_zone: str | None = None
    """Zone of stamps without an offset, such as ``UTC`` or ``Asia/Tokyo``; by default UTC."""
    words: dict[str, dict[str, str | None]] = Field(default_factory=dict)
    """By ``table.column`` the venue's words and what they mean; ``else`` stands for all others."""
    products: list[Literal["spot", "perpetual", "future", "option", "other"]] = Field(
        default_factory=list
    )
    """What the venue trades; by default everything."""

    @field_validator("venue")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise ValueError(
                f"expected a name of lower-case letters, digits, - and _, was {name!r}"
            )
        return name

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            return None if name is None else ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            raise ValueError(f"expected a time zone such as Asia/Tokyo, was {name!r}") from None

    @field_validator("words")
    @classmethod
    def _of_columns(cls, words: dict[str, dict[str, str | None]]) -> dict[str, Any]:
        for place, meanings in words.items():
            expect_words(place, meanings)
        return words

    @property
    def conventions(self) -> Conventions:
        """Return what the venue means by what it writes."""
        begins = datetime.combine(self.begins, time(), UTC)
        return Conventions(
            self.identity.orders, self.identity.trades, begins, self.time_zone or "UTC"
        )


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
    return Venue(
        name=head.venue,
        source=head.source,
        folder=folder,
        labels=head.labels,
        document=document,
        conventions=head.conventions,
        words=head.words,
        products=tuple(head.products),
    )


def _faults(document: yamlfile.Document, model: type[BaseModel]) -> list[Fault]:
    try:
        document.validate(model)
    except VenueError as wrong:
        return list(wrong.faults)
    return []
