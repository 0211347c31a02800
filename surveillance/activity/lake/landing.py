"""How the rows of one table of a batch become files of the lake.

Rows are typed and judged, the faulty go to quarantine, and the rest is written as fresh rows or,
where their key is already known, as revisions. Of two rows with one key in a batch an identical
second is a duplicate and goes to quarantine; a different one revises the first, in the order of
time, sequence and arrival, or is refused where it would make another thing of it (``identity``).
A row that is in the lake already, value for value, is counted as landed and not written again, so
overlapping pulls cost nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from surveillance.activity.batch import FAULT, ORIGIN, Batch, Count
from surveillance.activity.catalogue import TABLES, Table
from surveillance.activity.contract import REMARK, Span, checked, quoted, text
from surveillance.activity.ids import plain_ids
from surveillance.activity.lake.delta import (
    DataFile,
    commit,
    committed,
    data_files,
    grow,
    open_table,
)
from surveillance.activity.lake.identity import refuse_changes, refuse_entries
from surveillance.activity.lake.quarantine import refuse, remark
from surveillance.activity.lake.rows import columns, known, read, same_key
from surveillance.activity.lake.writing import FRESH, REPEAT, REVISION, order_of, stats_of, write
from surveillance.errors import SourceError


def land_table(
    engine: duckdb.DuckDBPyConnection, root: Path, batch: Batch, name: str, at: datetime
) -> Count:
    """Land the rows of one table, and say what became of them."""
    table, rows, folder = TABLES[name], batch.tables[name], root / name
    stored = open_table(folder)
    landed = committed(stored, batch.id)
    if landed is not None:
        return Count(rows.num_rows, landed, rows.num_rows - landed, repeated=landed)
    if not rows.num_rows:
        if len(batch.tables) == 1:  # what it was read from is not to be read again
            commit(folder, columns(table), [], mark=batch.id, count=0, at=at)
        return Count(0, 0, 0)
    # Temporary tables belong to the cursor, and go with it.
    with engine.cursor() as connection:
        connection.register("incoming", rows)
        files = data_files(stored, folder)
        _stage(connection, table, batch, at)
        refuse_entries(connection, table, files)
        _mark_known(connection, table, files)
        _refuse(connection, root, batch, table, at)
        remark(connection, root, batch, name=name, at=at)
        if stored is not None:
            grow(stored, columns(table))
        # The version that the commit will make; the table itself is made by the one before it.
        version = 1 if stored is None else stored.version() + 1
        count = _count(connection)
        written = list(write(connection, table, folder, batch, count, version=version, at=at))
    rows_written = sum(file.rows for file in written)
    if rows_written + count.repeated != count.landed:
        raise AssertionError(f"expected each landed row in a file, was {rows_written} of {count}")
    commit(folder, columns(table), written, mark=batch.id, count=count.landed, at=at)
    return count


def expect_known(batch: Batch) -> None:
    """Refuse a batch with tables or columns that the catalogue does not have."""
    for name, rows in batch.tables.items():
        if name not in TABLES:
            raise SourceError(f"{batch.source}: expected a table of the catalogue, was {name!r}")
        allowed = {*TABLES[name].sourced, FAULT, ORIGIN}
        strange = sorted(set(rows.column_names) - allowed)
        if strange or not set(rows.column_names) & set(TABLES[name].sourced):
            was = ", ".join(strange) or "none"
            raise SourceError(
                f"{batch.source}: {name}: expected columns of the catalogue, was {was}"
            )


def _stage(connection: duckdb.DuckDBPyConnection, table: Table, batch: Batch, at: datetime) -> None:
    described = connection.execute("describe incoming").fetchall()
    incoming = {str(name): str(kind) for name, kind, *_ in described}
    span = Span(batch.conventions.begins, at)
    plain = plain_ids(table, batch.tables[table.name])
    rows = checked(table, incoming, span, batch.conventions, plain)
    connection.execute(f"create temp table staged as select *, {FRESH} as _fate from ({rows})")


def _mark_known(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile]
) -> None:
    """Say of staged rows whose key is not theirs alone whether they revise another, or repeat it.

    Most batches have none, which is seen from the keys alone.
    """
    key, good = ", ".join(map(quoted, table.key)), f"staged where {FAULT} is null"
    near = _overlapping(connection, table, files)
    there = (
        f" union select {key} from (select * from {good}) s semi join (select {key} from "
        f"{read(near, table)}) k on {same_key(table, 's', 'k')}"
        if near
        else ""
    )
    twice = f"select {key} from {good} group by all having count(*) > 1"
    if _is_in_order(connection, table):
        twice = f"select {key} from staged where false"
    connection.execute(f"create temp table contested as {twice}{there}")
    if connection.execute("select 1 from contested limit 1").fetchall() == []:
        return
    earlier = (
        f"select l.* from ({known(table, near, withdrawn=True)}) l semi join contested c "
        f"on {same_key(table, 'l', 'c')}"
        if near
        else ""
    )
    _refuse_twins(connection, table)
    refuse_changes(connection, table, earlier)
    _mark_revisions(connection, table, earlier)


def _is_in_order(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Return whether each good row is later than the one before, so that none is there twice.

    To see it is a tenth as dear as to look for keys that are.
    """
    if not {table.time, "seq"} <= set(table.key):
        return False
    before = f"{table.time} as own, seq, lag({table.time}) over () as was, lag(seq) over () as last"
    late = (
        f"select 1 from (select {before} from staged where {FAULT} is null) "
        "where own < was or own = was and not coalesce(seq > last, false) limit 1"
    )
    return connection.execute(late).fetchall() == []


