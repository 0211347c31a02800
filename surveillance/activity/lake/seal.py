"""Seals: a file of the lake is named by the landings it holds and by the digest of its own bytes.

So the log of a table, which names its files, pins their content too, and a run pins a table by one
digest over the names of all that had landed (``View.landed``). That is a pin of the activity and
not of its layout: a file that compaction wrote lists, in its own metadata, the landed files whose
rows it holds, and stands for their names. Bytes are hashed and not rows, because SHA-256 reads
100 MB in a tenth of a second, where a digest of each row costs more than judging them.

Whoever changes a file breaks its name; whoever renames it too breaks the digest in the manifest;
and whoever doctors a packed file with its list kept is found by the journal, which knows every
name that was ever landed or packed.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from surveillance.activity.lake.delta import DataFile
from surveillance.errors import SurveillanceError

LANDING = "landing"
"""Column of a packed file that says with which version of the table a row landed."""
HOLDS = "holds"
"""Metadata of a packed file: the names of the landed files whose rows it holds, as JSON."""
_NAME = re.compile(r"(?:landed|revised)-(\d{8})(?:\.(\d{8}))?-(.+)-\d{4}-([0-9a-f]{64})\.parquet")
_LABEL = 32


class Seal(NamedTuple):
    """What a name says: first and last landing in the file, of which batch, its digest, if packed.

    ``label`` is the beginning of the batch's id.
    """

    first: int
    last: int
    label: str
    digest: str
    is_packed: bool


class Broken(NamedTuple):
    """A file of the lake that is not what its name, or the log of its table, says."""

    table: str
    file: str
    expected: str
    actual: str


def sealed(file: DataFile) -> DataFile:
    """Put the digest of a file that was just written into its name."""
    path = file.path.with_name(f"{file.path.stem}-{sha256(file.path)}{file.path.suffix}")
    file.path.rename(path)
    return replace(file, path=path)


def seal(name: str) -> Seal:
    """Read the name of a file.

    Raises:
        SurveillanceError: it is not a name that the lake gives.
    """
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise SurveillanceError(f"expected a file named by its landing and digest, was {name!r}")
    first, last, label, digest = parts.groups()
    return Seal(int(first), int(last or first), label, digest, last is not None)


def label_of(batch: str) -> str:
    """Return what the names of the files of a batch say of it."""
    return batch[:_LABEL]


def until(files: Iterable[DataFile], version: int) -> list[DataFile]:
    """Return the files, or the parts of them, that had landed by a version of their table."""
    seals = ((file, seal(file.path.name)) for file in files)
    return [
        file if its.last <= version else replace(file, until=version)
        for file, its in seals
        if its.first <= version
    ]


def latest(files: Iterable[DataFile]) -> int:
    """Return the version of the last landing that brought a row, 0 if none did."""
    return max((seal(file.path.name).last for file in files), default=0)


def landed(files: Iterable[DataFile], version: int) -> tuple[str, ...]:
    """Return the names of all files that had landed by a version, packed since or not."""
    names = (name for file in files for name in held(file))
    return tuple(sorted(name for name in names if seal(name).first <= version))


def held(file: DataFile) -> Sequence[str]:
    """Return the names of the landed files whose rows a file holds."""
    if not seal(file.path.name).is_packed:
        return [file.path.name]
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(file.path).metadata or {}
        return [str(name) for name in json.loads(metadata[HOLDS.encode()])]
    except (OSError, ValueError, KeyError) as wrong:
        raise SurveillanceError(
            f"expected {file.path.name} to list what it holds, was unreadable: {wrong}"
        ) from None


def broken(table: str, files: Iterable[DataFile]) -> list[Broken]:
    """Return the files whose bytes are not those that their names say."""
    digests = ((file.path.name, seal(file.path.name).digest, sha256(file.path)) for file in files)
    return [
        Broken(table, name, expected, actual)
        for name, expected, actual in digests
        if expected != actual
    ]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, or ``missing``."""
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        return "missing"
