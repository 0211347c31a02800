"""Lists that authorities publish: sanctioned names, sanctioned addresses, high-risk countries.

Each list becomes one batch, so a list that is broken today fails alone: the others still land,
then the pull fails, and the lake keeps the last good copy of the broken one. A broken line costs
no more than itself: it is set aside, and what can be read of it without doubt lands all the same,
for a name that nobody screens against is worse than a name told twice. What an entry says holds
from the list's date, which the document gives or else the venue file.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias
from xml.etree.ElementTree import Element, ParseError

import pyarrow as pa
from defusedxml import DefusedXmlException, ElementTree
from pydantic import Field

from surveillance.activity.batch import ORIGIN, Batch, Landed, never
from surveillance.activity.catalogue import TABLES
from surveillance.activity.venue import Venue, content
from surveillance.activity.venue.raw import files_of
from surveillance.activity.venue.records import Cutter, Record, flaw, records, shown
from surveillance.errors import SourceError, SurveillanceError
from surveillance.model import Window, digest, parse_time
from surveillance.yamlfile import Part

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Iterator[tuple[str, Row]]

_DIGITAL = re.compile(r"Digital Currency Address - (\w+) ([^;.\s]+)")
_BORN = re.compile(r"\bDOB ([^;.]+)")
_KINDS = {"individual": "natural", "vessel": "vessel", "aircraft": "aircraft"}
_NOTHING = "-0-"
_TABLE = Cutter(",", '"')


@dataclass
class _Texts:
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
        self.faults.append(
            {"reason": reason, "row": shown(record.text), ORIGIN: f"{path.name}:{record.line}"}
        )

    def of(self, folder: Path, glob: str | None) -> list[tuple[Path, str]]:
        """Return the files that match, with their texts."""
        return [(path, self.texts[path]) for path in (files_of(folder, glob) if glob else [])]

    def records(self, path: Path, width: int) -> Iterator[Record]:
        """Yield the records of a table, and set aside what is none.

        Where quotes do not fit, a line is read all the same if it has as many columns as it must
        when quotes end a value before a comma alone.

        Raises:
            SourceError: there is no record at all.
        """
        count = 0
        for record in records(_lines(self.texts[path]), _TABLE, width):
            values = record.values
            if values is None:
                values = None if flaw(record.text) else _TABLE.mended(record.text)
                whole = values is not None and len(values) == width
                read = "; what can be read of it was" if whole else ""
                self.set_aside(path, record, record.reason + read)
                if not whole:
                    continue
            count += 1
            yield Record(record.line, record.text, values)
        if not count:
            raise SourceError(f"expected a table of {width} columns in {path}, was none")


class List(Part):
    """One list: its layout, its files, and its date where the document does not say.

    ``ofac`` is the SDN list with ``aliases`` and ``addresses`` beside it, ``un`` the consolidated
    XML, ``addresses`` one address a line with the asset at the end of the file's name, ``fatf``
    a table of countries.
    """

    kind: Literal["ofac", "un", "addresses", "fatf"]
    """Layout of the list."""
    name: str
    """What the list is called in ``watchlist`` and ``address_labels``."""
    glob: str
    """Pattern of file names below the folder."""
    aliases: str | None = None
    """For ``ofac``: the files of other names."""
    addresses: str | None = None
    """For ``ofac``: the files of postal addresses."""
    as_of: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    """Date from which it holds, where the document does not say."""


class Keys(Part):
    """The lists to read."""

    lists: list[List] = Field(min_length=1)
    """The lists to read."""


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield one batch for each list whose date lies before the end of the window.

    What has ``landed`` makes no difference: lists are small.

    Raises:
        SourceAbort: a pattern finds no file.
        SourceError: a list cannot be read, raised once the others were yielded.
    """
    broken: list[str] = []
    for entry in venue.settings(Keys).lists:
        try:
            batch = _batch(venue, entry, window)
        except SourceError as wrong:
            broken.append(str(wrong))
            continue
        if batch.tables or batch.faults or batch.remarks:
            yield batch
    if broken:
        raise SourceError("; ".join(broken))


