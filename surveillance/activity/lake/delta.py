"""One Delta table of the lake: its files with their statistics, and how files are added.

DuckDB writes the Parquet (smaller and faster than the library's own writer) and the library
commits it, which is what makes a landing atomic and a version something that can be pinned.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from surveillance.activity.catalogue import KEY
from surveillance.activity.contract import quoted, text
from surveillance.errors import SurveillanceError

REVISED = "revised-"
"""Start of the name of a file whose rows replace rows of other files."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a table, with the least and greatest value of some columns.

    ``until`` is set where only the rows that had landed by that version are meant. ``fields`` are
    the columns of its table, of which a file that landed before the table grew lacks the new ones.
    """

    path: Path
    size: int
    rows: int
    least: Mapping[str, Any]
    greatest: Mapping[str, Any]
    until: int | None = None
    fields: tuple[str, ...] = ()

    @property
    def is_revised(self) -> bool:
        """Return whether its rows replace others."""
        return self.path.name.startswith(REVISED)

    def may_hold(self, column: str, least: Any, greatest: Any) -> bool:
        """Return whether a value of ``column`` in ``[least, greatest]`` can be in the file."""
        low, high = self.least.get(column), self.greatest.get(column)
        below = greatest is not None and low is not None and low > greatest
        above = least is not None and high is not None and high < least
        return not below and not above


def open_table(folder: Path, version: int | None = None) -> DeltaTable | None:
    """Open the table in ``folder``, or return None where there is none yet."""
    if not (folder / "_delta_log").is_dir():
        return None
    try:
        return DeltaTable(str(folder), version=version)
    except (DeltaError, OSError, ValueError) as wrong:
        at = "" if version is None else f" at version {version}"
        raise SurveillanceError(
            f"expected a Delta table in {folder}{at}, was unreadable: {wrong}"
        ) from wrong


def data_files(table: DeltaTable | None, folder: Path) -> list[DataFile]:
    """List the files of a table by name, none if there is no table yet.

    Raises:
        SurveillanceError: a file is missing, or not of the size that was committed.
    """
    return _expect_whole(_listed(table, folder) if table is not None else ())


def _listed(table: DeltaTable, folder: Path) -> tuple[DataFile, ...]:
    actions = table.get_add_actions(flatten=True)
    # pa.table() would import pandas to see whether it was given a frame of its kind.
    rows = pa.RecordBatchReader.from_stream(actions).read_all().to_pylist()
    fields = tuple(field.name for field in table.schema().fields)
    files = (_data_file(row, folder, fields) for row in rows)
    return tuple(sorted(files, key=lambda file: file.path.name))


def present_files(folder: Path) -> list[DataFile]:
    """Return the present files of the table in a folder, none if there is no table yet.

    A log is read once for as long as it is the same; a tick asks for every table many times.

    Raises:
        SurveillanceError: a file is missing, or not of the size that was committed.
    """
    try:
        entries = [(entry.name, entry.stat()) for entry in os.scandir(folder / "_delta_log")]
    except OSError:
        return []
    log = sorted((name, at.st_ino, at.st_size, at.st_mtime_ns) for name, at in entries)
    return _expect_whole(_present(folder, tuple(log)))


@lru_cache(maxsize=64)
def _present(folder: Path, log: tuple[tuple[str, int, int, int], ...]) -> tuple[DataFile, ...]:
    """Return what a log lists; ``log`` names every entry of it, with what a change would change."""
    table = open_table(folder)
    return () if table is None else _listed(table, folder)


def _expect_whole(files: Iterable[DataFile]) -> list[DataFile]:
    whole = list(files)
    for file in whole:
        actual = file.path.stat().st_size if file.path.is_file() else None
        if actual != file.size:
            was = "missing" if actual is None else f"{actual} bytes"
            raise SurveillanceError(f"expected {file.path} with {file.size} bytes, was {was}")
    return whole


def grow(table: DeltaTable, schema: Mapping[str, str]) -> None:
    """Add the columns that a table does not have yet."""
    there = {field.name for field in table.schema().fields}
    if more := [field for field in _schema(schema).fields if field.name not in there]:
        table.alter.add_columns(more)


def write_file(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    path: Path,
    stats: Sequence[str],
    metadata: str = "",
) -> DataFile:
    """Write the rows of ``select`` as one Parquet file, with statistics of the columns named.

    ``metadata`` is SQL for that of the file, such as ``{key: 'value'}``.

    Raises:
        SurveillanceError: it cannot be written, such as on a disk that is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    noted = f", kv_metadata {metadata}" if metadata else ""
    with _writing(path.parent):
        connection.execute(
            f"copy ({select}) to {text(str(path))} "
            f"(format parquet, compression lz4_raw, parquet_version v2{noted})"
        )
    written = f"read_parquet({text(str(path))})"
    ends = ", ".join(f"min({quoted(name)}), max({quoted(name)})" for name in stats)
    counted = connection.execute(f"select count(*), {ends} from {written}").fetchall()[0]
    least = dict(zip(stats, counted[1::2], strict=True))
    greatest = dict(zip(stats, counted[2::2], strict=True))
    return DataFile(path, path.stat().st_size, counted[0], least, greatest)


