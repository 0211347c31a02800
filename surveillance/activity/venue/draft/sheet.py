"""The beginning of a file as a table: its fields, how a SELECT calls them, and what they hold.

The readers of venue files read it, so that what they recognise is recognised here too. Of JSON
every value has a field of its own by its path, and of a FIX log every tag.
"""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from surveillance import yamlfile
from surveillance.activity.contract import quoted, text
from surveillance.activity.venue import Relation, Venue, content
from surveillance.activity.venue.loading import FILE, LINE
from surveillance.activity.venue.raw import opened
from surveillance.errors import SourceError

ROWS = 100
_BYTES = 1_000_000
_LARGEST = 50_000_000
_DEEPEST = 4
_WIDEST = 400
_FIX = re.compile(r"(?:^|[\s:])8=FIX[.T0-9]*([\x01|^])")
_TAG = re.compile(r"(?:^|[\x01|^]|\s)([0-9]{1,5})=([^\x01|^]*)")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a record: its name, how a SELECT calls it, and what it held row by row."""

    name: str
    sql: str
    values: tuple[str | None, ...]

    @property
    def present(self) -> tuple[str, ...]:
        """Return the values that are there."""
        return tuple(value.strip() for value in self.values if value and value.strip())


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first rows of one file; ``spec`` are the keys of its relation besides ``glob``."""

    path: Path
    spec: Mapping[str, Any]
    fields: tuple[Field, ...]
    remarks: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[str, ...]:
        """Return what files of one relation have alike."""
        return (str(sorted(self.spec.items())), *(field.name for field in self.fields))


def sheet(path: Path) -> Sheet:
    """Read the beginning of a file.

    Raises:
        SourceError: it cannot be read, or holds no record.
    """
    with content.unpacked(path) as file:
        first = file.read(_BYTES)
    if first.startswith(b"PAR1"):
        return Sheet(path, {"format": "parquet"}, _parquet(path))
    head, spec, remarks = _text(path, first)
    lines = [line for line in head.split("\n") if line.strip()]
    if not lines:
        raise SourceError(f"expected records in {path}, was an empty file")
    if _FIX.search(head):
        return Sheet(path, {"format": "text", **spec}, _tags(lines), remarks)
    if "".join(lines).lstrip().startswith(("{", "[")) or _json_line(lines[0]) is not None:
        found = _jsonl(lines) or _document(path, first)
        return Sheet(path, {**found[0], **spec}, found[1], remarks)
    return _csv(path, "\n".join(head.split("\n")[: ROWS + 60]), spec, remarks)


def _text(path: Path, first: bytes) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """Return the beginning as text, and the encoding that has to be stated."""
    with tempfile.TemporaryDirectory(prefix="draft-") as scratch:
        cut, copy = Path(scratch) / "cut", Path(scratch) / "copy"
        cut.write_bytes(first)
        spec: dict[str, str] = {}
        try:
            plain = content.plain(cut, None, copy)
        except SourceError as wrong:
            if "utf-16-le" not in str(wrong):
                raise SourceError(str(wrong).replace(str(cut), str(path))) from None
            spec, plain = {"encoding": "utf-16-le"}, content.plain(cut, "utf-16-le", copy)
        if plain.remark:
            spec = {"encoding": content.LEGACY}
        whole = plain.path.read_text(encoding="utf-8-sig", errors="replace")
    lines = re.split(r"\r\n|\r|\n", whole)
    return "\n".join(lines[:-1] if len(first) == _BYTES and len(lines) > 1 else lines), spec, ()


def _csv(path: Path, head: str, spec: dict[str, str], remarks: tuple[str, ...]) -> Sheet:
    with tempfile.TemporaryDirectory(prefix="draft-") as scratch:
        (Path(scratch) / "head").write_text(head, encoding="utf-8")
        empty = yamlfile.parse("venue: draft", "draft")
        venue = Venue("draft", "files", Path(scratch), None, empty)
        try:
            with opened(venue, {"head": Relation(glob="head")}) as raw:
                (file,) = raw.files["head"]
                loaded = raw.load(file)
                raw.expose("head", [file])
                rows = raw.connection.sql(f'select * from "head" limit {ROWS}').to_arrow_table()
        except SourceError as wrong:
            raise SourceError(str(wrong).replace(str(Path(scratch) / "head"), str(path))) from None
    heard = tuple(each.partition(": ")[2] for each in loaded.remarks) if loaded else ()
    return Sheet(path, spec, _columns(rows), (*remarks, *heard))


