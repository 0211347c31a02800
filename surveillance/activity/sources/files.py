"""Files that a venue drops: its relations, and one SELECT for each catalogue table.

The whole folder is read at every pull. That is safe because what a batch is called depends on
the venue file, the bytes read and the window alone, and the lake does not write a row twice.
Large tables come in several batches, cut by a hash of the line so that the same files always
give the same batches.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb
from pydantic import field_validator

from surveillance.activity.batch import ORIGIN, Batch
from surveillance.activity.catalogue import TABLES, TEXT
from surveillance.activity.contract import quoted
from surveillance.activity.lake.view import STATE, moment
from surveillance.activity.venue import Relation, Venue, remote
from surveillance.activity.venue.raw import Raw, opened
from surveillance.activity.venue.salvage import salvaged
from surveillance.errors import SourceError
from surveillance.language import LanguageError, Query, query
from surveillance.model import Window, canonical, digest
from surveillance.yamlfile import Part

BATCH_ROWS = 2_000_000


class Keys(Part):
    """Raw relations by name, and the SELECT over them that fills each catalogue table."""

    folder: str | None = None
    """Where the files are, if not on this machine: ``s3://bucket/path``, ``https://host/path``."""
    files: dict[str, Relation]
    """Raw files by name; each is a relation for the SELECTs."""
    tables: dict[str, str]
    """By table of the catalogue, one SELECT over the raw files that fills it."""

    @field_validator("folder")
    @classmethod
    def _elsewhere(cls, folder: str | None) -> str | None:
        return None if folder is None else remote.checked(folder)


def pull(venue: Venue, window: Window | None = None) -> Iterator[Batch]:
    """Yield the rows of a venue's files, table by table.

    Raises:
        VenueError: a SELECT is not in the language, or gives columns that no table has.
        SourceError: a file cannot be read, or a SELECT cannot be computed.
        SourceAbort: a pattern finds no file.
    """
    settings = venue.settings(Keys)
    with _here(venue, settings) as near, opened(near, settings.files) as raw:
        queries = {name: _query(venue, name, text, raw) for name, text in settings.tables.items()}
        name = digest([venue.text, canonical(raw.digests), canonical(window)])
        if raw.faults:
            yield Batch(venue.name, f"{name}-lines", {}, raw.faults)
        for table in (table for table in TABLES if table in queries):
            yield from _batches(venue, raw, table, queries[table], window, name)


@contextmanager
def _here(venue: Venue, settings: Keys) -> Iterator[Venue]:
    """Yield the venue with its files in a folder of this machine."""
    if settings.folder is None:
        yield venue
        return
    globs = [relation.glob for relation in settings.files.values()]
    with remote.copied(settings.folder, globs) as folder:
        yield replace(venue, folder=folder)


def _query(venue: Venue, table: str, text: str, raw: Raw) -> Query:
    loc = ("tables", table)
    if table not in TABLES:
        raise venue.wrong(loc, f"expected a table of the catalogue, was {table!r}")
    try:
        select = query(text, raw.columns)
    except LanguageError as wrong:
        raise venue.misread(loc, wrong) from None
    strange = [name for name in select.columns if name not in TABLES[table].sourced]
    if strange:
        raise venue.wrong(loc, f"expected columns of {table}, was {', '.join(strange)}")
    return select


def _batches(
    venue: Venue, raw: Raw, table: str, select: Query, window: Window | None, name: str
) -> Iterator[Batch]:
    out = quoted(f"{table} rows")
    try:
        raw.connection.execute(f"create table {out} as select * from ({salvaged(select)})")
    except duckdb.Error as wrong:
        message = str(wrong).splitlines()[0]
        raise SourceError(
            f"{venue.name}: {table}: expected a query that runs, was: {message}"
        ) from wrong
    where = _within(table, select, window)
    counted = raw.connection.execute(f"select count(*) from {out} where {where}").fetchall()[0]
    parts = -(-counted[0] // BATCH_ROWS)
    key = [quoted(name) for name in TABLES[table].source_key if name in select.columns] or ["1"]
    for part in range(parts):
        rows = raw.connection.sql(
            f"select * from {out} where {where} and hash({', '.join(key)}) % {parts} = {part} "
            f"order by {', '.join([*key, f'length({ORIGIN})', ORIGIN])}"
        ).to_arrow_table()
        yield Batch(venue.name, f"{name}-{table}-{part}", {table: rows})
    raw.connection.execute(f"drop table {out}")


def _within(table: str, select: Query, window: Window | None) -> str:
    time = TABLES[table].time
    if window is None or time not in select.columns:
        return "true"
    zoned = f"try_cast({quoted(time)} as timestamptz)" if select.columns[time] == TEXT else time
    value = f"try_cast({zoned} as timestamp)"
    begins = "" if table in STATE else f"{value} >= {moment(window.start)} and "
    # A row whose time cannot be read belongs to no window, and must not be lost.
    return f"coalesce({begins}{value} < {moment(window.end)}, true)"
