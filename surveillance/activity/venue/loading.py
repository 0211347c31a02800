"""One raw file read into a table, with the file and line of each row, by what format it has.

A line that does not fit is set aside with its place, in a table beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from surveillance.activity.batch import ORIGIN
from surveillance.activity.contract import quoted, text
from surveillance.activity.venue import Relation, content, document
from surveillance.activity.venue.layout import Layout
from surveillance.activity.venue.mending import Mended, mended_lines, mended_records
from surveillance.activity.venue.records import UNIT, is_plain

FILE, LINE = "_file", "_line"
TEXT, WHOLE = "VARCHAR", "BIGINT"
_LINE_BYTES = 16_000_000
_FAULTS = ("reason", "row", ORIGIN)


@dataclass(frozen=True)
class RawFile:
    """One file of a relation: how it is laid out, and the columns that the engine gives it."""

    relation: str
    spec: Relation
    path: Path
    shown: str
    digest: str
    part: str
    columns: Mapping[str, str]
    layout: Layout | None = None


@dataclass(frozen=True)
class Scratch:
    """The database of a pull, and the folder where copies stand for as long as they are read."""

    connection: duckdb.DuckDBPyConnection
    folder: Path


def faults_of(file: RawFile) -> str:
    """Return the table of the lines of a file that were set aside."""
    return quoted(f"{file.part} faults")


def _csv(scratch: Scratch, file: RawFile) -> list[str]:
    if file.layout is None:
        raise AssertionError(f"expected a layout of {file.path}")
    found, cutter = _plain(scratch, file), file.layout.cutter
    remarks = [found.remark, file.layout.remark]
    names = list(file.columns)
    if file.spec.footer or not is_plain(found.path, cutter.delimiter, cutter.quote):
        mended = mended_records(found.path, file.spec, file.layout, file.shown, scratch.folder)
        _from_mended(scratch, file, mended, names)
        remarks.append(mended.remark)
    else:
        quote = text(cutter.quote)
        kinds = ", ".join(f"{text(name)}: '{TEXT}'" for name in names)
        options = (
            f"columns = {{{kinds}}}, header = false, auto_detect = false, "
            f"skip = {file.layout.before}, delim = {text(cutter.delimiter)}, quote = {quote}, "
            f"escape = {quote}"
        )
        _scan(scratch, file, found.path, options)
        _set_aside(scratch, file, first=file.layout.before + 1)
    _forget(found, file)
    return [remark for remark in remarks if remark]


def _text(scratch: Scratch, file: RawFile) -> list[str]:
    found = _plain(scratch, file)
    if is_plain(found.path, UNIT, "", _LINE_BYTES):
        options = (
            f"columns = {{'line': '{TEXT}'}}, header = false, auto_detect = false, "
            f"delim = chr(31), quote = '', escape = '', max_line_size = {_LINE_BYTES}"
        )
        _scan(scratch, file, found.path, options)
        _set_aside(scratch, file, first=1)
    else:
        mended = mended_lines(found.path, file.shown, scratch.folder, _LINE_BYTES)
        _from_mended(scratch, file, mended, ["line"])
    _forget(found, file)
    return [found.remark] if found.remark else []


def _jsonl(scratch: Scratch, file: RawFile) -> list[str]:
    remarks = _text(scratch, file)
    part, body = quoted(file.part), "substr(line, instr(line, '{'))"
    good = f"coalesce(instr(line, '{{') > 0 and json_valid({body}), false)"
    scratch.connection.execute(
        f"insert into {faults_of(file)} select 'expected a JSON object, was unreadable', line, "
        f"{FILE} || ':' || {LINE} from {part} where not {good} and line is not null"
    )
    # The engine reads numbers as binary fractions, whatever is stated.
    is_long = f"regexp_matches(line, {text(document.LONG)})"
    exact = f"case when {is_long} then exactly({body}) else {body} end"
    scratch.connection.execute(
        f"create or replace table {part} as select left(line, instr(line, '{{') - 1) "
        f"as prefix, cast({exact} as json) as body, {FILE}, {LINE} from {part} where {good}"
    )
    return remarks


def _json(scratch: Scratch, file: RawFile) -> list[str]:
    found = _plain(scratch, file)
    mended = document.records(found.path, file.path, file.spec.path, file.shown, scratch.folder)
    _from_mended(scratch, file, mended, ["body"])
    _forget(found, file)
    return [found.remark] if found.remark else []


def _parquet(scratch: Scratch, file: RawFile) -> list[str]:
    _new_faults(scratch, file)
    names = ", ".join(map(quoted, [*file.columns, "file row number"]))
    scratch.connection.execute(
        f'create table {quoted(file.part)} as select * exclude ("file row number"), '
        f'{text(file.shown)} as {FILE}, "file row number" + 1 as {LINE} from '
        f"(select *, file_row_number from read_parquet({text(str(file.path))})) as t({names})"
    )
    return []


FORMATS: Mapping[str, Callable[[Scratch, RawFile], list[str]]] = {
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "text": _text,
}


def _plain(scratch: Scratch, file: RawFile) -> content.Plain:
    return content.plain(file.path, file.spec.encoding, scratch.folder / "plain")


def _forget(found: content.Plain, file: RawFile) -> None:
    if found.path != file.path:
        found.path.unlink()


def _new_faults(scratch: Scratch, file: RawFile) -> None:
    columns = ", ".join(f"{name} {TEXT}" for name in _FAULTS)
    scratch.connection.execute(f"create table {faults_of(file)} ({columns})")


def _from_mended(scratch: Scratch, file: RawFile, mended: Mended, names: Sequence[str]) -> None:
    """Read what was written out record by record: the line first, then the values."""
    kinds = ", ".join(f"{text(name)}: '{file.columns.get(name, TEXT)}'" for name in names)
    options = (
        "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"max_line_size = {3 * _LINE_BYTES}"
    )
    columns = f"columns = {{'{LINE}': '{WHOLE}', {kinds}}}"
    scratch.connection.execute(
        f"create table {quoted(file.part)} as select * exclude ({LINE}), {text(file.shown)} "
        f"as {FILE}, {LINE} from read_csv({text(str(mended.records))}, {columns}, {options})"
    )
    _new_faults(scratch, file)
    columns = "columns = {" + ", ".join(f"'{name}': '{TEXT}'" for name in _FAULTS) + "}"
    scratch.connection.execute(
        f"insert into {faults_of(file)} from read_csv({text(str(mended.faults))}, {columns}, "
        f"{options})"
    )
    mended.forget()


def _scan(scratch: Scratch, file: RawFile, path: Path, options: str) -> None:
    _new_faults(scratch, file)
    scratch.connection.execute("drop table if exists reject_errors")
    scratch.connection.execute("drop table if exists reject_scans")
    scratch.connection.execute(
        f"create table {quoted(file.part)} as select *, {text(file.shown)} as {FILE}, "
        f"row_number() over () as {LINE} from read_csv({text(str(path))}, {options}, "
        "compression = 'none', store_rejects = true)"
    )


def _set_aside(scratch: Scratch, file: RawFile, *, first: int) -> None:
    """Move rejected lines to the faults of a file, and number its rows as its lines."""
    connection, part = scratch.connection, quoted(file.part)
    counted = r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)"
    connection.execute(
        f"insert into {faults_of(file)} select case when min(error_message) like 'Expected Num%' "
        f"then regexp_replace(min(error_message), {text(counted)}, "
        r"'expected \1 columns, was \2') else 'expected a line of the format, was: ' || "
        f"min(error_message) end, left(min(csv_line), 10000), {text(file.shown)} || ':' || line "
        "from reject_errors group by line order by line"
    )
    # Of the rows, `before` came before the n-th rejected line.
    gaps = (
        f"select before, max(n) as n from (select line - {first} + 1 - n as before, n from "
        "(select line, row_number() over (order by line) as n from "
        "(select distinct line from reject_errors))) group by before"
    )
    connection.execute(
        f"create or replace table {part} as select p.* replace (p.{LINE} + {first} - 1 "
        f"+ coalesce(g.n, 0) as {LINE}) from {part} p asof left join ({gaps}) g "
        f"on p.{LINE} > g.before order by p.{LINE}"
        if _count(connection, "reject_errors")
        else f"update {part} set {LINE} = {LINE} + {first} - 1"
    )


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return int(connection.execute(f"select count(*) from {name}").fetchall()[0][0])
