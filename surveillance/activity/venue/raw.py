"""Raw files as relations: read as they are, with the file and line of each row kept.

A line that does not fit its format is set aside with its place; a file that cannot be read at all
fails the pull, for half a file is worse than none.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from surveillance.activity.batch import ORIGIN
from surveillance.activity.contract import quoted, text
from surveillance.activity.venue import Relation, Venue
from surveillance.errors import SourceAbort, SourceError

FILE, LINE = "_file", "_line"
_LINE_BYTES = 16_000_000


@dataclass(frozen=True)
class Raw:
    """The raw relations of a pull: tables of one connection, their columns, lines set aside."""

    connection: duckdb.DuckDBPyConnection
    columns: Mapping[str, Mapping[str, str]]
    faults: Mapping[str, pa.Table]
    digests: tuple[tuple[str, str], ...]


@contextmanager
def opened(venue: Venue, relations: Mapping[str, Relation]) -> Iterator[Raw]:
    """Read every raw relation of a venue into a database that is gone afterwards.

    Raises:
        SourceAbort: a pattern finds no file.
        SourceError: a file cannot be read.
    """
    files = {path for spec in relations.values() for path in files_of(venue.folder, spec.glob)}
    with (
        tempfile.TemporaryDirectory(prefix="pull-") as scratch,
        duckdb.connect(Path(scratch) / "raw.duckdb") as connection,
    ):
        for setting in _settings(venue.folder.resolve(), scratch):
            connection.execute(f"set {setting}")
        for name, spec in relations.items():
            _read(connection, name, spec, venue.folder)
        columns = {name: _columns(connection, name) for name in relations}
        faults = {
            name: connection.sql(f'select * from "{name} faults"').to_arrow_table()
            for name in relations
        }
        yield Raw(
            connection,
            columns,
            {name: lines for name, lines in faults.items() if lines.num_rows},
            tuple((_shown(path, venue.folder), _digest(path)) for path in sorted(files)),
        )


def files_of(folder: Path, glob: str) -> list[Path]:
    """Return the files below ``folder`` that match, in order of name.

    Raises:
        SourceAbort: there are none, or the pattern leads outside of the folder.
    """
    try:
        files = sorted(path for path in folder.glob(glob) if path.is_file())
    except (ValueError, NotImplementedError) as wrong:
        raise SourceAbort(f"expected a pattern within {folder}, was {glob!r}: {wrong}") from None
    if not files:
        raise SourceAbort(f"expected files {glob!r} in {folder}, was none")
    if not all(path.resolve().is_relative_to(folder.resolve()) for path in files):
        raise SourceAbort(f"expected a pattern within {folder}, was {glob!r}")
    return files


def _settings(folder: Path, scratch: str) -> list[str]:
    return [
        "TimeZone = 'UTC'",
        f"temp_directory = {text(f'{scratch}/spill')}",
        f"allowed_directories = [{text(f'{folder}/')}, {text(f'{scratch}/')}]",
        "python_enable_replacements = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ]


def _read(connection: duckdb.DuckDBPyConnection, name: str, spec: Relation, folder: Path) -> None:
    lines = quoted(f"{name} faults")
    connection.execute(f"create table {lines} (reason varchar, row varchar, {ORIGIN} varchar)")
    parts = []
    for number, path in enumerate(files_of(folder, spec.glob)):
        parts.append(f"{name} {number}")
        try:
            _FORMATS[spec.format](connection, parts[-1], lines, path, _shown(path, folder))
        except duckdb.Error as wrong:
            message = str(wrong).splitlines()[0]
            raise SourceError(
                f"expected {spec.format} in {path}, was unreadable: {message}"
            ) from None
    together = " union all by name ".join(f"select * from {quoted(part)}" for part in parts)
    connection.execute(f"create table {quoted(name)} as {together}")
    for part in parts:
        connection.execute(f"drop table {quoted(part)}")


def _csv(
    connection: duckdb.DuckDBPyConnection, part: str, lines: str, path: Path, shown: str
) -> None:
    layout = "all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"'"
    _scan(connection, part, path, layout, shown)
    names = [name for name, *_ in connection.execute(f"describe {quoted(part)}").fetchall()]
    if names[0] == "column0" and not _count(connection, quoted(part)):
        raise SourceError(f"expected a line of column names in {path}, was an empty file")
    _set_aside(connection, part, lines, shown, first=2)


def _text(
    connection: duckdb.DuckDBPyConnection, part: str, lines: str, path: Path, shown: str
) -> None:
    # No text holds the unit separator, so that each line is one value.
    layout = (
        "columns = {'line': 'VARCHAR'}, header = false, auto_detect = false, delim = chr(31), "
        f"quote = '', escape = '', max_line_size = {_LINE_BYTES}"
    )
    _scan(connection, part, path, layout, shown)
    _set_aside(connection, part, lines, shown, first=1)


def _jsonl(
    connection: duckdb.DuckDBPyConnection, part: str, lines: str, path: Path, shown: str
) -> None:
    _text(connection, part, lines, path, shown)
    body = "substr(line, instr(line, '{'))"
    good = f"coalesce(instr(line, '{{') > 0 and json_valid({body}), false)"
    connection.execute(
        f"insert into {lines} select 'expected a JSON object, was unreadable', line, "
        f"{FILE} || ':' || {LINE} from {quoted(part)} where not {good} and line is not null"
    )
    connection.execute(
        f"create or replace table {quoted(part)} as select left(line, instr(line, '{{') - 1) "
        f"as prefix, cast({body} as json) as body, {FILE}, {LINE} from {quoted(part)} where {good}"
    )


def _parquet(
    connection: duckdb.DuckDBPyConnection, part: str, lines: str, path: Path, shown: str
) -> None:
    connection.execute(
        f"create table {quoted(part)} as select *, {text(shown)} as {FILE}, file_row_number + 1 "
        f"as {LINE} from read_parquet({text(str(path))})"
    )


_FORMATS = {"csv": _csv, "text": _text, "jsonl": _jsonl, "parquet": _parquet}


def _scan(
    connection: duckdb.DuckDBPyConnection, part: str, path: Path, layout: str, shown: str
) -> None:
    connection.execute("drop table if exists reject_errors")
    connection.execute("drop table if exists reject_scans")
    connection.execute(
        f"create table {quoted(part)} as select *, {text(shown)} as {FILE}, "
        f"row_number() over () as {LINE} "
        f"from read_csv({text(str(path))}, {layout}, store_rejects = true)"
    )


def _set_aside(
    connection: duckdb.DuckDBPyConnection, part: str, lines: str, shown: str, *, first: int
) -> None:
    """Move rejected lines to ``lines``, and number the rows as lines of the file.

    The reader numbers records, so a record that spans lines counts as one.
    """
    connection.execute(
        f"insert into {lines} select 'expected a line of the format, was: ' || "
        f"min(error_message), min(csv_line), {text(shown)} || ':' || line from reject_errors "
        "group by line order by line"
    )
    # Of the rows, `before` came before the n-th rejected line.
    gaps = (
        f"select before, max(n) as n from (select line - {first} + 1 - n as before, n from "
        "(select line, row_number() over (order by line) as n from "
        "(select distinct line from reject_errors))) group by before"
    )
    connection.execute(
        f"create or replace table {quoted(part)} as select p.* replace (p.{LINE} + {first} - 1 "
        f"+ coalesce(g.n, 0) as {LINE}) from {quoted(part)} p asof left join ({gaps}) g "
        f"on p.{LINE} > g.before order by p.{LINE}"
        if _count(connection, "reject_errors")
        else f"update {quoted(part)} set {LINE} = {LINE} + {first} - 1"
    )


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return int(connection.execute(f"select count(*) from {name}").fetchall()[0][0])


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    described = connection.execute(f"describe {quoted(name)}").fetchall()
    return {str(column): str(kind) for column, kind, *_ in described}


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
