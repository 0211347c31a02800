"""An extract: the rows of one view as a Parquet file a table, and such files as a view again.

Corrections are resolved already, so there is nothing to resolve again, and a view of an extract
narrows like any other. Rows are in order of time and key and written by one thread: the same view
gives the same bytes. Tables that say who stands behind a trader hold what was known of whichever
time; within a view they are cut like every other table.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from surveillance.activity.bounds import Bounds
from surveillance.activity.catalogue import TABLES, Table
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.engine import connect
from surveillance.activity.lake.rows import columns, nothing, within
from surveillance.activity.lake.view import KNOWN, QUARANTINED, REFUSED, View
from surveillance.errors import SurveillanceError
from surveillance.model import Window

_SPARE_ROWS = 1_000_000
_BOUNDS = Bounds(spill_mb=4096)


def write(view: View, folder: Path) -> list[Path]:
    """Write every table that has a row, and return the files; facts must not be prepared yet."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [
        _written(view, table, KNOWN.get(name, name), folder)
        for name, table in sorted(TABLES.items())
        if view.has(KNOWN.get(name, name))
    ]
    if not view.has(REFUSED):
        return written
    rows = view.arrow(f"select table_name, ts from {REFUSED} order by all")
    return [*written, _copied(rows, folder / f"{REFUSED}.parquet")]


def opened(
    folder: Path,
    window: Window,
    as_of: datetime,
    versions: Mapping[str, int],
    threads: int | None = None,
) -> View:
    """Show the files of an extract as a view.

    Raises:
        SurveillanceError: a file is not Parquet, or not of the columns of its table.
    """
    for path in folder.glob("*.parquet"):
        _expect_plausible(path)
    connection = connect(folder, threads, _BOUNDS)
    try:
        for name, table in TABLES.items():
            connection.execute(f"create view {quoted(name)} as {_rows(folder, table, window)}")
        for name in (QUARANTINED, REFUSED):
            connection.execute(f"create view {name} as {_refused(folder)}")
        for name, whole in KNOWN.items():
            connection.execute(f"create view {whole} as {_select(folder, TABLES[name])}")
    except duckdb.Error as wrong:
        connection.close()
        raise SurveillanceError(f"expected readable activity, was: {wrong}") from None
    return View(
        connection,
        window,
        as_of,
        versions,
        lambda other: opened(folder, other, as_of, versions, threads),
    )


def _written(view: View, table: Table, source: str, folder: Path) -> Path:
    path = folder / f"{table.name}.parquet"
    names = ", ".join(map(quoted, columns(table)))
    first = [name for name in (table.time, "seq") if name in table.schema]
    order = ", ".join(map(quoted, dict.fromkeys([*first, *table.key])))
    rows = view.connection.sql(f"select {names} from {quoted(source)} order by {order}")
    return _copied(rows.to_arrow_reader(), path)


def _copied(rows: pa.Table | pa.RecordBatchReader, path: Path) -> Path:
    with duckdb.connect(config={"threads": "1"}) as writer:
        writer.register("extracted", rows)
        writer.execute(
            f"copy (select * from extracted) to {text(str(path))} "
            "(format parquet, compression lz4_raw, parquet_version v2)"
        )
    return path


def _refused(folder: Path) -> str:
    path = folder / f"{REFUSED}.parquet"
    if path.is_file():
        kinds = "cast(table_name as varchar) as table_name, cast(ts as timestamp) as ts"
        return f"select {kinds} from read_parquet({text(str(path))})"
    return "select cast(null as varchar) as table_name, cast(null as timestamp) as ts where false"


def _rows(folder: Path, table: Table, window: Window) -> str:
    return f"select * from ({_select(folder, table)}) where {within(table, window)}"


def _select(folder: Path, table: Table) -> str:
    path = folder / f"{table.name}.parquet"
    kinds = columns(table).items()
    if path.is_file():
        names = ", ".join(
            f"cast({quoted(name)} as {kind}) as {quoted(name)}" for name, kind in kinds
        )
        # A bundle made before a table grew lacks what it got.
        rows = f"{nothing(table)} union all by name select * from read_parquet({text(str(path))})"
        return f"select {names} from ({rows})"
    return nothing(table)


def _expect_plausible(path: Path) -> None:
    """Refuse a file that claims more rows than its bytes can tell apart."""
    import pyarrow.parquet as pq

    try:
        rows = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as wrong:
        raise SurveillanceError(f"expected Parquet in {path.name}, was: {wrong}") from None
    most = path.stat().st_size + _SPARE_ROWS
    if rows > most:
        raise SurveillanceError(f"expected at most {most} rows in {path.name}, was {rows}")