def commit(
    folder: Path,
    schema: Mapping[str, str],
    files: Sequence[DataFile],
    *,
    mark: str,
    count: int,
    at: datetime,
) -> None:
    """Add files to the table in ``folder`` in one step, made with ``schema`` if it is not there.

    ``mark`` names the landing and ``count`` is what :func:`committed` will say of it.
    """
    properties = CommitProperties(
        custom_metadata={"landing": mark}, app_transactions=[Transaction(mark, count)]
    )
    with _writing(folder):
        table = open_table(folder) or DeltaTable.create(str(folder), schema=_schema(schema))
        table.create_write_transaction(
            [_action(file, at) for file in files],
            mode="append",
            schema=table.schema(),
            partition_by=[],
            commit_properties=properties,
        )


def exchange(folder: Path, old: Sequence[DataFile], new: Sequence[DataFile], at: datetime) -> None:
    """Put files in the place of others that hold the same rows, in one step."""
    table = open_table(folder)
    if table is None:
        raise SurveillanceError(f"expected a Delta table in {folder}, was none")
    gone = [
        RemoveAction(file.path.name, False, int(at.timestamp() * 1000), file.size, {})
        for file in old
    ]
    with _writing(folder):
        table.create_write_transaction(
            [*gone, *(_action(file, at, changes=False) for file in new)],
            mode="append",
            schema=table.schema(),
            partition_by=[],
        )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Explain why something could not be written into a folder of the lake."""
    try:
        yield
    except (duckdb.IOException, DeltaError, OSError) as wrong:
        said = str(wrong).partition("\n")[0]
        raise SurveillanceError(f"expected {folder} to be written to, was: {said}") from wrong


def committed(table: DeltaTable | None, mark: str) -> int | None:
    """Return the count that a landing left in a table, or None if it never did."""
    count = None if table is None else table.transaction_version(mark)
    return None if count is None else int(count)


def _schema(columns: Mapping[str, str]) -> Schema:
    return _schema_of(tuple(columns.items()))


@lru_cache
def _schema_of(columns: tuple[tuple[str, str], ...]) -> Schema:
    """Ask the engine once for the types of a table: starting one takes long."""
    body = ", ".join(f"cast(null as {kind}) as {quoted(name)}" for name, kind in columns)
    with duckdb.connect() as connection:
        empty: pa.Table = connection.sql(f"select {body}").to_arrow_table()
    # A key is 16 bytes in the file, and Delta has no word for it but bytes.
    fields = [
        pa.field(field.name, pa.binary() if kind == KEY else field.type)
        for field, (_, kind) in zip(empty.schema, columns, strict=True)
    ]
    return Schema.from_arrow(pa.schema(fields))


def _data_file(row: Mapping[str, Any], folder: Path, fields: tuple[str, ...]) -> DataFile:
    least = {key.removeprefix("min."): row[key] for key in row if key.startswith("min.")}
    greatest = {key.removeprefix("max."): row[key] for key in row if key.startswith("max.")}
    path, size = folder / row["path"], int(row["size_bytes"])
    return DataFile(path, size, int(row["num_records"]), least, greatest, fields=fields)


def _action(file: DataFile, at: datetime, *, changes: bool = True) -> AddAction:
    stats = {
        "numRecords": file.rows,
        "minValues": _plain(file.least),
        "maxValues": _plain(file.greatest),
    }
    return AddAction(
        path=file.path.name,
        size=file.size,
        partition_values={},
        modification_time=int(at.timestamp() * 1000),
        data_change=changes,
        stats=json.dumps(stats),
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
