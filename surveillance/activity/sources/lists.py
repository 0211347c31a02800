"""Lists that authorities publish: sanctioned names, sanctioned addresses, high-risk countries.

Each list becomes one batch, so a list that is broken today fails alone: the others still land,
then the pull fails, and the lake keeps the last good copy of the broken one. A broken entry costs
no more than itself: it is set aside, and what can be read of it without doubt lands all the same,
for a name that nobody screens against is worse than a name told twice. What an entry says holds
from the list's date, which the document gives or else the venue file; that date is the version of
the list. The layouts stand in ``activity/published``, one module each.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias

import pyarrow as pa
from pydantic import Field

from surveillance.activity.batch import ORIGIN, Batch, Landed, never
from surveillance.activity.catalogue import TABLES
from surveillance.activity.published import advanced, eu, ftm, ofac, tables, uk, un
from surveillance.activity.published.entries import Row, Rows
from surveillance.activity.published.texts import Texts
from surveillance.activity.venue import Venue
from surveillance.activity.venue.raw import files_of
from surveillance.canonical import digest
from surveillance.errors import SourceError
from surveillance.model import Window
from surveillance.yamlfile import Part


class List(Part):
    """One list: its layout, its files, and its date where the document does not say.

    ``ofac`` is the SDN list with ``aliases`` and ``addresses`` beside it, ``ofac_advanced`` the
    same as Advanced XML, ``un``, ``eu`` and ``uk`` the consolidated XML of each, ``ftm``
    OpenSanctions' entities as JSON lines, ``us_csl`` the US consolidated screening list as CSV,
    ``addresses`` one address a line with the asset at the end of the file's name, ``fatf`` a table
    of countries.
    """

    kind: Literal["ofac", "ofac_advanced", "un", "eu", "uk", "ftm", "us_csl", "addresses", "fatf"]
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
    texts = Texts()
    for path in [path for glob in globs for path in files_of(venue.folder, glob)]:
        texts.read(path)
    landing: dict[str, list[Row]] = {}
    rows = list(_rows(venue, entry, texts))
    for table, row in rows:
        if window is None or row["ts"] < window.end:
            landing.setdefault(table, []).append(row)
    if not rows:
        paths = ", ".join(str(path) for path in texts.texts)
        raise SourceError(f"expected entries of the list {entry.name!r} in {paths}, was none")
    bodies = (text.encode("utf-8", "surrogateescape") for text in texts.texts.values())
    name = digest([venue.text, entry.name, sorted(map(digest, bodies))])
    arrow = {table: _arrow(table, rows) for table, rows in landing.items()}
    columns = pa.schema({column: pa.string() for column in ("reason", "row", ORIGIN)})
    lines = pa.Table.from_pylist(texts.faults, schema=columns)
    faults = {re.sub(r"[^\w-]+", "_", entry.name): lines} if texts.faults else {}
    return Batch(venue.name, name, arrow, faults, remarks=tuple(texts.remarks))


def _rows(venue: Venue, entry: List, texts: Texts) -> Rows:
    if entry.kind == "ofac":
        named = (entry.aliases, entry.addresses)
        return ofac.read(venue.folder, entry, entry.glob, texts, *named)
    return _READERS[entry.kind](venue.folder, entry, entry.glob, texts)


def _arrow(table: str, rows: list[Row]) -> pa.Table:
    kinds = {"TIMESTAMP": pa.timestamp("us", tz="UTC")}
    columns = {name: kinds.get(kind, pa.string()) for name, kind in TABLES[table].schema.items()}
    return pa.Table.from_pylist(rows, schema=pa.schema({**columns, ORIGIN: pa.string()}))


_Reader: TypeAlias = Callable[..., Rows]
_READERS: Mapping[str, _Reader] = {
    "ofac_advanced": advanced.read,
    "un": un.read,
    "eu": eu.read,
    "uk": uk.read,
    "ftm": ftm.read,
    "us_csl": tables.screening,
    "addresses": tables.addresses,
    "fatf": tables.countries,
}
