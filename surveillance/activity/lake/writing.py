"""How staged rows of one table become files: in which order, and in which form.

Wide rows are dear to sort, so that columns of which nothing came stay out of it; and a text that is
one of a few words is written as their list, at a third of the cost. Readers see no difference.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from surveillance.activity.batch import FAULT, FEED, ORIGIN, Batch, Count
from surveillance.activity.catalogue import ARRIVED, TEXT, TIME, WHOLE, Table
from surveillance.activity.contract import filled, quoted, text
from surveillance.activity.lake.delta import REVISED, DataFile, write_file
from surveillance.activity.lake.rows import columns, moment
from surveillance.activity.lake.seal import label_of, sealed

FILE_ROWS = 5_000_000
"""More rows of one landing than this become several files."""
FRESH, REVISION, REPEAT = 0, 1, 2
"""What a staged row is: new, another of a key that is known, or known itself."""


def write(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    folder: Path,
    batch: Batch,
    count: Count,
    *,
    version: int,
    at: datetime,
) -> Iterator[DataFile]:
    """Write the good ``staged`` rows, of which there are ``count``, and yield the files."""
    fresh = count.landed - count.repeated - count.revised
    for fate, start, size in ((FRESH, "landed-", fresh), (REVISION, REVISED, count.revised)):
        rows = f"select *, {moment(at)} as {ARRIVED} from staged where {FAULT} is null"
        rows = f"{rows} and _fate = {fate}"
        for part, offset in enumerate(range(0, size, FILE_ROWS)):
            part_of = f" limit {FILE_ROWS} offset {offset}" if size > FILE_ROWS else ""
            path = folder / f"{start}{version:08d}-{label_of(batch.id)}-{part:04d}.parquet"
            select = _select(table, batch, f"({rows}) order by {order_of(table)}{part_of}")
            yield sealed(write_file(connection, select, path, stats_of(table)))


def _select(table: Table, batch: Batch, rows: str) -> str:
    """Return SQL for the rows of a file in their order, of which no empty column is sorted."""
    there = filled(table, batch.tables[table.name].column_names)
    few = _few(table, there)
    inner = ", ".join(
        f"{_listed(quoted(name), few[name]) if name in few else quoted(name)} as {quoted(name)}"
        for name in there
    )
    outer = ", ".join(
        f"{quoted(name) if name in there else f'cast(null as {kind})'} as {quoted(name)}"
        for name, kind in table.schema.items()
    )
    feed = _listed(text(batch.source), [batch.source])
    return (
        f"select {outer}, {ARRIVED}, {feed} as {FEED}, {ORIGIN} "
        f"from (select {inner}, {ARRIVED}, {ORIGIN} from {rows})"
    )


def _few(table: Table, there: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the words of columns that hold no other; rows that withdraw others may hold any."""
    if "withdrawn" in there:
        return {}
    apart = stats_of(table)
    words = {column.name: column.allowed for column in table.columns if column.allowed}
    return {name: allowed for name, allowed in words.items() if name not in apart}


def _listed(value: str, words: Iterable[str]) -> str:
    """Return SQL for a text that is one of some words, as their list."""
    return f"cast({value} as enum({', '.join(map(text, words))}))"


def order_of(table: Table) -> str:
    """Return the order in which rows of one landing follow, to the last."""
    return f"{_first(table)}, _position"


def sort_of(table: Table) -> str:
    """Return how fresh rows lie in a file, to the last; keys tell all of them apart."""
    return f"{_first(table)}, {', '.join(map(quoted, table.key))}"


def _first(table: Table) -> str:
    """Sort orders by event first: a rule that wants only one kind then reads only that part."""
    first = ("event", table.time, "seq") if table.name == "orders" else (table.time, "seq")
    return ", ".join(quoted(name) for name in first if name in table.schema)


def stats_of(table: Table) -> list[str]:
    """Return the columns of which a file keeps the least and the greatest value."""
    wanted = dict.fromkeys((table.time, ARRIVED, *table.source_key))
    exact = (TEXT, TIME, WHOLE)
    return [name for name in wanted if columns(table)[name] in exact]
