"""Packing: many small files of a table written as few large ones, of exactly the same rows.

A scheduler lands every quarter of an hour, and opening a thousand files takes longer than judging
them. A packed file keeps with each row the landing it came with, so a run that pinned a version in
the middle of it still sees no more than it saw; and it lists the landed files that it stands for.
Only neighbours in the order of landing are packed, fresh rows with fresh and revisions with
revisions, which keeps the order by which of two corrections the later one wins.

What goes in is checked against its seal first, so packing never gives tampered activity a new one,
and what came out is compared with what went in before it takes its place. It is noted before that
too: a process that is killed between the two leaves a note too many, never a file without one.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias

import duckdb

from surveillance.activity.catalogue import TABLES, Table
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.delta import (
    REVISED,
    DataFile,
    data_files,
    exchange,
    open_table,
    present_files,
    write_file,
)
from surveillance.activity.lake.rows import columns, read
from surveillance.activity.lake.seal import (
    HOLDS,
    LANDING,
    broken,
    held,
    seal,
    sealed,
)
from surveillance.activity.lake.writing import FILE_ROWS, sort_of, stats_of
from surveillance.errors import SurveillanceError


class Packed(NamedTuple):
    """A packed file, the files that it replaces, and how many rows it holds."""

    table: str
    file: str
    replaces: tuple[str, ...]
    rows: int


Noted: TypeAlias = Callable[[Packed], None]
"""Notes a packed file that is about to take the place of others."""


def unnoted(packed: Packed) -> None:
    """Note nothing, where there is no journal."""


def pack(
    connection: duckdb.DuckDBPyConnection, root: Path, name: str, at: datetime, note: Noted
) -> list[Packed]:
    """Pack the small files of one table, each noted before, and say what became of them.

    Raises:
        SurveillanceError: a file is not what its seal says.
    """
    groups = list(_groups(present_files(root / name)))
    for wrong in (file for group in groups for file in broken(name, group)):
        raise SurveillanceError(f"expected {name}/{wrong.file} with its sha256, was {wrong.actual}")
    done = []
    for part, group in enumerate(groups):
        file = _packed(connection, TABLES[name], root / name, group, part)
        packed = Packed(name, file.path.name, tuple(old.path.name for old in group), file.rows)
        note(packed)
        exchange(root / name, group, [file], at)
        done.append(packed)
    return done


def sweep(folder: Path) -> int:
    """Delete the files in the folder of a table that it does not have any more."""
    table = open_table(folder)
    if table is None:
        return 0
    present = {file.path.name for file in data_files(table, folder)}
    gone = [path for path in folder.glob("*.parquet") if path.name not in present]
    for path in gone:
        path.unlink()
    return len(gone)


def _groups(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    """Yield runs of two or more neighbours that fit one file together."""
    for is_revised in (False, True):
        alike = (file for file in files if file.is_revised is is_revised)
        group: list[DataFile] = []
        for file in sorted(alike, key=lambda file: seal(file.path.name).first):
            if sum(other.rows for other in group) + file.rows > FILE_ROWS:
                yield from [group] if len(group) > 1 else []
                group = []
            group.append(file)
        yield from [group] if len(group) > 1 else []


def _packed(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    folder: Path,
    group: Sequence[DataFile],
    part: int,
) -> DataFile:
    seals = [seal(file.path.name) for file in group]
    span = f"{min(each.first for each in seals):08d}.{max(each.last for each in seals):08d}"
    is_revised = group[0].is_revised
    names = ", ".join(map(quoted, columns(table)))
    rows = " union all ".join(landed_rows(table, names, file) for file in group)
    order = "filename, file_row_number" if is_revised else sort_of(table)
    start = REVISED if is_revised else "landed-"
    holds = json.dumps([name for file in group for name in held(file)])
    file = write_file(
        connection,
        f"select {names}, {LANDING} from ({rows}) order by {order}",
        folder / f"{start}{span}-packed-{part:04d}.parquet",
        stats_of(table),
        f"{{{HOLDS}: {text(holds)}}}",
    )
    _expect_same(connection, table, group, file)
    return sealed(file)


def landed_rows(table: Table, names: str, file: DataFile) -> str:
    its = seal(file.path.name)
    landing = LANDING if its.is_packed else str(its.first)
    return (
        f"select {names}, cast({landing} as bigint) as {LANDING}, filename, file_row_number "
        f"from {read([file], table)}"
    )


def _expect_same(
    connection: duckdb.DuckDBPyConnection, table: Table, group: Sequence[DataFile], file: DataFile
) -> None:
    """Compare count and hash sum of the rows, which do not hang on their order."""
    names = ", ".join(map(quoted, columns(table)))
    sums = [
        connection.execute(
            f"select count(*), sum(hash({names})::hugeint) from {read(files, table)}"
        ).fetchall()
        for files in (group, [file])
    ]
    if sums[0] != sums[1]:
        raise AssertionError(f"expected {sums[0]} in {file.path.name}, was {sums[1]}")
