"""Raw files as relations: read as they are, with the file and line of each row kept.

Headers and digests are read first, so that the SELECTs can be judged, and what has landed already
passed over, before a file is read whole. A line that does not fit its format is set aside with its
place; a file that cannot be read at all fails the pull, for half a file is worse than none.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from surveillance.activity.batch import ORIGIN
from surveillance.activity.contract import quoted, text
from surveillance.activity.venue import Relation, Venue, content, document, numerals
from surveillance.activity.venue.layout import Layout, engine_names, layout
from surveillance.activity.venue.mending import Mended, mended_lines, mended_records
from surveillance.activity.venue.records import UNIT, is_plain
from surveillance.errors import SourceAbort, SourceError
from surveillance.language import HIDDEN

FILE, LINE = "_file", "_line"
_LINE_BYTES = 16_000_000
_TEXT, _WHOLE = "VARCHAR", "BIGINT"
_ORIGINS = {FILE: _TEXT, LINE: _WHOLE}
_RESERVED = HIDDEN | {FILE, LINE}
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
class Loaded:
    """What reading a file brought besides its rows: lines set aside, and what was recognised."""

    faults: pa.Table
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Raw:
    """The raw relations of a pull, in a database of their own; their files are read when asked.

    ``columns`` are those of each relation with their types, as the engine knows them, and
    ``names`` says for each exact name which of these it is, or may be.
    """

    connection: duckdb.DuckDBPyConnection
    scratch: Path
    files: Mapping[str, tuple[RawFile, ...]]
    columns: Mapping[str, Mapping[str, str]]
    names: Mapping[str, Mapping[str, frozenset[str]]]
    _loaded: dict[str, Loaded] = field(default_factory=dict)

    def load(self, file: RawFile) -> Loaded | None:
        """Read a file whole, once; return what was set aside, or None if it was read before.

        Raises:
            SourceError: it cannot be read.
        """
        if file.part in self._loaded:
            return None
        try:
            remarks = _FORMATS[file.spec.format](self, file)
            faults = self.connection.sql(f"select * from {_faults(file)}").to_arrow_table()
        except duckdb.Error as wrong:
            message = str(wrong).splitlines()[0]
            raise SourceError(
                f"expected {file.spec.format} in {file.path}, was unreadable: {message}"
            ) from None
        self._loaded[file.part] = Loaded(faults, tuple(f"{file.shown}: {r}" for r in remarks))
        return self._loaded[file.part]

    def expose(
        self, name: str, files: Iterable[RawFile], numbers: frozenset[str] = frozenset()
    ) -> None:
        """Let a relation be the rows of these files, which have been read.

        ``numbers`` are the columns, in small letters, in which the relation's marks are made plain.
        """
        parts = " union all ".join(_select(file, self.columns[name], numbers) for file in files)
        self.connection.execute(f"create or replace view {quoted(name)} as {parts}")


@contextmanager
def opened(venue: Venue, relations: Mapping[str, Relation]) -> Iterator[Raw]:
    """Open every raw relation of a venue over a database that is gone afterwards.

    Raises:
        SourceAbort: a pattern finds no file.
        SourceError: the beginning of a file cannot be read.
    """
    with (
        tempfile.TemporaryDirectory(prefix="pull-") as scratch,
        duckdb.connect(Path(scratch) / "raw.duckdb") as connection,
    ):
        for setting in _settings(venue.folder.resolve(), scratch):
            connection.execute(f"set {setting}")
        connection.create_function("exactly", document.exactly, [_TEXT], _TEXT)
        files, columns, names = {}, {}, {}
        for name, spec in relations.items():
            paths = files_of(venue.folder, spec.glob)
            files[name], names[name] = _headed(connection, name, spec, paths, venue.folder)
            columns[name] = _columns(connection, files[name])
        yield Raw(connection, Path(scratch), files, columns, names)


def files_of(folder: Path, glob: str) -> list[Path]:
    """Return the files below ``folder`` that match, in order of name.

    Raises:
        SourceAbort: there are none, or the pattern leads outside of the folder.
    """
    try:
        there = sorted(folder.glob(glob))
    except (ValueError, NotImplementedError) as wrong:
        raise SourceAbort(f"expected a pattern within {folder}, was {glob!r}: {wrong}") from None
    files = [path for path in there if path.is_file()]
    if not files:
        was = f"the folder {there[0].name}; say '{glob}/*'" if there else "none"
        raise SourceAbort(f"expected files {glob!r} in {folder}, was {was}")
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


def _headed(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    spec: Relation,
    paths: Sequence[Path],
    folder: Path,
) -> tuple[tuple[RawFile, ...], Mapping[str, frozenset[str]]]:
    """Return the files of a relation with their columns, and which exact names these have."""
    layouts: list[Layout | None] = [None] * len(paths)
    kinds: list[list[str]] | None = None
    if spec.format == "csv":
        laid = [layout(path, content.head(path, spec.encoding), spec) for path in paths]
        layouts = list(laid)
        engine, exact = engine_names([each.names for each in laid], _RESERVED)
    elif spec.format == "parquet":
        schemas = [_schema(connection, path) for path in paths]
        engine, exact = engine_names([tuple(names) for names, _ in schemas], _RESERVED)
        kinds = [types for _, types in schemas]
    else:
        fixed = {"text": ["line"], "json": ["body"], "jsonl": ["prefix", "body"]}[spec.format]
        engine, exact = [fixed] * len(paths), {each: frozenset({each}) for each in fixed}
    files = []
    for number, path in enumerate(paths):
        types = kinds[number] if kinds else [_type(column, spec) for column in engine[number]]
        columns = dict(zip(engine[number], types, strict=True))
        shown = path.relative_to(folder).as_posix()
        part = f"{name} {number}"
        laid_out = layouts[number]
        files.append(RawFile(name, spec, path, shown, _digest(path), part, columns, laid_out))
    return tuple(files), {**exact, **{each: frozenset({each}) for each in _ORIGINS}}


def _type(column: str, spec: Relation) -> str:
    return "JSON" if spec.format in ("json", "jsonl") and column == "body" else _TEXT


def _schema(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[list[str], list[str]]:
    try:
        described = connection.execute(f"describe from read_parquet({text(str(path))})").fetchall()
        return pq.read_schema(path).names, [str(kind) for _, kind, *_ in described]
    except (duckdb.Error, pa.ArrowInvalid, OSError) as wrong:
        message = str(wrong).splitlines()[0]
        raise SourceError(f"expected parquet in {path}, was unreadable: {message}") from None


def _columns(connection: duckdb.DuckDBPyConnection, files: Sequence[RawFile]) -> dict[str, str]:
    """Return the columns of all files, with a type for each that holds those of every file."""
    kinds: dict[str, dict[str, None]] = {}
    for file in files:
        for name, kind in file.columns.items():
            kinds.setdefault(name, {})[kind] = None
    columns = {}
    for name, several in kinds.items():
        union = " union all ".join(f"select cast(null as {kind})" for kind in several)
        columns[name] = next(iter(several)) if len(several) == 1 else _described(connection, union)
    return {**columns, **_ORIGINS}


def _described(connection: duckdb.DuckDBPyConnection, select: str) -> str:
    try:
        return str(connection.execute(f"describe {select}").fetchall()[0][1])
    except duckdb.Error:
        return _TEXT


def _select(file: RawFile, columns: Mapping[str, str], numbers: frozenset[str]) -> str:
    marks = numerals.marks(file.spec)
    values = []
    for name, kind in columns.items():
        if name in _ORIGINS:
            value = quoted(name)
        elif name not in file.columns:
            value = f"cast(null as {kind})"
        elif marks and kind == _TEXT and name.lower() in numbers:
            value = numerals.plain(name, *marks)
        elif file.columns[name] != kind:
            value = f"cast({quoted(name)} as {kind})"
        else:
            value = quoted(name)
        values.append(f"{value} as {quoted(name)}")
    return f"select {', '.join(values)} from {quoted(file.part)}"


def _faults(file: RawFile) -> str:
    return quoted(f"{file.part} faults")


def _csv(raw: Raw, file: RawFile) -> list[str]:
    if file.layout is None:
        raise AssertionError(f"expected a layout of {file.path}")
    found, cutter = _plain(raw, file), file.layout.cutter
    names = list(file.columns)
    if file.spec.footer or not is_plain(found.path, cutter.delimiter, cutter.quote):
        mended = mended_records(found.path, file.spec, file.layout, file.shown, raw.scratch)
        _from_mended(raw, file, mended, names)
    else:
        quote = text(cutter.quote)
        kinds = ", ".join(f"{text(name)}: '{_TEXT}'" for name in names)
        options = (
            f"columns = {{{kinds}}}, header = false, auto_detect = false, "
            f"skip = {file.layout.before}, delim = {text(cutter.delimiter)}, quote = {quote}, "
            f"escape = {quote}"
        )
        _scan(raw, file, found.path, options)
        _set_aside(raw, file, first=file.layout.before + 1)
    _forget(found, file)
    return [remark for remark in (found.remark, file.layout.remark) if remark]


def _text(raw: Raw, file: RawFile) -> list[str]:
    found = _plain(raw, file)
    if is_plain(found.path, UNIT, "", _LINE_BYTES):
        options = (
            f"columns = {{'line': '{_TEXT}'}}, header = false, auto_detect = false, "
            f"delim = chr(31), quote = '', escape = '', max_line_size = {_LINE_BYTES}"
        )
        _scan(raw, file, found.path, options)
        _set_aside(raw, file, first=1)
    else:
        mended = mended_lines(found.path, file.shown, raw.scratch, _LINE_BYTES)
        _from_mended(raw, file, mended, ["line"])
    _forget(found, file)
    return [found.remark] if found.remark else []


def _jsonl(raw: Raw, file: RawFile) -> list[str]:
    remarks = _text(raw, file)
    part, body = quoted(file.part), "substr(line, instr(line, '{'))"
    good = f"coalesce(instr(line, '{{') > 0 and json_valid({body}), false)"
    raw.connection.execute(
        f"insert into {_faults(file)} select 'expected a JSON object, was unreadable', line, "
        f"{FILE} || ':' || {LINE} from {part} where not {good} and line is not null"
    )
    # The engine reads numbers as binary fractions, whatever is stated.
    is_long = f"regexp_matches(line, {text(document.LONG)})"
    exact = f"case when {is_long} then exactly({body}) else {body} end"
    raw.connection.execute(
        f"create or replace table {part} as select left(line, instr(line, '{{') - 1) "
        f"as prefix, cast({exact} as json) as body, {FILE}, {LINE} from {part} where {good}"
    )
    return remarks


def _json(raw: Raw, file: RawFile) -> list[str]:
    found = _plain(raw, file)
    mended = document.records(found.path, file.path, file.spec.path, file.shown, raw.scratch)
    _from_mended(raw, file, mended, ["body"])
    _forget(found, file)
    return [found.remark] if found.remark else []


def _parquet(raw: Raw, file: RawFile) -> list[str]:
    _new_faults(raw, file)
    names = ", ".join(map(quoted, [*file.columns, "file row number"]))
    raw.connection.execute(
        f'create table {quoted(file.part)} as select * exclude ("file row number"), '
        f'{text(file.shown)} as {FILE}, "file row number" + 1 as {LINE} from '
        f"(select *, file_row_number from read_parquet({text(str(file.path))})) as t({names})"
    )
    return []


_FORMATS: Mapping[str, Callable[[Raw, RawFile], list[str]]] = {
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "text": _text,
}


def _plain(raw: Raw, file: RawFile) -> content.Plain:
    return content.plain(file.path, file.spec.encoding, raw.scratch / "plain")


def _forget(found: content.Plain, file: RawFile) -> None:
    if found.path != file.path:
        found.path.unlink()


def _new_faults(raw: Raw, file: RawFile) -> None:
    columns = ", ".join(f"{name} {_TEXT}" for name in _FAULTS)
    raw.connection.execute(f"create table {_faults(file)} ({columns})")


def _from_mended(raw: Raw, file: RawFile, mended: Mended, names: Sequence[str]) -> None:
    """Read what was written out record by record: the line first, then the values."""
    kinds = ", ".join(f"{text(name)}: '{file.columns.get(name, _TEXT)}'" for name in names)
    options = (
        "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"max_line_size = {3 * _LINE_BYTES}"
    )
    columns = f"columns = {{'{LINE}': '{_WHOLE}', {kinds}}}"
    raw.connection.execute(
        f"create table {quoted(file.part)} as select * exclude ({LINE}), {text(file.shown)} "
        f"as {FILE}, {LINE} from read_csv({text(str(mended.records))}, {columns}, {options})"
    )
    _new_faults(raw, file)
    columns = "columns = {" + ", ".join(f"'{name}': '{_TEXT}'" for name in _FAULTS) + "}"
    raw.connection.execute(
        f"insert into {_faults(file)} from read_csv({text(str(mended.faults))}, {columns}, "
        f"{options})"
    )
    mended.forget()


def _scan(raw: Raw, file: RawFile, path: Path, options: str) -> None:
    _new_faults(raw, file)
    raw.connection.execute("drop table if exists reject_errors")
    raw.connection.execute("drop table if exists reject_scans")
    raw.connection.execute(
        f"create table {quoted(file.part)} as select *, {text(file.shown)} as {FILE}, "
        f"row_number() over () as {LINE} from read_csv({text(str(path))}, {options}, "
        "compression = 'none', store_rejects = true)"
    )


def _set_aside(raw: Raw, file: RawFile, *, first: int) -> None:
    """Move rejected lines to the faults of a file, and number its rows as its lines."""
    connection, part = raw.connection, quoted(file.part)
    counted = r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)"
    connection.execute(
        f"insert into {_faults(file)} select case when min(error_message) like 'Expected Number%' "
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


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as wrong:
        raise SourceError(
            f"expected a readable file, was {path}: {wrong.strerror or wrong}"
        ) from None
