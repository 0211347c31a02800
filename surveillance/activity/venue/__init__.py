"""A venue file: which source, what to ask of it, and, for measuring, what the truth was.

``venue`` and ``source`` name it, ``labels`` is read by evaluation alone and never by a pull, and
``identity``, ``begins``, ``time_zone``, ``words`` and ``products`` say what the venue means,
whatever the source. Every other key belongs to the source, whose ``Keys`` say what it must be. All
faults of the file are raised together, with line and column.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator, model_validator

from surveillance import yamlfile
from surveillance.activity.batch import USUAL, Conventions, Mark
from surveillance.errors import VenueError
from surveillance.language import LanguageError
from surveillance.yamlfile import Part

Keys = TypeVar("Keys", bound=BaseModel)

_OF_CSV = ("delimiter", "quote", "header", "skip", "footer")
OWN = ("venue", "source", "labels", "identity", "begins", "time_zone", "words", "products")
"""The keys of every venue file; all others belong to its source."""


class Relation(Part):
    """Files of one layout, which become one raw relation.

    ``csv`` has its header's columns, all text; ``text`` has the column ``line``; ``jsonl`` has
    ``prefix`` (what stands before the first brace) and ``body``, and ``json`` has ``body``, one
    for each record of the document; ``parquet`` its own columns. All have ``_file`` and ``_line``
    as well. Columns go by their exact name; of several that cannot be told apart by it each goes
    by its place too, such as ``"fee (column 4)"``. Gzip, zstd, bzip2, xz and zip of one file are
    recognised by what is in the file.
    """

    glob: str
    """Pattern of file names below the folder."""
    format: Literal["csv", "json", "jsonl", "parquet", "text"] = "csv"
    """Layout of the files."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """What stands between the values of a ``csv`` line; default: ``,`` ``;`` tab or ``|``, by the
    header."""
    quote: str = Field(default='"', max_length=1)
    """What stands around a value of a ``csv`` that holds the delimiter; empty for nothing."""
    header: bool | list[str] = True
    """Whether a ``csv`` begins with the names of its columns; they are ``c1``, ``c2`` ... where it
    does not, or the names listed here."""
    skip: int | None = Field(default=None, ge=0)
    """Lines of a ``csv`` before its header; default: titles, where they are plainly that."""
    footer: int = Field(default=0, ge=0, le=1000)
    """Lines at the end of a ``csv`` that are no records."""
    encoding: str | None = None
    """How letters are written, such as ``utf-16-le``; default: UTF-8, what a byte-order mark says,
    or windows-1252 where nothing is UTF-8."""
    decimal: Literal[".", ","] = "."
    """What stands before the decimals of a number."""
    thousands: Literal[",", ".", "'", " ", "_"] | None = None
    """What stands between the thousands of a number; default: nothing, or ``.`` where ``decimal``
    is a comma."""
    path: str | None = None
    """Where the records of a ``json`` document are, such as ``result.trades``; default: it is a
    list of them, or one itself."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        try:
            codec = codecs.lookup(name) if name is not None else None
        except (LookupError, ValueError):
            codec = codecs.lookup("hex")
        if codec is not None and not codec._is_text_encoding:
            raise ValueError(f"expected an encoding such as utf-8 or windows-1252, was {name!r}")
        return name

    @model_validator(mode="after")
    def _fitting(self) -> "Relation":
        strange = [name for name in _OF_CSV if name in self.model_fields_set]
        if self.format != "csv" and strange:
            raise ValueError(f"expected {' and '.join(strange)} with format csv alone")
        if self.format != "json" and self.path is not None:
            raise ValueError("expected path with format json alone")
        if self.format == "parquet" and self.encoding is not None:
            raise ValueError("expected no encoding with format parquet")
        if self.decimal == self.thousands:
            raise ValueError(f"expected two marks, was {self.decimal!r} for both")
        if self.delimiter is not None and self.delimiter in (self.quote, "\n", "\r"):
            raise ValueError("expected a delimiter other than the quote and the end of a line")
        return self


class Typology(Part):
    """The truth about one typology: ids that could be predicted, and those that should be.

    ``table`` says which evidence the ids are: ids of that table's rows, or, for ``accounts``,
    trader ids. ``rules`` are the typologies of rules that predict it, by default its own name.
    ``universe`` and ``positives`` are SELECTs of one column over the lake's tables and the label
    files.
    """

    typology: str
    """The practice that is labelled."""
    table: str
    """The table whose ids are labelled; ``accounts`` for traders."""
    universe: str
    """SELECT of the ids that could be predicted."""
    positives: str
    """SELECT of the ids that should be predicted."""
    rules: list[str] = Field(default_factory=list)
    """Typologies of rules that predict it; default: its own name."""


class Labels(Part):
    """The truth about a venue's activity; ``clean`` selects the traders who did nothing wrong."""

    files: dict[str, Relation]
    """Files of labels by name."""
    typologies: list[Typology] = Field(default_factory=list)
    """What is true of each practice."""
    clean: str | None = None
    """SELECT of the traders who did nothing wrong."""


@dataclass(frozen=True)
class Venue:
    """A venue file that was read: ``folder`` is where its file patterns are resolved.

    ``marks`` say, by table, how far it was read before, to a source that can begin from there.
    """

    name: str
    source: str
    folder: Path
    labels: Labels | None
    document: yamlfile.Document
    marks: Mapping[str, Mark] = field(default_factory=dict)
    conventions: Conventions = USUAL
    words: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    products: tuple[str, ...] = ()

    @property
    def time_zone(self) -> str | None:
        """Return the zone of stamps without an offset, if the file says one."""
        zone: str | None = self.document.data.get("time_zone")
        return zone

    @property
    def zone(self) -> ZoneInfo | None:
        """Return that zone."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)

    @property
    def text(self) -> str:
        """Return the file as it was written."""
        return self.document.text

    def settings(self, model: type[Keys]) -> Keys:
        """Read the keys that belong to the source.

        Raises:
            VenueError: with every key that does not fit ``model``.
        """
        return rest(self.document).validate(model)

    def misread(self, loc: tuple[str | int, ...], wrong: LanguageError) -> VenueError:
        """Return the error for a mistake in the SELECT at ``loc``."""
        return VenueError(
            [self.document.fault_within(loc, wrong.line, wrong.column, wrong.message)]
        )

    def wrong(self, loc: tuple[str | int, ...], message: str) -> VenueError:
        """Return the error for a mistake at ``loc``."""
        return VenueError([self.document.fault(loc, message)])


def rest(document: yamlfile.Document) -> yamlfile.Document:
    """Return what a venue file says to its source."""
    others: dict[str, Any] = {key: value for key, value in document.data.items() if key not in OWN}
    return replace(document, data=others)
