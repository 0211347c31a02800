"""Files that a venue drops: its relations, and one SELECT for each catalogue table.

Only what is new or changed is read. A table whose rows come each of one row of one relation is
pulled file by file, one batch a file, any other from all files of the relations that it reads;
what has landed under the digest of these files is passed over. That is safe because what a batch
is called depends on the venue file, the bytes read and the window alone, and the lake does not
write a row twice. Large tables come in several batches, cut by a hash of the key so that the same
files always give the same batches, the first of them last: where it landed, all have.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import sqlglot
from pydantic import field_validator
from sqlglot import exp

from surveillance.activity.batch import FAULT, ORIGIN, Batch, Landed, never
from surveillance.activity.catalogue import TABLES, TEXT
from surveillance.activity.contract import quoted
from surveillance.activity.lake.rows import STATE, moment
from surveillance.activity.venue import Relation, Venue, numerals, remote
from surveillance.activity.venue.loading import FILE, LINE, RawFile
from surveillance.activity.venue.mapping import Mapped, mapped
from surveillance.activity.venue.raw import Raw, opened
from surveillance.activity.venue.salvage import salvaged
from surveillance.canonical import canonical, digest
from surveillance.errors import SourceError
from surveillance.language import LanguageError, Query
from surveillance.model import Window
from surveillance.yamlfile import Part

BATCH_ROWS = 2_000_000
_UNKNOWN = re.compile(r'(?:Referenced column|a column named) "(.+?)"')
"""How the engine says of a name that no relation has it."""


class Keys(Part):
    """Raw relations by name, and the SELECT over them that fills each catalogue table."""

    folder: str | None = None
    """Where the files are, if not on this machine: ``s3://bucket/path``, ``https://host/path``."""
    files: dict[str, Relation]
    """Raw files by name; each is a relation for the SELECTs."""
    tables: dict[str, str]
    """By table of the catalogue, one SELECT over the raw files that fills it. Besides the functions
    of rules it knows ``occurrence(a, b)``: which of the rows of its file that have these values a
    row is, counted from 1 in order of lines."""

    @field_validator("folder")
    @classmethod
    def _elsewhere(cls, folder: str | None) -> str | None:
        return None if folder is None else remote.checked(folder)


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield the rows of a venue's files, table by table, but for batches that have landed.

    Raises:
        VenueError: a SELECT is not in the language, or gives columns that no table has.
        SourceError: a file cannot be read, or a SELECT cannot be computed.
        SourceAbort: a pattern finds no file.
    """
    settings = venue.settings(Keys)
    with _here(venue, settings) as near, opened(near, settings.files) as raw:
        selects = {name: _mapped(venue, name, text, raw) for name, text in settings.tables.items()}
        for table in (table for table in TABLES if table in selects):
            select = selects[table]
            for files in _portions(raw, select, window):
                name = digest([venue.text, table, canonical(_names(files)), canonical(window)])
                if not landed(f"{name}-{table}-0"):
                    yield from _loaded(venue, raw, files, table)
                    if remarks := tuple(_lacking(raw, select.query, files)):
                        yield Batch(venue.name, f"{name}-{table}-lacks", {}, remarks=remarks)
                    _expose(raw, select, files)
                    yield from _batches(venue, raw, table, select.query, window, name)


@contextmanager
def _here(venue: Venue, settings: Keys) -> Iterator[Venue]:
    """Yield the venue with its files in a folder of this machine."""
    if settings.folder is None:
        yield venue
        return
    globs = [relation.glob for relation in settings.files.values()]
    with remote.copied(settings.folder, globs) as folder:
        yield replace(venue, folder=folder)


def _portions(raw: Raw, select: Mapped, window: Window | None) -> Iterator[Sequence[RawFile]]:
    """Yield the files that a SELECT is to see together."""
    files = [file for name in sorted(select.query.tables) for file in raw.files[name]]
    if select.is_by_row and window is None:
        yield from ([file] for file in files)
    else:
        yield files


def _names(files: Sequence[RawFile]) -> list[list[str]]:
    return [[file.relation, file.shown, file.digest] for file in files]


def _loaded(venue: Venue, raw: Raw, files: Sequence[RawFile], table: str) -> Iterator[Batch]:
    """Read files that were not read yet, and yield what never became rows of ``table``."""
    for file in files:
        loaded = raw.load(file)
        if loaded is None or not (loaded.faults.num_rows or loaded.remarks):
            continue
        name = digest([venue.text, canonical(_names([file]))])
        faults = {table: loaded.faults} if loaded.faults.num_rows else {}
        yield Batch(venue.name, f"{name}-lines", {}, faults, remarks=loaded.remarks)


def _lacking(raw: Raw, select: Query, files: Sequence[RawFile]) -> Iterator[str]:
    """Say of each file which columns that a SELECT asks for it has not, though others have."""
    asked = {column.name.lower() for column in select.tree.find_all(exp.Column)}
    for file in files:
        there = raw.columns[file.relation].keys() - {FILE, LINE}
        lacks = [name for name in sorted(there - file.columns.keys()) if name.lower() in asked]
        if lacks:
            yield f"{file.shown}: expected columns as in other files, was without " + ", ".join(
                lacks
            )


def _expose(raw: Raw, select: Mapped, files: Sequence[RawFile]) -> None:
    for name in select.query.tables:
        raw.expose(name, [file for file in files if file.relation == name], select.numbers)


def _mapped(venue: Venue, table: str, text: str, raw: Raw) -> Mapped:
    loc = ("tables", table)
    if table not in TABLES:
        raise venue.wrong(loc, f"expected a table of the catalogue, was {table!r}")
    try:
        select = mapped(text, raw.columns, raw.names, _numeric(table))
    except LanguageError as wrong:
        raise venue.misread(loc, _missing(wrong, text, raw)) from None
    strange = [name for name in select.query.columns if name not in TABLES[table].sourced]
    if strange:
        raise venue.wrong(loc, f"expected columns of {table}, was {', '.join(strange)}")
    return select


def _missing(wrong: LanguageError, text: str, raw: Raw) -> LanguageError:
    """Say of a column that no file has which files are read, and what they have."""
    if (missing := _UNKNOWN.search(wrong.message)) is None:
        return wrong
    tables = {table.name for table in sqlglot.parse_one(text, "duckdb").find_all(exp.Table)}
    read = [name for name in raw.files if name in tables and raw.files[name]]
    known = [each for name in read for each in raw.names[name] if each not in (FILE, LINE)]
    if not read or missing[1].lower() in map(str.lower, known):
        return wrong
    shown = " or ".join(raw.files[name][0].shown for name in read)
    message = f"expected column {missing[1]} in {shown}, was {', '.join(known)}"
    return LanguageError(message, wrong.line, wrong.column)


def _numeric(table: str) -> frozenset[str]:
    """Return the columns of a table that are numbers."""
    return frozenset(
        name for name, kind in TABLES[table].sourced.items() if numerals.is_number(kind)
    )


def _batches(
    venue: Venue, raw: Raw, table: str, select: Query, window: Window | None, name: str
) -> Iterator[Batch]:
    out = quoted(f"{table} rows")
    texts = {
        column: quoted(column)
        for column in sorted(_numeric(table))
        if select.columns.get(column) == TEXT
    }
    hinted = f"* replace ({numerals.hinted(texts, FAULT)} as {FAULT})"
    try:
        raw.connection.execute(f"create table {out} as select {hinted} from ({salvaged(select)})")
    except duckdb.Error as wrong:
        message = str(wrong).splitlines()[0]
        raise SourceError(
            f"{venue.name}: {table}: expected a query that runs, was: {message}"
        ) from wrong
    where = _within(table, select, window)
    counted = raw.connection.execute(f"select count(*) from {out} where {where}").fetchall()[0]
    parts = max(1, -(-counted[0] // BATCH_ROWS))  # files of no rows are not to be read again
    key = [quoted(name) for name in TABLES[table].source_key if name in select.columns] or ["1"]
    for part in reversed(range(parts)):
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