def _refuse_twins(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    every = ", ".join(map(quoted, table.schema))
    reason = f"{', '.join(table.source_key)}: expected each key once, was an identical row again"
    connection.execute(
        f"update staged set {FAULT} = {text(reason)} where _position in (select _position "
        f"from (select s.* from staged s semi join contested c on {same_key(table, 's', 'c')} "
        f"where {FAULT} is null) "
        f"qualify row_number() over (partition by {every} order by _position) > 1)"
    )


def _mark_revisions(connection: duckdb.DuckDBPyConnection, table: Table, earlier: str) -> None:
    key = ", ".join(f"s.{quoted(name)}" for name in table.key)
    connection.execute(
        "create temp table rivals as select s.*, row_number() over "
        f"(partition by {key} order by {order_of(table)}) as place, "
        f"row_number() over (partition by {key} order by {_last(table)}) = 1 as is_last "
        f"from staged s semi join contested c on {same_key(table, 's', 'c')} where {FAULT} is null"
    )
    if not earlier:
        _set_fate(connection, REVISION, "select _position from rivals where place > 1")
        return
    connection.execute(f"create temp table earlier as {earlier}")
    same = " and ".join(
        f"s.{quoted(name)} is not distinct from l.{quoted(name)}" for name in table.schema
    )
    connection.execute(
        f"create temp table repeats as select s.* from rivals s join earlier l on {same} "
        "where is_last"
    )
    rivals, again = "select s._position from rivals s", same_key(table, "s", "l")
    _set_fate(
        connection,
        REVISION,
        f"{rivals} where place > 1 union {rivals} semi join earlier l on {again}",
    )
    _set_fate(connection, REPEAT, f"{rivals} semi join repeats l on {again}")


def _set_fate(connection: duckdb.DuckDBPyConnection, fate: int, positions: str) -> None:
    connection.execute(f"update staged set _fate = {fate} where _position in ({positions})")


def _last(table: Table) -> str:
    return ", ".join(f"{name} desc" for name in order_of(table).split(", "))


def _refuse(
    connection: duckdb.DuckDBPyConnection, root: Path, batch: Batch, table: Table, at: datetime
) -> None:
    values = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in table.sourced)
    row = f"coalesce(_raw, cast(to_json(struct_pack({values})) as varchar))"
    refused = (
        f"select {FAULT} as reason, {row} as row, {ORIGIN} from staged where {FAULT} is not null"
    )
    refuse(connection, root, batch, name=table.name, select=refused, at=at)


def _overlapping(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile]
) -> list[DataFile]:
    """Return the files in which a key of the staged rows can be, by their statistics."""
    if not files:
        return []
    names = [name for name in table.source_key if name in stats_of(table)]
    ends = ", ".join(f"min({quoted(name)}), max({quoted(name)})" for name in names)
    edges = connection.execute(f"select {ends} from staged where {FAULT} is null").fetchall()[0]
    ranges = list(zip(names, edges[::2], edges[1::2], strict=True))
    return [
        file
        for file in files
        if file.rows and all(file.may_hold(name, low, high) for name, low, high in ranges)
    ]


def _count(connection: duckdb.DuckDBPyConnection) -> Count:
    good = f"{FAULT} is null"
    wheres = (
        "true",
        good,
        f"{FAULT} is not null",
        f"{good} and _fate = {REPEAT}",
        f"{good} and _fate = {REVISION}",
        f"{good} and {REMARK} is not null",
    )
    counts = ", ".join(f"count(*) filter (where {where})" for where in wheres)
    return Count(*connection.execute(f"select {counts} from staged").fetchall()[0])
