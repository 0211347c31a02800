"""A venue's database: one SELECT in its own SQL for each catalogue table.

Rows come in chunks and go on as batches of bounded size, every value as exact text. A SELECT that
names ``:since`` is read from where the last pull ended; the mark comes with the last batch of the
SELECT alone, because rows come in no order, and counts once that batch has landed. So a pull that
was cut short is repeated, and what comes twice is passed over by the lake.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
from pydantic import Field, field_validator, model_validator
from sqlalchemy import TextClause
from sqlalchemy import text as clause

from surveillance.activity.batch import ORIGIN, Batch, Landed, Mark, never
from surveillance.activity.catalogue import TABLES, Table
from surveillance.activity.venue import Venue
from surveillance.activity.venue.database import (
    Database,
    address_of,
    holds_secret,
    opened,
    place_of,
)
from surveillance.activity.venue.rows import arrow
from surveillance.activity.venue.since import High, Since
from surveillance.canonical import canonical, digest
from surveillance.errors import SourceAbort, SourceError, VenueError
from surveillance.model import Window
from surveillance.times import span
from surveillance.yamlfile import Part

BATCH_ROWS = 200_000
BATCH_BYTES = 128_000_000
_SELECT = re.compile(r"(\s|--[^\n]*\n|/\*.*?\*/)*(select|with)\b", re.IGNORECASE | re.DOTALL)


class Incremental(Part):
    """The column by which a SELECT that names ``:since`` is read on from the last pull."""

    column: str
    """Column of the SELECT that grows: a time, such as when a row was last changed, or a number."""
    overlap: str | int = Field(union_mode="left_to_right")
    """What is read again before the mark: ``5m`` of times, ``1000`` of numbers; at least as long
    as a transaction of the venue may take."""

    @field_validator("overlap")
    @classmethod
    def _forward(cls, overlap: str | int) -> str | int:
        if (
            overlap if isinstance(overlap, int) else span(overlap) // timedelta(microseconds=1)
        ) < 0:
            raise ValueError(f"expected an overlap of at least 0, was {overlap}")
        return overlap


class Keys(Part):
    """Where the database is, and the SELECT that fills each catalogue table."""

    url_env: str | None = None
    """Variable of the environment that holds the address, with its password."""
    url: str | None = None
    """The address itself, of SQLAlchemy, if it holds no password."""
    tables: dict[str, str] = Field(min_length=1)
    """By table of the catalogue, one SELECT in the SQL of the database."""
    incremental: Incremental | None = None
    """How SELECTs that name ``:since`` are read on; all others are read whole."""
    seconds: int = Field(default=300, ge=1)
    """How long the database may take for a chunk of rows."""

    @field_validator("url")
    @classmethod
    def _open(cls, url: str | None) -> str | None:
        if url is not None and holds_secret(url):
            raise ValueError(
                "expected an address without a password, was one with: put the whole address "
                "into a variable of the environment and name it by url_env, and change the password"
            )
        return url

    @model_validator(mode="after")
    def _one_address(self) -> "Keys":
        if (self.url is None) == (self.url_env is None):
            raise ValueError("expected either url_env or url, was both or none")
        return self


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield the rows of a venue's database, table by table; a window is never read incrementally.

    What has landed is not known before it was asked for, so ``landed`` spares nothing here.

    Raises:
        VenueError: a SELECT gives columns that no table has.
        SourceError: the database cannot be reached now, or does not answer in time.
        SourceAbort: the address, the credentials or a SELECT are refused.
    """
    keys = venue.settings(Keys)
    asked = [
        _Asked.of(venue, keys, name, select)
        for name, select in sorted(keys.tables.items(), key=lambda pair: _place(venue, pair[0]))
    ]
    address = _address(venue, keys)
    for each in asked:
        try:
            with opened(address, keys.seconds, venue.time_zone or "UTC") as database:
                yield from _batches(each, database, window)
        except (SourceError, SourceAbort) as wrong:
            raise type(wrong)(f"{venue.name}: {each.table.name}: {wrong}") from None


