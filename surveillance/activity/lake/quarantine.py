"""Rows that broke the contract: kept whole, with the reason and the line they came from."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from surveillance.activity.batch import FEED, ORIGIN, Batch
from surveillance.activity.catalogue import ARRIVED, TEXT, TIME
from surveillance.activity.contract import quoted, text
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


def refuse_lines(root: Path, batch: Batch, name: str, at: datetime) -> int:
    """Keep the lines of a raw relation that never became rows, and return how many."""
    with connect(root) as connection:
        connection.register("lines", batch.faults[name])
        refuse(connection, root, batch, name=name, select="select * from lines", at=at)
    return int(batch.faults[name].num_rows)


def quarantined(root: Path) -> pa.Table:
    """Return every row that broke the contract, in order of arrival."""
    files = present_files(root / QUARANTINE)
    nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in COLUMNS.items())
    rows = read(files) if files else f"(select {nothing} where false)"
    with connect(root) as connection:
        order = f"{ARRIVED}, batch, table_name, {ORIGIN}, row"
        names = ", ".join(map(quoted, COLUMNS))
        return connection.sql(f"select {names} from {rows} order by {order}").to_arrow_table()
