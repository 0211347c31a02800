"""Erasing: rows that may not be kept any longer taken out of their files.

A file with such rows is written again without them and stands for the landed files as a packed one
does, so a run pins what it pinned; what there is less of, the journal says. The new file is there
before it says so, and takes the old one's place after that, so an erasure that is cut short is
repeated. The old file is deleted: nothing of it stays, in no version of the table.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

import duckdb

from surveillance.activity.catalogue import ARRIVED, TABLES, Table
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.delta import (
    REVISED,
    DataFile,
    exchange,
    present_files,
    write_file,
)
from surveillance.activity.lake.engine import connect
from surveillance.activity.lake.packing import landed_rows, sweep
from surveillance.activity.lake.quarantine import QUARANTINE, REMARKS
from surveillance.activity.lake.rows import STATE, columns, moment, read
from surveillance.activity.lake.seal import HOLDS, LANDING, held, seal, sealed
from surveillance.activity.lake.view import KEPT
from surveillance.activity.lake.writing import sort_of, stats_of
from surveillance.times import format_time

PEOPLE = ("trader_id", "buyer_id", "seller_id", "winner_id", "counterparty_id")
"""Columns that say whose a row is."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken out of one file, whose name has its digest; ``file`` has the rows that stay.

    ``first`` and ``last`` are times of what was done, ``arrived`` is when the first of it landed.
    """

    table: str
    file: str
    replaces: str
    rows: int
    left: int
    first: str
    last: str
    arrived: str


Record = Callable[[Erased], None]


def erase(
    root: Path, until: datetime, names: Collection[str], at: datetime, record: Record
) -> list[Erased]:
    """Erase what was done before ``until``, but by traders or owners of ``names``; return it.

    Of facts that are kept nothing stays. Accounts, instruments and lists say what is so today and
    stay. ``record`` is called for each file before it changes.
    """
    rmtree(root / KEPT, ignore_errors=True)
    keep, erased = _traders_of(root, names), list[Erased]()
    for name in (name for name in TABLES if name not in STATE):
        table = TABLES[name]
        old = f"{quoted(table.time)} < {moment(until)}{_unless(table, keep)}"
        for number, file in enumerate(present_files(root / name)):
            if file.rows and file.may_hold(table.time, None, _naive(until)):
                erased += _erased(root, table, file, old, number, at, record)
        if erased:
            sweep(root / name)
        _delete_replaced(root / name, table.time, until)
    for name in (QUARANTINE, REMARKS):
        _forget(root / name, until, at)
        _delete_replaced(root / name, ARRIVED, until)
    return erased


def _erased(
    root: Path, table: Table, file: DataFile, old: str, number: int, at: datetime, record: Record
) -> Sequence[Erased]:
    with connect(root) as connection:
        count, first, last, arrived = connection.execute(
            f"select count(*), min({table.time}), max({table.time}), min({ARRIVED}) "
            f"from {read([file], table)} where {old}"
        ).fetchall()[0]
        if not count:
            return []
        rest = _rest(connection, root / table.name, table, file, old, number)
    times = (format_time(ts.replace(tzinfo=UTC)) for ts in (first, last, arrived))
    gone = Erased(table.name, rest.path.name, file.path.name, count, rest.rows, *times)
    record(gone)
    exchange(root / table.name, [file], [rest], at)
    return [gone]


def _rest(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    table: Table,
    file: DataFile,
    old: str,
    number: int,
) -> DataFile:
    """Write the rows of a file that stay; none may be left."""
    its, names = seal(file.path.name), ", ".join(map(quoted, columns(table)))
    rows = f"select * from ({landed_rows(table, names, file)}) where not ({old})"
    start = REVISED if file.is_revised else "landed-"
    order = "filename, file_row_number" if file.is_revised else sort_of(table)
    return sealed(
        write_file(
            connection,
            f"select {names}, {LANDING} from ({rows}) order by {order}",
            folder / f"{start}{its.first:08d}.{its.last:08d}-erased-{number:04d}.parquet",
            stats_of(table),
            f"{{{HOLDS}: {text(json.dumps(list(held(file))))}}}",
        )
    )


def _forget(folder: Path, until: datetime, at: datetime) -> None:
    """Erase what was refused or remarked before ``until``; nothing is judged by it."""
    for number, file in enumerate(present_files(folder)):
        if not file.rows or not file.may_hold(ARRIVED, None, _naive(until)):
            continue
        path = folder / f"{file.path.name.partition('-')[0]}-{at:%Y%m%d%H%M%S}-{number}.parquet"
        with connect(folder.parent) as connection:
            rows = f"select * from {read([file])} where {ARRIVED} >= {moment(until)}"
            exchange(folder, [file], [write_file(connection, rows, path, [ARRIVED])], at)


def _delete_replaced(folder: Path, time: str, until: datetime) -> None:
    """Delete files with old rows that no table has any more, whoever was cut short doing so."""
    present = {file.path for file in present_files(folder)}
    for path in set(folder.glob("*.parquet")) - present:
        if _is_old(path, time, until):
            path.unlink()


def _is_old(path: Path, time: str, until: datetime) -> bool:
    """Return whether a file has a row of before; one that cannot be read may have."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        first = pc.min(pq.read_table(path, columns=[time])[time]).as_py()
    except (pa.ArrowException, OSError):
        return True
    return first is not None and first < _naive(until)


def _traders_of(root: Path, names: Collection[str]) -> set[str]:
    """Return names, and with owners all their accounts."""
    files = present_files(root / "accounts")
    if not names or not files:
        return set(names)
    some = ", ".join(map(text, sorted(names)))
    with connect(root) as connection:
        rows = connection.execute(
            f"select distinct trader_id from {read(files, TABLES['accounts'])} "
            f"where owner_id in ({some})"
        ).fetchall()
    return {*names, *(str(trader) for (trader,) in rows)}


def _unless(table: Table, keep: Collection[str]) -> str:
    whose = [name for name in PEOPLE if name in table.schema]
    if not whose or not keep:
        return ""
    names = ", ".join(map(text, sorted(keep)))
    return "".join(f" and coalesce({quoted(name)} not in ({names}), true)" for name in whose)


def _naive(value: datetime) -> datetime:
    return value.replace(tzinfo=None)
