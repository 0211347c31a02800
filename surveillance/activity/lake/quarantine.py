"""Rows that broke the contract, whole, with the reason and the line; and values that made no sense.

Of values that rows could do without there may be as many as rows, all for one reason, such as a
word that is not mapped: they are counted by reason, with the first line as an example.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from surveillance.activity.batch import FAULT, FEED, ORIGIN, Batch
from surveillance.activity.catalogue import ARRIVED, TEXT, TIME, WHOLE
from surveillance.activity.contract import REMARK, quoted, text
from surveillance.activity.lake.delta import commit, committed, present_files, write_file
from surveillance.activity.lake.view import connect, moment, read

QUARANTINE = "quarantine"
COLUMNS: Mapping[str, str] = {
    "table_name": TEXT,
    "reason": TEXT,
    "row": TEXT,
    FEED: TEXT,
    ORIGIN: TEXT,
    "batch": TEXT,
    ARRIVED: TIME,
}

REMARKS = "remarks"
REMARK_COLUMNS: Mapping[str, str] = {
    "table_name": TEXT,
    "reason": TEXT,
    "rows": WHOLE,
    "example": TEXT,
    FEED: TEXT,
    ORIGIN: TEXT,
    "batch": TEXT,
    ARRIVED: TIME,
}

_SAME = ("table_name", "reason", "row", FEED, ORIGIN)


def refuse(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    batch: Batch,
    *,
    name: str,
    select: str,
    at: datetime,
) -> None:
    """Keep the rows of ``select`` (reason, row, source_line), once per batch and table."""
    mark, folder = f"{batch.id}:{name}", root / QUARANTINE
    if committed(folder, mark) is not None:
        return
    rows = (
        f"select {text(name)} as table_name, cast(reason as varchar) as reason, "
        f"cast(row as varchar) as row, {text(batch.source)} as {FEED}, "
        f"cast({ORIGIN} as varchar) as {ORIGIN}, {text(batch.id)} as batch, "
        f"{moment(at)} as {ARRIVED} from ({select})"
    )
    before = present_files(folder)
    if before:
        # A folder that is read again brings the same faults again; they are kept once.
        same = " and ".join(f"q.{c} is not distinct from r.{c}" for c in _SAME)
        rows = f"select r.* from ({rows}) r anti join {read(before)} q on {same}"
    path = folder / f"{name}-{batch.id}.parquet"
    file = write_file(connection, rows, path, [ARRIVED])
    commit(folder, COLUMNS, [file] if file.rows else [], mark=mark, count=file.rows, at=at)


def remark(
    connection: duckdb.DuckDBPyConnection, root: Path, batch: Batch, *, name: str, at: datetime
) -> None:
    """Count the values of ``staged`` rows that made no sense, by reason, once a batch and table."""
    mark, folder = f"{batch.id}:{name}", root / REMARKS
    said = f"select 1 from staged where {FAULT} is null and {REMARK} is not null limit 1"
    if committed(folder, mark) is not None or connection.execute(said).fetchall() == []:
        return
    each = (
        f"select _position, {ORIGIN}, unnest(string_split({REMARK}, '; ')) as words from staged "
        f"where {FAULT} is null and {REMARK} is not null"
    )
    rows = (
        f"select {text(name)} as table_name, split_part(words, ', was ', 1) as reason, "
        "count(*) as rows, arg_min(words, _position) as example, "
        f"{text(batch.source)} as {FEED}, arg_min({ORIGIN}, _position) as {ORIGIN}, "
        f"{text(batch.id)} as batch, {moment(at)} as {ARRIVED} from ({each}) "
        "group by reason order by reason"
    )
    file = write_file(connection, rows, folder / f"{name}-{batch.id}.parquet", [ARRIVED])
    commit(folder, REMARK_COLUMNS, [file], mark=mark, count=file.rows, at=at)


def refuse_lines(root: Path, batch: Batch, name: str, at: datetime) -> int:
    """Keep the lines of a raw relation that never became rows, and return how many."""
    with connect(root) as connection:
        connection.register("lines", batch.faults[name])
        refuse(connection, root, batch, name=name, select="select * from lines", at=at)
    return int(batch.faults[name].num_rows)


def quarantined(root: Path) -> pa.Table:
    """Return every row that broke the contract, in order of arrival."""
    return _all(root, QUARANTINE, COLUMNS, f"{ARRIVED}, batch, table_name, {ORIGIN}, row")


def remarks(root: Path) -> pa.Table:
    """Return what values made no sense, by reason, in order of arrival."""
    return _all(root, REMARKS, REMARK_COLUMNS, f"{ARRIVED}, batch, table_name, reason")


def _all(root: Path, name: str, kinds: Mapping[str, str], order: str) -> pa.Table:
    files = present_files(root / name)
    nothing = ", ".join(f"cast(null as {kind}) as {column}" for column, kind in kinds.items())
    rows = read(files) if files else f"(select {nothing} where false)"
    with connect(root) as connection:
        names = ", ".join(map(quoted, kinds))
        return connection.sql(f"select {names} from {rows} order by {order}").to_arrow_table()
