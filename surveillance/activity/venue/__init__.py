"""A venue file: which source, what to ask of it, and, for measuring, what the truth was.

``venue`` and ``source`` name it, ``labels`` is read by evaluation alone and never by a pull, and
``identity``, ``begins``, ``time_zone``, ``words`` and ``products`` say what the venue means,
whatever the source. Every other key belongs to the source, whose ``Keys`` say what it must be. All
faults of the file are raised together, with line and column.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from surveillance import yamlfile
from surveillance.activity.batch import USUAL, Conventions, Mark
from surveillance.errors import VenueError
from surveillance.language import LanguageError
from surveillance.yamlfile import Part

Keys = TypeVar("Keys", bound=BaseModel)

OWN = ("venue", "source", "labels", "identity", "begins", "time_zone", "words", "products")
"""The keys of every venue file; all others belong to its source."""


class Relation(Part):
    """Files of one layout, which become one raw relation.

    ``csv`` has its header's columns, all text; ``text`` has the column ``line``; ``jsonl`` has
    ``prefix`` (what stands before the first brace) and ``body``; ``parquet`` its own columns.
    All have ``_file`` and ``_line`` as well. Gzip is recognised by the name.
    """

    glob: str
    """Pattern of file names below the folder."""
    format: Literal["csv", "jsonl", "parquet", "text"] = "csv"
    """Layout of the files."""


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