def _batch(venue: Venue, entry: List, window: Window | None) -> Batch:
    globs = [glob for glob in (entry.glob, entry.aliases, entry.addresses) if glob]
    texts = _Texts()
    for path in [path for glob in globs for path in files_of(venue.folder, glob)]:
        texts.read(path)
    tables: dict[str, list[Row]] = {}
    found = list(_READERS[entry.kind](venue.folder, entry, texts))
    for table, row in found:
        if window is None or row["ts"] < window.end:
            tables.setdefault(table, []).append(row)
    if not found:
        paths = ", ".join(str(path) for path in texts.texts)
        raise SourceError(f"expected entries of the list {entry.name!r} in {paths}, was none")
    bodies = (text.encode("utf-8", "surrogateescape") for text in texts.texts.values())
    name = digest([venue.text, entry.name, sorted(map(digest, bodies))])
    arrow = {table: _arrow(table, rows) for table, rows in tables.items()}
    columns = pa.schema({column: pa.string() for column in ("reason", "row", ORIGIN)})
    lines = pa.Table.from_pylist(texts.faults, schema=columns)
    faults = {re.sub(r"[^\w-]+", "_", entry.name): lines} if texts.faults else {}
    return Batch(venue.name, name, arrow, faults, remarks=tuple(texts.remarks))


def _arrow(table: str, rows: list[Row]) -> pa.Table:
    kinds = {"TIMESTAMP": pa.timestamp("us", tz="UTC")}
    columns = {name: kinds.get(kind, pa.string()) for name, kind in TABLES[table].schema.items()}
    return pa.Table.from_pylist(rows, schema=pa.schema({**columns, ORIGIN: pa.string()}))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return zip(count(1), re.split(r"\r\n|\r|\n", text), strict=False)


def _values(record: Record) -> list[str | None]:
    """Return the values of a record, of which some say that there is nothing."""
    values = [value.strip() for value in record.values or ()]
    return [None if value in (_NOTHING, "") else value for value in values]


def _since(entry: List, dated: str | None, path: Path) -> datetime:
    date = dated or entry.as_of
    if date is None:
        raise SourceError(f"expected as_of for the list {entry.name!r}, which {path} does not date")
    try:
        return parse_time(date[:10]).astimezone(UTC)
    except SurveillanceError as wrong:
        raise SourceError(f"{path}: {wrong}") from None


def _ofac(folder: Path, entry: List, texts: _Texts) -> Rows:
    countries: dict[str | None, str | None] = {}
    for path, _ in texts.of(folder, entry.addresses):
        for found in texts.records(path, 6):
            number, _, _, _, country, _ = _values(found)
            countries[number] = countries.get(number) or country
    shared: dict[str | None, Row] = {}
    for path, _ in texts.of(folder, entry.glob):
        since = _since(entry, None, path)
        for found in texts.records(path, 12):
            record, origin = _values(found), f"{path.name}:{found.line}"
            row = _sanctioned(entry, since, record, countries)
            shared[record[0]] = row
            yield "watchlist", {**row, "name_id": "", ORIGIN: origin}
            for asset, address in _DIGITAL.findall(record[11] or ""):
                label = _label(entry, since, address, asset, record[1])
                yield "address_labels", {**label, ORIGIN: origin}
    for path, _ in texts.of(folder, entry.aliases):
        for found in texts.records(path, 5):
            number, alias, _, name, remarks = _values(found)
            row = shared.get(number, {"list": entry.name, "entry_id": number})
            row = {"ts": _since(entry, None, path), **row, "remarks": remarks}
            origin = f"{path.name}:{found.line}"
            yield "watchlist", {**row, "name_id": alias, "name": name, ORIGIN: origin}


def _sanctioned(
    entry: List,
    since: datetime,
    record: list[str | None],
    countries: Mapping[str | None, str | None],
) -> Row:
    born = _BORN.search(record[11] or "")
    return {
        "ts": since,
        "list": entry.name,
        "entry_id": record[0],
        "name": record[1],
        "entity": _KINDS.get(record[2] or "", "legal"),
        "birth_date": born.group(1) if born else None,
        "country": countries.get(record[0]),
        "programme": record[3],
        "remarks": record[11],
    }


