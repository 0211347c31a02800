"""Lists as tables in which an entry has several rows: one a name, a birth, an address and so on.

Those of the European Union (``csvFull_sanctionsList``, version 1.1) and of the United Kingdom
(``UK-Sanctions-List.csv``), read by the names of their columns. There was no whole file at hand;
columns are those of the files of 2021 and 2026. The EU's table does not say which names are weak,
as its XML does, so all are strong.

What a bad row says is lost to its entry alone, which its other rows still make.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from surveillance.activity.published.entries import Entry, Listed, Rows, since
from surveillance.activity.published.texts import Texts, lines, values
from surveillance.activity.published.uk import iso
from surveillance.activity.venue.records import Cutter
from surveillance.errors import SourceError

Of: TypeAlias = Mapping[str, str]
"""What a row says, by column; nothing where it says nothing."""

_EU_KEYS = ("Entity_EU_ReferenceNumber", "Entity_LogicalId")
_EU_NAMES = ("NameAlias_FirstName", "NameAlias_MiddleName", "NameAlias_LastName")
_EU_KINDS = {"person": "natural", "p": "natural", "enterprise": "legal", "e": "legal"}
_UK_NAMES = tuple(f"Name {number}" for number in (1, 2, 3, 4, 5, 6))
_UK_KINDS = {"individual": "natural", "entity": "legal", "ship": "vessel"}
_NOBODY_KNOWS = "00"
"""Code of a country that nobody knows."""


def european(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield the names of the European table."""
    for path, text in texts.of(folder, glob):
        table = _Table(path, text, texts, ";", (*_EU_KEYS, "NameAlias_WholeName"))
        dated = None
        for line, of in table.rows():
            dated = dated or iso(of["fileGenerationDate"])
            table.add(line, _first(of, _EU_KEYS), of, _european)
        yield from table.entries(listed, dated)


def british(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield the names of the British table, which a line with its date goes before."""
    for path, text in texts.of(folder, glob):
        table = _Table(path, text, texts, ",", ("Unique ID", "Name 6", "Name type"))
        for line, of in table.rows():
            table.add(line, of["Unique ID"], of, _british)
        yield from table.entries(listed, iso(table.before.partition(":")[2]))


class _Table:
    """The rows of a file below its line of columns, and the entries that they make."""

    def __init__(
        self, path: Path, text: str, texts: Texts, delimiter: str, needed: Collection[str]
    ) -> None:
        self.path, self.texts, self.delimiter = path, texts, delimiter
        self.made: dict[str, tuple[int, Entry]] = {}
        found = [(number, _columns(line, delimiter)) for number, line in islice(lines(text), 2)]
        self.after, self.columns = max(found, key=lambda each: len({*needed} & {*each[1]}))
        missing = [name for name in needed if name not in self.columns]
        if missing:
            raise SourceError(f"expected the column {missing[0]!r} in {path}, was none")
        self.before = text.partition("\n")[0] if self.after > 1 else ""

    def rows(self) -> Iterable[tuple[int, Of]]:
        """Yield every row with its line; what is none is set aside."""
        width, cutter = len(self.columns), Cutter(self.delimiter, '"')
        for record in self.texts.records(self.path, width, cutter, self.after):
            found = (value or "" for value in values(record))
            yield record.line, _Said(zip(self.columns, found, strict=True))

    def add(self, line: int, key: str, of: Of, read: Callable[[Entry, Of], None]) -> None:
        """Say of an entry what a row says."""
        if not key:
            row = self.delimiter.join(of.values())
            self.texts.refuse(self.path, line, row, "expected a row of an entry, was of none")
            return
        read(self.made.setdefault(key, (line, Entry(key)))[1], of)

    def entries(self, listed: Listed, dated: str | None) -> Rows:
        """Yield the rows of every entry that has a name; the others are set aside."""
        date = since(listed, dated, self.path)
        for line, entry in self.made.values():
            if not entry.names:
                entry.names, entry.weak = entry.weak, []
            if entry.names:
                yield from entry.rows(listed, date, f"{self.path.name}:{line}")
            else:
                self.texts.refuse(self.path, line, entry.id, "expected a name, was none")


class _Said(dict[str, str]):
    """What a row says; a column that a file does not have says nothing."""

    def __missing__(self, column: str) -> str:
        return ""


def _columns(line: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _first(of: Of, columns: Iterable[str]) -> str:
    return next((of[column] for column in columns if of[column]), "")


def _european(entry: Entry, of: Of) -> None:
    kinds = ("Entity_SubjectType_ClassificationCode", "Entity_SubjectType")
    entry.entity = entry.entity or _EU_KINDS.get(_first(of, kinds).casefold())
    whole = of["NameAlias_WholeName"] or " ".join(of[part] for part in _EU_NAMES if of[part])
    entry.names += [whole] if whole else []
    span = "-".join(filter(None, (of["BirthDate_YearRangeFrom"], of["BirthDate_YearRangeTo"])))
    born = iso(of["BirthDate_BirthDate"]) or span or of["BirthDate_Year"]
    is_about = born and of["BirthDate_Circa"].casefold() == "true"
    entry.births.append(f"circa {born}" if is_about else born)
    for column in ("Citizenship_CountryIso2Code", "Address_CountryIso2Code"):
        entry.countries += [of[column]] if of[column] != _NOBODY_KNOWS else []
    entry.programmes.append(of["Entity_Regulation_Programme"])
    entry.remarks = entry.remarks or of["Entity_Remark"] or None


def _british(entry: Entry, of: Of) -> None:
    kind = _first(of, ("Designation Type", "Individual, Entity, Ship"))
    entry.entity = entry.entity or _UK_KINDS.get(kind.casefold())
    whole = " ".join(of[part] for part in _UK_NAMES if of[part])
    if of["Alias strength"].casefold().startswith("low"):
        entry.weak.append(whole)
    elif of["Name type"].casefold() == "primary name":
        entry.names.insert(0, whole)
    else:
        entry.names.append(whole)
    entry.names.append(of["Name non-latin script"])
    entry.names = [name for name in dict.fromkeys(entry.names) if name]
    entry.weak = [name for name in dict.fromkeys(entry.weak) if name]
    entry.births.append(iso(of["D.O.B"]) or "")
    entry.countries += [of["Nationality(/ies)"], of["Address Country"]]
    entry.programmes.append(of["Regime Name"])
    entry.remarks = entry.remarks or of["Other Information"] or None
