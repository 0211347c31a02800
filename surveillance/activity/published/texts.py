"""The files of one list as texts, whatever they are wrapped in, and what of them was set aside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from surveillance.activity.batch import ORIGIN
from surveillance.activity.venue import content
from surveillance.activity.venue.raw import files_of
from surveillance.activity.venue.records import Cutter, Record, flaw, records, shown
from surveillance.errors import SourceError

TABLE = Cutter(",", '"')
_NOTHING = "-0-"


@dataclass
class Texts:
    """The files of one list as texts, the lines of them set aside, and what was recognised."""

    texts: dict[Path, str] = field(default_factory=dict)
    faults: list[dict[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read a file, whatever it is wrapped in.

        Raises:
            SourceError: it cannot be read.
        """
        with TemporaryDirectory(prefix="list-") as scratch:
            found = content.plain(path, None, Path(scratch) / "plain")
            try:
                body = found.path.read_bytes().decode("utf-8-sig", "surrogateescape")
            except OSError as wrong:
                raise SourceError(f"expected a readable list in {path}, was: {wrong}") from None
        self.texts[path] = body
        self.remarks += [f"{path.name}: {found.remark}"] if found.remark else []

    def set_aside(self, path: Path, record: Record, reason: str) -> None:
        """Keep a line that is no entry, or not wholly."""
        self.refuse(path, record.line, record.text, reason)

    def refuse(self, path: Path, place: object, text: str, reason: str) -> None:
        """Keep the text of an entry that is none, with the line or the number it stands at."""
        self.faults.append({"reason": reason, "row": shown(text), ORIGIN: f"{path.name}:{place}"})

    def of(self, folder: Path, glob: str | None) -> list[tuple[Path, str]]:
        """Return the files that match, with their texts."""
        return [(path, self.texts[path]) for path in (files_of(folder, glob) if glob else [])]

    def records(
        self, path: Path, width: int, cutter: Cutter = TABLE, after: int = 0
    ) -> Iterator[Record]:
        """Yield the records of a table below its first lines, and set aside what is none.

        Where quotes do not fit, a line is read all the same if it has as many columns as it must
        when quotes end a value before a comma alone.

        Raises:
            SourceError: there is no record at all.
        """
        count = 0
        below = (line for line in lines(self.texts[path]) if line[0] > after)
        for record in records(below, cutter, width):
            values = record.values
            if values is None:
                values = None if flaw(record.text) else cutter.mended(record.text)
                whole = values is not None and len(values) == width
                read = "; what can be read of it was" if whole else ""
                self.set_aside(path, record, record.reason + read)
                if not whole:
                    continue
            count += 1
            yield Record(record.line, record.text, values)
        if not count:
            raise SourceError(f"expected a table of {width} columns in {path}, was none")


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text with their numbers, however they end."""
    return zip(count(1), re.split(r"\r\n|\r|\n", text), strict=False)


def values(record: Record) -> list[str | None]:
    """Return the values of a record, of which some say that there is nothing."""
    stripped = [value.strip() for value in record.values or ()]
    return [None if value in (_NOTHING, "") else value for value in stripped]