def _un(folder: Path, entry: List, texts: _Texts) -> Rows:
    for path, text in texts.of(folder, entry.glob):
        try:
            root = ElementTree.fromstring(text.encode("utf-8", "replace").decode())
        except (ParseError, DefusedXmlException, ValueError) as wrong:
            raise SourceError(f"expected whole XML in {path}, was unreadable: {wrong}") from None
        since = _since(entry, root.get("dateGenerated"), path)
        for kind, natural in (("INDIVIDUAL", True), ("ENTITY", False)):
            for person in root.iter(kind):
                yield from _listed(entry, since, person, natural, path.name)


def _listed(entry: List, since: datetime, person: Element, natural: bool, file: str) -> Rows:
    kind = "INDIVIDUAL" if natural else "ENTITY"
    number = person.findtext("DATAID")
    parts = (person.findtext(f"{place}_NAME") for place in ("FIRST", "SECOND", "THIRD", "FOURTH"))
    born = person.find("INDIVIDUAL_DATE_OF_BIRTH")
    row: Row = {
        "ts": since,
        "list": entry.name,
        "entry_id": number,
        "entity": "natural" if natural else "legal",
        "birth_date": _first(born, "DATE", "YEAR", "FROM_YEAR"),
        "country": _first(person, "NATIONALITY/VALUE", f"{kind}_ADDRESS/COUNTRY"),
        "programme": _first(person, "UN_LIST_TYPE"),
        "remarks": _first(person, "COMMENTS1"),
        ORIGIN: f"{file}:{number}",
    }
    names = [" ".join(part.strip() for part in parts if part and part.strip())]
    names += [_first(person, "NAME_ORIGINAL_SCRIPT") or ""]
    names += [alias.findtext("ALIAS_NAME") or "" for alias in person.iter(f"{kind}_ALIAS")]
    for place, name in enumerate(names):
        if place == 0 or name.strip():
            main = {"name_id": "" if place == 0 else str(place), "name": name.strip() or None}
            yield "watchlist", {**row, **main}


def _first(element: Element | None, *paths: str) -> str | None:
    texts = (element.findtext(path) for path in paths) if element is not None else ()
    return next((text.strip() for text in texts if text and text.strip()), None)


def _addresses(folder: Path, entry: List, texts: _Texts) -> Rows:
    for path, text in texts.of(folder, entry.glob):
        since, asset = _since(entry, None, path), path.name.split(".")[0].split("_")[-1]
        for number, address in _lines(text):
            if reason := flaw(address):
                texts.set_aside(path, Record(number, address, None), reason)
            elif address.strip():
                label = _label(entry, since, address.strip(), asset, None)
                yield "address_labels", {**label, ORIGIN: f"{path.name}:{number}"}


def _label(entry: List, since: datetime, address: str, asset: str, holder: str | None) -> Row:
    return {
        "ts": since,
        "address": address,
        "category": "sanctioned",
        "source": entry.name,
        "asset": asset,
        "entity": holder,
    }


def _fatf(folder: Path, entry: List, texts: _Texts) -> Rows:
    wanted = ("country", "iso2", "list", "as_of")
    for path, _ in texts.of(folder, entry.glob):
        found = texts.records(path, len(wanted))
        header = next(found, None)
        names = header.values if header else None
        if names != wanted:
            raise SourceError(f"expected the columns {list(wanted)} in {path}, was {names}")
        for record in found:
            name, code, programme, dated = _values(record)
            try:
                since = _since(entry, dated, path)
            except SourceError as wrong:
                texts.set_aside(path, record, str(wrong))
                continue
            yield (
                "watchlist",
                {
                    "ts": since,
                    "list": entry.name,
                    "entry_id": code,
                    "name_id": "",
                    "name": name,
                    "country": code,
                    "programme": programme,
                    ORIGIN: f"{path.name}:{record.line}",
                },
            )


_READERS: Mapping[str, Callable[[Path, List, _Texts], Iterable[tuple[str, Row]]]] = {
    "ofac": _ofac,
    "un": _un,
    "addresses": _addresses,
    "fatf": _fatf,
}
