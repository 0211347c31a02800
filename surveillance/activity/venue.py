"""A venue file: which source, what to ask of it, and, for measuring, what the truth was.

``venue`` and ``source`` name it, ``labels`` is read by evaluation alone and never by a pull, and
every other key belongs to the source, whose ``Settings`` say what it must be. All faults of the
file are raised together, with line and column.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from surveillance import yamlfile
from surveillance.activity import sources
from surveillance.errors import Fault, VenueError
from surveillance.language import LanguageError

Settings = TypeVar("Settings", bound=BaseModel)

_OWN = ("venue", "source", "labels")


class Part(BaseModel):
    """A part of a venue file: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Relation(Part):
    """Files of one layout, which become one raw relation.

    ``csv`` has its header's columns, all text; ``text`` has the column ``line``; ``jsonl`` has
    ``prefix`` (what stands before the first brace) and ``body``; ``parquet`` its own columns.
    All have ``_file`` and ``_line`` as well. Gzip is recognised by the name.
    """

    glob: str
    format: Literal["csv", "jsonl", "parquet", "text"] = "csv"


class Typology(Part):
    """The truth about one typology: ids that could be predicted, and those that should be.

    ``table`` says which evidence the ids are: ids of that table's rows, or, for ``accounts``,
    trader ids. ``rules`` are the typologies of rules that predict it, by default its own name.
    ``universe`` and ``positives`` are SELECTs of one column over the lake's tables and the label
    files.
    """

    typology: str
    table: str
    universe: str
    positives: str
    rules: list[str] = Field(default_factory=list)


class Labels(Part):
    """The truth about a venue's activity; ``clean`` selects the traders who did nothing wrong."""

    files: dict[str, Relation]
    typologies: list[Typology] = Field(default_factory=list)
    clean: str | None = None


class _Head(Part):
    venue: str
    source: str
    labels: Labels | None = None

    @field_validator("venue")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise ValueError(
                f"expected a name of lower-case letters, digits, - and _, was {name!r}"
            )
        return name


@dataclass(frozen=True)
class Venue:
    """A venue file that was read: ``folder`` is where its file patterns are resolved."""

    name: str
    source: str
    folder: Path
    labels: Labels | None
    document: yamlfile.Document

    @property
    def text(self) -> str:
        """Return the file as it was written."""
        return self.document.text

    def settings(self, model: type[Settings]) -> Settings:
        """Read the keys that belong to the source.

        Raises:
            VenueError: with every key that does not fit ``model``.
        """
        return _rest(self.document).validate(model)

    def misread(self, loc: tuple[str | int, ...], wrong: LanguageError) -> VenueError:
        """Return the error for a mistake in the SELECT at ``loc``."""
        return VenueError(
            [self.document.fault_within(loc, wrong.line, wrong.column, wrong.message)]
        )

    def wrong(self, loc: tuple[str | int, ...], message: str) -> VenueError:
        """Return the error for a mistake at ``loc``."""
        return VenueError([self.document.fault(loc, message)])


def load(path: Path, folder: Path | None = None) -> Venue:
    """Read a venue file; its patterns are resolved in ``folder``, or beside the file.

    Raises:
        VenueError: with every fault of the file.
    """
    return _venue(yamlfile.load(path, VenueError), folder or path.parent)


def parse(text: str, folder: Path, path: Path | str = "venue") -> Venue:
    """Read the text of a venue file, as :func:`load` does."""
    return _venue(yamlfile.parse(text, path, VenueError), folder)


def _venue(document: yamlfile.Document, folder: Path) -> Venue:
    if not isinstance(document.data, dict):
        raise VenueError([document.fault((), "expected a mapping of keys")])
    own = {key: value for key, value in document.data.items() if key in _OWN}
    source = own.get("source")
    faults: list[Fault] = []
    known = sources.names()
    if isinstance(source, str) and source in known:
        model = getattr(sources.find(source), "Settings", None)
        if isinstance(model, type) and issubclass(model, BaseModel):
            faults += _faults(_rest(document), model)
    elif isinstance(source, str):
        expected = " or ".join(known)
        faults.append(document.fault(("source",), f"expected {expected}, was {source!r}"))
    faults += _faults(replace(document, data=own), _Head)
    if faults:
        raise VenueError(sorted(faults, key=lambda fault: (fault.line, fault.column)))
    head = replace(document, data=own).validate(_Head)
    return Venue(head.venue, head.source, folder, head.labels, document)


def _rest(document: yamlfile.Document) -> yamlfile.Document:
    rest: dict[str, Any] = {key: value for key, value in document.data.items() if key not in _OWN}
    return replace(document, data=rest)


def _faults(document: yamlfile.Document, model: type[BaseModel]) -> list[Fault]:
    try:
        document.validate(model)
    except VenueError as wrong:
        return list(wrong.faults)
    return []