def _parquet(path: Path) -> tuple[Field, ...]:
    try:
        batches = list(pq.ParquetFile(path).iter_batches(ROWS))[:1]
    except (pa.ArrowInvalid, OSError) as wrong:
        raise SourceError(f"expected parquet in {path}, was unreadable: {wrong}") from None
    return _columns(pa.Table.from_batches(batches)) if batches else ()


def _columns(rows: pa.Table) -> tuple[Field, ...]:
    names = [name for name in rows.column_names if name not in (FILE, LINE) and name.isprintable()]
    return tuple(
        Field(name, quoted(name), tuple(map(_written, rows.column(name).to_pylist())))
        for name in names
    )


def _written(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _tags(lines: Sequence[str]) -> tuple[Field, ...]:
    """Return a field for each tag of FIX messages; of one that repeats the first counts."""
    messages = [dict(reversed(_TAG.findall(line))) for line in lines[:ROWS]]
    tags = dict.fromkeys(tag for message in messages for tag in message)
    return tuple(
        Field(
            tag,
            f"nullif(regexp_extract(line, {text(_pattern(tag))}, 2), '')",
            tuple(message.get(tag) for message in messages),
        )
        for tag in list(tags)[:_WIDEST]
    )


def _pattern(tag: str) -> str:
    return rf"(^|[^0-9]){tag}=([^\x01|^]*)"


def _json_line(line: str) -> Any:
    try:
        value = json.loads(line[line.index("{") :])
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _jsonl(lines: Sequence[str]) -> tuple[dict[str, str], tuple[Field, ...]] | None:
    """Return the fields of JSON lines, or nothing if the text is one document."""
    records = [record for line in lines[:ROWS] if (record := _json_line(line)) is not None]
    if len(records) < len(lines[:ROWS]) / 2 or (len(lines) == 1 and _listed(records[0])):
        return None
    return {"format": "jsonl"}, _paths(records)


def _document(path: Path, first: bytes) -> tuple[dict[str, str], tuple[Field, ...]]:
    with content.unpacked(path) as file:
        body = first if len(first) < _BYTES else file.read(_LARGEST)
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_float=str)
    except ValueError:
        raise SourceError(
            f"expected JSON in {path}, of at most {_LARGEST} bytes unless one record a line, "
            "was unreadable"
        ) from None
    place, records = _listed(value) or ("", [value])
    return {"format": "json", **({"path": place} if place else {})}, _paths(records[:ROWS])


def _listed(value: Any, place: str = "") -> tuple[str, list[Any]] | None:
    """Return where the longest list of records in a document is, and the list."""
    if isinstance(value, list):
        return (place, value) if value and isinstance(value[0], (dict, list)) else None
    if not isinstance(value, dict) or place.count(".") >= _DEEPEST:
        return None
    below = [
        found
        for key, each in value.items()
        if "." not in key and (found := _listed(each, f"{place}.{key}" if place else key))
    ]
    return max(below, key=lambda pair: len(pair[1]), default=None)


def _paths(records: Sequence[Any]) -> tuple[Field, ...]:
    flat = [dict(_leaves(record, "$", 0)) for record in records]
    seen = dict.fromkeys(place for each in flat for place in each)
    places = [place for place in seen if place.isprintable()][:_WIDEST]
    return tuple(
        Field(place, f"body->>{text(place)}", tuple(each.get(place) for each in flat))
        for place in places
    )


def _leaves(value: Any, place: str, depth: int) -> list[tuple[str, str | None]]:
    if depth > _DEEPEST:
        return []
    if isinstance(value, dict):
        steps = [(_step(key), each) for key, each in value.items() if '"' not in key]
    elif isinstance(value, list) and depth == 0:
        steps = [(f"[{number}]", each) for number, each in enumerate(value)]
    elif isinstance(value, list):
        return []
    else:
        return [(place, _written(value))]
    return [leaf for step, each in steps for leaf in _leaves(each, f"{place}{step}", depth + 1)]


def _step(key: str) -> str:
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f'."{key}"'