@dataclass(frozen=True)
class _Asked:
    """One table that is asked for: the SELECT, and from where on it is read."""

    venue: Venue
    keys: Keys
    table: Table
    select: TextClause
    since: Since | None

    @classmethod
    def of(cls, venue: Venue, keys: Keys, name: str, text: str) -> "_Asked":
        loc, text = ("tables", name), text.strip().removesuffix(";")
        if not _SELECT.match(text) or ";" in text:
            raise venue.wrong(loc, "expected one SELECT, without a semicolon in it, was another")
        select = clause(text)
        names = set(select.compile().params)
        if names - {"since"}:
            raise venue.wrong(loc, f"expected no parameter but :since, was :{min(names)}")
        if names and keys.incremental is None:
            raise venue.wrong(loc, "expected the key incremental beside :since, was none")
        return cls(venue, keys, TABLES[name], select, _since(venue, keys) if names else None)

    def wrong(self, message: str) -> VenueError:
        return self.venue.wrong(("tables", self.table.name), message)


def _place(venue: Venue, name: str) -> int:
    if name not in TABLES:
        raise venue.wrong(("tables", name), f"expected a table of the catalogue, was {name!r}")
    return list(TABLES).index(name)


def _since(venue: Venue, keys: Keys) -> Since | None:
    if keys.incremental is None:
        return None
    overlap = keys.incremental.overlap
    length = overlap if isinstance(overlap, int) else span(overlap)
    return Since(keys.incremental.column, length, venue.zone)


def _address(venue: Venue, keys: Keys) -> Any:
    if keys.url_env is None:
        return address_of(keys.url or "", venue.folder, "url")
    url = os.environ.get(keys.url_env)
    if not url:
        raise SourceAbort(
            f"{venue.name}: expected the address of the database in the variable {keys.url_env} "
            "of the environment, was not set"
        )
    return address_of(url, venue.folder, f"the variable {keys.url_env}")


def _batches(asked: _Asked, database: Database, window: Window | None) -> Iterator[Batch]:
    question = _question(asked, database)
    mark = asked.venue.marks.get(asked.table.name) if window is None else None
    high = High(asked.since, mark.upto if mark and mark.question == question else None)
    dialect = database.address.get_backend_name()
    names, chunks = database.ask(asked.select, high.values(dialect))
    _expect_columns(asked, names)
    rows = (
        arrow(asked.table, names, chunk, asked.venue.zone, window)
        for chunk in high.watched(names, chunks)
    )
    batch: Batch | None = None
    for part in _gathered(rows):
        if batch is not None:
            yield batch
        batch = _batch(asked, part)
    if batch is not None:
        upto = high.upto if window is None else None
        marks = {} if upto is None else {asked.table.name: Mark(question, upto)}
        yield replace(batch, marks=marks)
    elif asked.since and high.is_first and dialect == "sqlite":
        _expect_nothing(asked, database)


def _gathered(chunks: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield rows in tables of bounded size, none of them empty."""
    waiting: list[pa.Table] = []
    for chunk in chunks:
        waiting += [chunk] if chunk.num_rows else []
        rows, size = sum(each.num_rows for each in waiting), sum(each.nbytes for each in waiting)
        if rows >= BATCH_ROWS or size >= BATCH_BYTES:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _question(asked: _Asked, database: Database) -> str:
    """Name what is asked of which database: another SELECT or place is read from the beginning."""
    keys = asked.keys
    growth = keys.incremental and keys.incremental.model_dump()
    parts = [place_of(database.address), str(asked.select), asked.venue.time_zone, growth]
    return digest(canonical(parts))


def _expect_columns(asked: _Asked, names: Sequence[str]) -> None:
    own = {asked.since.column} if asked.since else set()
    strange = [name for name in names if name not in {*asked.table.sourced, ORIGIN, *own}]
    if strange:
        raise asked.wrong(f"expected columns of {asked.table.name}, was {', '.join(strange)}")
    if len(set(names)) < len(names):
        raise asked.wrong(f"expected each column once, was {', '.join(names)}")
    if not own <= set(names):
        raise asked.wrong(
            f"expected the incremental column {min(own)!r} in the SELECT, was {', '.join(names)}"
        )


def _expect_nothing(asked: _Asked, database: Database) -> None:
    """Refuse a SELECT that gives nothing because SQLite puts every text behind every number."""
    _, chunks = database.ask(asked.select, {"since": float("-inf")})
    if next(chunks, None):
        raise SourceAbort(
            "expected times, as the overlap says, in the incremental column, was numbers: "
            "write the overlap as a number"
        )


def _batch(asked: _Asked, rows: pa.Table) -> Batch:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    name = digest([asked.venue.text, asked.table.name, digest(sink.getvalue().to_pybytes())])
    return Batch(asked.venue.name, f"{name}-{asked.table.name}", {asked.table.name: rows})
