"""How the rows of one table of a batch become files of the lake.

Rows are typed and judged, the faulty go to quarantine, and the rest is written as fresh rows or,
where their key is already known, as revisions. Of two rows with one key in a batch an identical
second is a duplicate and goes to quarantine; a different one revises the first, in the order of
time, sequence and arrival. A row that is in the lake already, value for value, is counted as
landed and not written again, so overlapping pulls cost nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from surveillance.activity.batch import FAULT, FEED, ORIGIN, Batch, Count
from surveillance.activity.catalogue import ARRIVED, TABLES, TEXT, TIME, WHOLE, Table
from surveillance.activity.contract import checked, quoted, text
from surveillance.activity.lake.delta import (
    REVISED,
    DataFile,
    commit,
    committed,
    grow,
    open_table,
    present_files,
    write_file,
)
from surveillance.activity.lake.quarantine import refuse
from surveillance.activity.lake.seal import label_of, sealed
from surveillance.activity.lake.view import columns, connect, known, moment, read, same_key
from surveillance.errors import SourceError

FILE_ROWS = 5_000_000
"""More rows of one landing than this become several files."""
_FRESH, _REVISION, _REPEAT = 0, 1, 2


def land_table(root: Path, batch: Batch, name: str, at: datetime) -> Count:
    """Land the rows of one table, and say what became of them."""
    table, rows, folder = TABLES[name], batch.tables[name], root / name
    landed = committed(folder, batch.id)
    if landed is not None:
        return Count(rows.num_rows, landed, rows.num_rows - landed, repeated=landed)
    if not rows.num_rows:
        return Count(0, 0, 0)
    with connect(root) as connection:
        connection.register("incoming", rows)
        _stage(connection, table, root)
        _mark_duplicates(connection, table)
        _mark_known(connection, table, present_files(root / name))
        refused = (
            f"select {FAULT} as reason, _raw as row, {ORIGIN} from staged where {FAULT} is not null"
        )
        refuse(connection, root, batch, name=name, select=refused, at=at)
        files, count = _write(connection, table, folder, batch, at), _count(connection)
    written = sum(file.rows for file in files)
    if written + count.repeated != count.landed:
        raise AssertionError(f"expected every landed row in a file, was {written} of {count}")
    commit(folder, columns(table), files, mark=batch.id, count=count.landed, at=at)
    return count


def expect_known(batch: Batch) -> None:
    """Refuse a batch with tables or columns that the catalogue does not have."""
    for name, rows in batch.tables.items():
        if name not in TABLES:
            raise SourceError(f"{batch.source}: expected a table of the catalogue, was {name!r}")
        allowed = {*TABLES[name].schema, FAULT, ORIGIN}
        strange = sorted(set(rows.column_names) - allowed)
        if strange or not set(rows.column_names) & set(TABLES[name].schema):
            was = ", ".join(strange) or "none"
            raise SourceError(
                f"{batch.source}: {name}: expected columns of the catalogue, was {was}"
            )


def _stage(connection: duckdb.DuckDBPyConnection, table: Table, root: Path) -> None:
    described = connection.execute("describe incoming").fetchall()
    incoming = {str(name): str(kind) for name, kind, *_ in described}
    instruments = known(TABLES["instruments"], present_files(root / "instruments"))
    connection.execute(
        "create temp view multipliers as select instrument as of_instrument, ts as since, "
        f"multiplier from ({instruments}) where multiplier is not null"
    )
    connection.execute(
        f"create temp table staged as select *, {_FRESH} as _fate from ({checked(table, incoming)})"
    )


def _mark_duplicates(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    key = ", ".join(map(quoted, table.key))
    good = f"staged where {FAULT} is null"
    twice = f"select {key} from {good} group by all having count(*) > 1"
    if connection.execute(f"{twice} limit 1").fetchall() == []:
        return
    every = ", ".join(map(quoted, table.schema))
    values = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in table.schema)
    reason = f"{', '.join(table.key)}: expected each key once, was an identical row again"
    connection.execute(
        f"update staged set {FAULT} = {text(reason)}, "
        f"_raw = cast(to_json(struct_pack({values})) as varchar) "
        f"where _position in (select _position from {good} "
        f"qualify row_number() over (partition by {every} order by _position) > 1)"
    )
    connection.execute(
        f"update staged set _fate = {_REVISION} where _position in (select _position from {good} "
        f"qualify row_number() over (partition by {key} order by {_order(table)}) > 1)"
    )


def _mark_known(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile]
) -> None:
    near = _overlapping(connection, table, files)
    if not near:
        return
    key = ", ".join(map(quoted, table.key))
    connection.execute(
        f"create temp table contested as select {key}, _position from staged s semi join "
        f"(select {key} from {read(near, table)}) k on {same_key(table, 's', 'k')} "
        f"where {FAULT} is null"
    )
    if connection.execute("select 1 from contested limit 1").fetchall() == []:
        return
    connection.execute(
        f"update staged set _fate = {_REVISION} "
        "where _position in (select _position from contested)"
    )
    same = " and ".join(
        f"s.{quoted(name)} is not distinct from l.{quoted(name)}" for name in table.schema
    )
    alone = f"(select _position from contested qualify count(*) over (partition by {key}) = 1)"
    connection.execute(
        f"update staged set _fate = {_REPEAT} where _position in (select s._position from staged s "
        f"join ({known(table, near)}) l on {same} where s._position in {alone})"
    )


def _overlapping(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile]
) -> list[DataFile]:
    """Return the files in which a key of the staged rows can be, by their statistics."""
    names = [name for name in table.key if name in stats_of(table)]
    ends = ", ".join(f"min({quoted(name)}), max({quoted(name)})" for name in names)
    edges = connection.execute(f"select {ends} from staged where {FAULT} is null").fetchall()[0]
    ranges = list(zip(names, edges[::2], edges[1::2], strict=True))
    return [
        file
        for file in files
        if file.rows and all(file.may_hold(name, low, high) for name, low, high in ranges)
    ]


def _write(
    connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, batch: Batch, at: datetime
) -> list[DataFile]:
    grow(folder, columns(table))
    before = open_table(folder)
    # The version that the commit will make; the table itself is made by the one before it.
    version = 1 if before is None else before.version() + 1
    names = ", ".join(map(quoted, table.schema))
    rows = (
        f"select {names}, {moment(at)} as {ARRIVED}, {text(batch.source)} as {FEED}, {ORIGIN} "
        f"from staged where {FAULT} is null and _fate ="
    )
    files = []
    for fate, start in ((_FRESH, "landed-"), (_REVISION, REVISED)):
        count = _rows(connection, f"{FAULT} is null and _fate = {fate}")
        for part, offset in enumerate(range(0, count, FILE_ROWS)):
            select = f"{rows} {fate} order by {_order(table)} limit {FILE_ROWS} offset {offset}"
            path = folder / f"{start}{version:08d}-{label_of(batch.id)}-{part:04d}.parquet"
            files.append(sealed(write_file(connection, select, path, stats_of(table))))
    return files


def _count(connection: duckdb.DuckDBPyConnection) -> Count:
    landed = _rows(connection, f"{FAULT} is null")
    return Count(
        _rows(connection, "true"),
        landed,
        _rows(connection, f"{FAULT} is not null"),
        _rows(connection, f"{FAULT} is null and _fate = {_REPEAT}"),
        _rows(connection, f"{FAULT} is null and _fate = {_REVISION}"),
    )


def _rows(connection: duckdb.DuckDBPyConnection, where: str) -> int:
    return int(connection.execute(f"select count(*) from staged where {where}").fetchall()[0][0])


def _order(table: Table) -> str:
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
    wanted = dict.fromkeys((table.time, ARRIVED, *table.key))
    exact = (TEXT, TIME, WHOLE)
    return [name for name in wanted if columns(table)[name] in exact]
