"""Rows that broke the contract, whole, with the reason and the line; and values that made no sense.

Of values that rows could do without there may be as many as rows, all for one reason, such as a
word that is not mapped: they are counted by reason, with the first line as an example.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from surveillance.activity.batch import FAULT, FEED, ORIGIN, Batch
from surveillance.activity.catalogue import ARRIVED, TABLES, TEXT, TIME, WHOLE, Table
from surveillance.activity.contract import REMARK, quoted, text
from surveillance.activity.lake.delta import (
    DataFile,
    commit,
    committed,
    data_files,
    open_table,
    present_files,
    write_file,
)
from surveillance.activity.lake.engine import connect
from surveillance.activity.lake.rows import moment, read
from surveillance.activity.lake.view import QUARANTINED, REFUSED

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

AGAIN = "was an identical row again"
"""End of the reason of a row that is judged all the same, for its twin has landed."""
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
    if connection.execute(f"select 1 from ({select}) limit 1").fetchall() == []:
        return
    stored = open_table(folder)
    if committed(stored, mark) is not None:
        return
    rows = (
        f"select {text(name)} as table_name, cast(reason as varchar) as reason, "
        f"cast(row as varchar) as row, {text(batch.source)} as {FEED}, "
        f"cast({ORIGIN} as varchar) as {ORIGIN}, {text(batch.id)} as batch, "
        f"{moment(at)} as {ARRIVED} from ({select})"
    )
    before = data_files(stored, folder)
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
    if connection.execute(said).fetchall() == [] or committed(open_table(folder), mark) is not None:
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


def refuse_lines(
    engine: duckdb.DuckDBPyConnection, root: Path, batch: Batch, name: str, at: datetime
) -> int:
    """Keep the lines of a raw relation that never became rows, and return how many."""
    with engine.cursor() as connection:
        connection.register("lines", batch.faults[name])
        refuse(connection, root, batch, name=name, select="select * from lines", at=at)
    return int(batch.faults[name].num_rows)


def quarantined(root: Path) -> pa.Table:
    """Return every row that broke the contract and was not repaired since, in order of arrival."""
    order = f"{ARRIVED}, batch, table_name, {ORIGIN}, row"
    with connect(root) as connection:
        names = ", ".join(map(quoted, COLUMNS))
        rows = standing(root, {name: present_files(root / name) for name in TABLES})
        return connection.sql(f"select {names} from ({rows}) order by {order}").to_arrow_table()


def refused_rows(root: Path) -> dict[str, int]:
    """Return how many rows of each table ever went to quarantine, by the names of its files."""
    counts: dict[str, int] = {}
    for file in present_files(root / QUARANTINE):
        name = Path(file.path).name.partition("-")[0]
        counts[name] = counts.get(name, 0) + file.rows
    return counts


def standing(root: Path, present: Mapping[str, Sequence[DataFile]], where: str = "true") -> str:
    """Return SQL for the rows in quarantine that no row has landed for since.

    A row that is mended lands under the same id, or, where its id could not be read or is no key
    by itself, from the same line. ``where`` says which rows are known at all.
    """
    files = present_files(root / QUARANTINE)
    if not files:
        nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in COLUMNS.items())
        return f"select {nothing} where false"
    rows = f"select * from {read(files)} where {where}"
    known = [TABLES[name] for name, landed in present.items() if landed]
    for table in known:
        rows = (
            f"select * from ({rows}) q where table_name <> {text(table.name)} or not exists ("
            f"select 1 from {read(present[table.name], table)} l where {where} "
            f"and l.{ARRIVED} > q.{ARRIVED} and {_mends(table)})"
        )
    return rows


def refused(root: Path, present: Mapping[str, Sequence[DataFile]], where: str) -> dict[str, str]:
    """Return SQL for the views of what went to quarantine, and of what stands there still.

    They have the table and the time of a row; one whose time cannot be read has none.
    """
    time = f"try_cast(try_cast({_value('row', 'ts')} as timestamptz) as timestamp)"
    apart = f"not ends_with(reason, {text(AGAIN)})"
    return {
        name: f"select table_name, {time} as ts from ({standing(root, of, where)}) where {apart}"
        for name, of in ((QUARANTINED, {}), (REFUSED, present))
    }


def _value(row: str, name: str) -> str:
    """Return SQL for a value of a row; a line that never became one has none."""
    return f"case when json_valid({row}) then json_extract_string({row}, {text(f'$.{name}')}) end"


def _mends(table: Table) -> str:
    """Return SQL that says whether a landed row ``l`` is the row ``q`` in quarantine, mended."""
    same = f"l.{FEED} = q.{FEED} and l.{ORIGIN} = q.{ORIGIN}"
    told = _value("q.row", table.names)
    where = (
        f" and l.instrument = {_value('q.row', 'instrument')}"
        if "instrument" in table.schema
        else ""
    )
    own = f"l.{quoted(table.names)} = {told}{where}"
    if table.source_key == (table.names,):
        return f"(case when {told} is null then {same} else {own} end)"
    return f"({same} and coalesce({own}, true))"


def remarks(root: Path) -> pa.Table:
    """Return what values made no sense, by reason, in order of arrival."""
    files = present_files(root / REMARKS)
    nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in REMARK_COLUMNS.items())
    rows = read(files) if files else f"(select {nothing} where false)"
    with connect(root) as connection:
        names = ", ".join(map(quoted, REMARK_COLUMNS))
        order = f"{ARRIVED}, batch, table_name, reason"
        return connection.sql(f"select {names} from {rows} order by {order}").to_arrow_table()
