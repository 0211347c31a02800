"""Lists that authorities publish: sanctioned names, sanctioned addresses, high-risk countries.

Each list becomes one batch, so a list that is broken today fails alone: the others still land,
then the pull fails, and the lake keeps the last good copy of the broken one. What an entry says
holds from the list's date, which the document gives or else the venue file.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeAlias
from xml.etree.ElementTree import Element, ParseError

import pyarrow as pa
from defusedxml import DefusedXmlException, ElementTree
from pydantic import Field

from surveillance.activity.batch import ORIGIN, Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.venue import Venue
from surveillance.activity.venue.raw import files_of
from surveillance.errors import SourceError, SurveillanceError
from surveillance.model import Window, digest, parse_time
from surveillance.yamlfile import Part

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Iterator[tuple[str, Row]]

_DIGITAL = re.compile(r"Digital Currency Address - (\w+) ([^;.\s]+)")
_BORN = re.compile(r"\bDOB ([^;.]+)")
_KINDS = {"individual": "natural", "vessel": "vessel", "aircraft": "aircraft"}
_NOTHING = "-0-"


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


def pull(venue: Venue, window: Window | None = None) -> Iterator[Batch]:
    """Yield one batch for each list whose date lies before the end of the window.

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
        if batch.tables:
            yield batch
    if broken:
        raise SourceError("; ".join(broken))


def _batch(venue: Venue, entry: List, window: Window | None) -> Batch:
    globs = [glob for glob in (entry.glob, entry.aliases, entry.addresses) if glob]
    files = [path for glob in globs for path in files_of(venue.folder, glob)]
    texts = {path: _text(path) for path in files}
    tables: dict[str, list[Row]] = {}
    for table, row in _READERS[entry.kind](venue.folder, entry, texts):
        if window is None or row["ts"] < window.end:
            tables.setdefault(table, []).append(row)
    name = digest([venue.text, entry.name, sorted(map(digest, texts.values()))])
    return Batch(venue.name, name, {table: _arrow(table, rows) for table, rows in tables.items()})


def _arrow(table: str, rows: list[Row]) -> pa.Table:
    kinds = {"TIMESTAMP": pa.timestamp("us", tz="UTC")}
    columns = {name: kinds.get(kind, pa.string()) for name, kind in TABLES[table].schema.items()}
    return pa.Table.from_pylist(rows, schema=pa.schema({**columns, ORIGIN: pa.string()}))


def _text(path: Path) -> str:
    try:
        body = path.read_bytes()
        return (gzip.decompress(body) if path.suffix == ".gz" else body).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as wrong:
        raise SourceError(f"expected a readable list in {path}, was: {wrong}") from None


def _since(entry: List, dated: str | None, path: Path) -> datetime:
    date = dated or entry.as_of
    if date is None:
        raise SourceError(f"expected as_of for the list {entry.name!r}, which {path} does not date")
    try:
        return parse_time(date[:10]).astimezone(UTC)
    except SurveillanceError as wrong:
        raise SourceError(f"{path}: {wrong}") from None


def _records(path: Path, text: str, width: int) -> Iterator[tuple[str, list[str | None]]]:
    """Yield the records of a list without column names, and where each stands."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            if not record or record == ["\x1a"]:
                continue
            if len(record) != width:
                raise SourceError(
                    f"expected {width} columns in {path}:{reader.line_num}, was {len(record)}"
                )
            values = [value.strip() for value in record]
            yield (
                f"{path.name}:{reader.line_num}",
                [None if value in (_NOTHING, "") else value for value in values],
            )
    except csv.Error as wrong:
        raise SourceError(
            f"expected a table in {path}:{reader.line_num}, was unreadable: {wrong}"
        ) from None


def _of(folder: Path, glob: str | None, texts: Mapping[Path, str]) -> list[tuple[Path, str]]:
    return [(path, texts[path]) for path in (files_of(folder, glob) if glob else [])]


def _ofac(folder: Path, entry: List, texts: Mapping[Path, str]) -> Rows:
    countries: dict[str | None, str | None] = {}
    for path, text in _of(folder, entry.addresses, texts):
        for _, (number, _, _, _, country, _) in _records(path, text, 6):
            countries[number] = countries.get(number) or country
    shared: dict[str | None, Row] = {}
    for path, text in _of(folder, entry.glob, texts):
        since = _since(entry, None, path)
        for origin, record in _records(path, text, 12):
            row = _sanctioned(entry, since, record, countries)
            shared[record[0]] = row
            yield "watchlist", {**row, "name_id": "", ORIGIN: origin}
            for asset, address in _DIGITAL.findall(record[11] or ""):
                label = _label(entry, since, address, asset, record[1])
                yield "address_labels", {**label, ORIGIN: origin}
    for path, text in _of(folder, entry.aliases, texts):
        for origin, (number, alias, _, name, remarks) in _records(path, text, 5):
            row = shared.get(number, {"list": entry.name, "entry_id": number})
            row = {"ts": _since(entry, None, path), **row, "remarks": remarks}
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


def _un(folder: Path, entry: List, texts: Mapping[Path, str]) -> Rows:
    for path, text in _of(folder, entry.glob, texts):
        try:
            root = ElementTree.fromstring(text.encode())
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


def _addresses(folder: Path, entry: List, texts: Mapping[Path, str]) -> Rows:
    for path, text in _of(folder, entry.glob, texts):
        since, asset = _since(entry, None, path), path.name.split(".")[0].split("_")[-1]
        for line, address in zip(count(1), text.splitlines(), strict=False):
            if address.strip():
                label = _label(entry, since, address.strip(), asset, None)
                yield "address_labels", {**label, ORIGIN: f"{path.name}:{line}"}


def _label(entry: List, since: datetime, address: str, asset: str, holder: str | None) -> Row:
    return {
        "ts": since,
        "address": address,
        "category": "sanctioned",
        "source": entry.name,
        "asset": asset,
        "entity": holder,
    }


def _fatf(folder: Path, entry: List, texts: Mapping[Path, str]) -> Rows:
    for path, text in _of(folder, entry.glob, texts):
        reader = csv.DictReader(StringIO(text, newline=""))
        wanted = ["country", "iso2", "list", "as_of"]
        if reader.fieldnames != wanted:
            raise SourceError(f"expected the columns {wanted} in {path}, was {reader.fieldnames}")
        for record in reader:
            yield (
                "watchlist",
                {
                    "ts": _since(entry, record["as_of"], path),
                    "list": entry.name,
                    "entry_id": record["iso2"],
                    "name_id": "",
                    "name": record["country"],
                    "country": record["iso2"],
                    "programme": record["list"],
                    ORIGIN: f"{path.name}:{reader.line_num}",
                },
            )


_READERS: Mapping[str, Callable[[Path, List, Mapping[Path, str]], Iterable[tuple[str, Row]]]] = {
    "ofac": _ofac,
    "un": _un,
    "addresses": _addresses,
    "fatf": _fatf,
}
