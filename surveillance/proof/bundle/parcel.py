"""The parcel: files of a bundle into one ZIP and out of it again, which a stranger may have packed.

Nothing is written but the few names that are listed here, nothing is compressed, so that no file
is larger than the parcel is, and what is not of its sum is named.
"""

import hashlib
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from surveillance.activity.lake.seal import sha256
from surveillance.errors import SurveillanceError
from surveillance.proof.premises import Difference

SUMS = "SHA256SUMS"
_NAMES = re.compile(
    r"README\.txt|SHA256SUMS|manifest\.json|run\.json|journal\.json|activity/landed\.json"
    r"|rules/[a-z][a-z0-9_]{0,99}@[0-9]{1,9}\.yml|artefacts/[0-9a-f]{64}"
    r"|activity/[a-z_]{1,40}\.parquet"
)
_MOST_FILES = 5_000
_MOST_BYTES = 64 * 1024**3
_CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass
class Unpacked:
    """The files of a bundle in a folder, by digest, and which of them are not what was said."""

    folder: Path
    by_digest: dict[str, Path] = field(default_factory=dict)
    wrong: list[Difference] = field(default_factory=list)

    def artefact(self, name: str) -> bytes:
        """Return the file that a digest names."""
        if name not in self.by_digest:
            raise SurveillanceError(f"expected the artefact {name}, was absent")
        return self.by_digest[name].read_bytes()

    def text(self, name: str) -> str:
        """Return a file by its name."""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise SurveillanceError(f"expected {name} in the bundle, was none") from None


def pack(folder: Path, path: Path) -> None:
    """Write the sums of the files in a folder beside them, and all of it as one file."""
    sums = (f"{sha256(file)}  {name}\n" for name, file in _files(folder))
    (folder / SUMS).write_text("".join(sums), encoding="utf-8")
    part = path.with_name(f".{path.name}.part")
    _zip(folder, part)
    part.replace(path)


def unpack(path: Path, folder: Path) -> Unpacked:
    """Copy the files of a bundle into an empty folder, and hold each against its sum.

    Raises:
        SurveillanceError: it is not a bundle, or not a harmless one.
    """
    unpacked = Unpacked(folder)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path)
            _expect_room(sum(member.file_size for member in members), folder)
            sums = {member.filename: _copied(archive, member, folder) for member in members}
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as wrong:
        raise SurveillanceError(f"expected an evidence bundle in {path}, was: {wrong}") from None
    listed = _sums(unpacked.text(SUMS))
    copied = {name: name_digest for name, name_digest in sums.items() if name != SUMS}
    for name in sorted(listed.keys() | copied.keys()):
        was, now = listed.get(name, "not listed"), copied.get(name, "missing")
        if was != now:
            unpacked.wrong.append(Difference("record", "", name, "sha256", was, now))
    unpacked.by_digest = {copied[name]: folder / name for name in copied}
    return unpacked


def _members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """Return the files of an archive if they are those of a bundle and no more than they seem."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if strange := [name for name in names if _NAMES.fullmatch(name) is None]:
        raise SurveillanceError(f"expected the files of a bundle, was {strange[0]!r}")
    if len(set(names)) < len(names) or len(names) > _MOST_FILES:
        raise SurveillanceError(f"expected each file once, at most {_MOST_FILES}, was otherwise")
    if any(each.compress_type != zipfile.ZIP_STORED or each.flag_bits & 1 for each in members):
        raise SurveillanceError("expected files that are neither compressed nor encrypted")
    size = sum(member.file_size for member in members)
    if size > min(path.stat().st_size, _MOST_BYTES):
        raise SurveillanceError(f"expected files no larger than the bundle, was {size} bytes")
    return members


def _expect_room(size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if size > free // 2:
        raise SurveillanceError(f"expected {2 * size} bytes free to unpack into, was {free}")


def _copied(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> str:
    """Copy one file out and return its digest, or why it has none."""
    path, hashed = folder / member.filename, hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(member) as source, path.open("wb") as target:
            for chunk in _chunks(source):
                hashed.update(chunk)
                target.write(chunk)
    except zipfile.BadZipFile as wrong:
        return f"unreadable: {wrong}"
    return hashed.hexdigest()


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _sums(text: str) -> dict[str, str]:
    lines = (line.partition("  ") for line in text.splitlines())
    return {name: digest for digest, _, name in lines}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, file in _files(folder):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o600 << 16
            info.file_size = file.stat().st_size
            with file.open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, _CHUNK)
