"""Raw files as relations: read as they are, with the file and line of each row kept.

Headers and digests are read first, so that the SELECTs can be judged, and what has landed already
passed over, before a file is read whole. A line that does not fit its format is set aside with its
place; a file that cannot be read at all fails the pull, for half a file is worse than none.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from surveillance.activity.contract import quoted, text
from surveillance.activity.venue import Relation, Venue, content, document, numerals
from surveillance.activity.venue.layout import Layout, engine_names, layout
from surveillance.activity.venue.loading import (
    FILE,
    FORMATS,
    LINE,
    TEXT,
    WHOLE,
    RawFile,
    Scratch,
    faults_of,
)
from surveillance.errors import SourceAbort, SourceError
from surveillance.language import HIDDEN

_ORIGINS = {FILE: TEXT, LINE: WHOLE}
_RESERVED = HIDDEN | {FILE, LINE}


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

    scratch: Scratch
    files: Mapping[str, tuple[RawFile, ...]]
    columns: Mapping[str, Mapping[str, str]]
    names: Mapping[str, Mapping[str, frozenset[str]]]
    _loaded: dict[str, Loaded] = field(default_factory=dict)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return the database."""
        return self.scratch.connection

    def load(self, file: RawFile) -> Loaded | None:
        """Read a file whole, once; return what was set aside, or None if it was read before.

        Raises:
            SourceError: it cannot be read.
        """
        if file.part in self._loaded:
            return None
        try:
            remarks = FORMATS[file.spec.format](self.scratch, file)
            faults = self.connection.sql(f"select * from {faults_of(file)}").to_arrow_table()
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
        connection.create_function("exactly", document.exactly, [TEXT], TEXT)
        files, columns, names = {}, {}, {}
        for name, spec in relations.items():
            paths = files_of(venue.folder, spec.glob)
            files[name], names[name] = _headed(connection, name, spec, paths, venue.folder)
            columns[name] = _columns(connection, files[name])
        yield Raw(Scratch(connection, Path(scratch)), files, columns, names)


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
    return "JSON" if spec.format in ("json", "jsonl") and column == "body" else TEXT


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
        return TEXT


def _select(file: RawFile, columns: Mapping[str, str], numbers: frozenset[str]) -> str:
    marks = numerals.marks(file.spec)
    values = []
    for name, kind in columns.items():
        if name in _ORIGINS:
            value = quoted(name)
        elif name not in file.columns:
            value = f"cast(null as {kind})"
        elif marks and kind == TEXT and name.lower() in numbers:
            value = numerals.plain(name, *marks)
        elif file.columns[name] != kind:
            value = f"cast({quoted(name)} as {kind})"
        else:
            value = quoted(name)
        values.append(f"{value} as {quoted(name)}")
    return f"select {', '.join(values)} from {quoted(file.part)}"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as wrong:
        raise SourceError(
            f"expected a readable file, was {path}: {wrong.strerror or wrong}"
        ) from None
