"""What is in a file, whatever it is wrapped in and however its letters are written.

Compression and encoding are recognised by the bytes, never by the name, because venues rename
files. What is not plain UTF-8 already is written out as such once, for the engine to read.
"""

import bz2
import codecs
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from surveillance.errors import SourceError

BLOCK = 4_000_000
HEAD = 65_536
"""Bytes of a file by which its layout is recognised."""
LEGACY = "windows-1252"
"""How text was written that is not UTF-8: Latin-1, with the signs that Windows added."""
_UTF = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, _UTF),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAX_GROWTH, _ALWAYS_FINE = 2_000, 1_000_000_000
_UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)


@dataclass(frozen=True, slots=True)
class Plain:
    """A file as UTF-8: the file itself or a copy; ``remark`` says what nobody had stated."""

    path: Path
    remark: str | None = None


def plain(path: Path, encoding: str | None, copy: Path) -> Plain:
    """Return the content of ``path`` as a file in UTF-8, written to ``copy`` if it is not one.

    Raises:
        SourceError: it cannot be read, is cut short, or is not what ``encoding`` says.
    """
    mark, marked = _marked(path)
    stated = encoding or marked
    if stated is None:
        stated = _guessed(path)
    if _is_utf_8(stated):
        if _kind(path) is None:
            return Plain(path)
        _write(path, copy, lambda blocks: blocks)
        return Plain(copy)
    _write(path, copy, lambda blocks: _decoded(blocks, stated, mark))
    recognised = encoding is None and marked is None
    remark = f"read as {stated}, because it is not UTF-8; say `encoding`" if recognised else None
    return Plain(copy, remark)


def head(path: Path, encoding: str | None) -> str:
    """Return the beginning of a file as text, some 64 kB, up to a whole letter.

    Raises:
        SourceError: it cannot be read, or is plainly of an encoding that nobody said.
    """
    mark, marked = _marked(path)
    with unpacked(path) as file:
        body = file.read(HEAD)[len(mark) :]
    if body.startswith(_PACKED):
        raise SourceError(f"expected text in {path}, was packed twice; unpack it once")
    if not (encoding or marked):
        _expect_letters(path, body, body.count(0))
    try:
        return codecs.getincrementaldecoder(encoding or marked or _UTF)("strict").decode(body)
    except UnicodeDecodeError:
        return body.decode(encoding or marked or LEGACY, errors="replace")


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading what it holds when it is unpacked.

    Raises:
        SourceError: it cannot be read, also while it is read.
    """
    try:
        kind = _kind(path)
        with path.open("rb") if kind is None else kind(path) as file:
            yield file
    except _UNREADABLE as wrong:
        message = getattr(wrong, "strerror", None) or str(wrong)
        raise SourceError(f"expected a readable file, was {path}: {message}") from None


def _zip(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    members = [member for member in archive.infolist() if not member.is_dir()]
    if any(member.filename.startswith("xl/") for member in members):
        raise SourceError(f"expected text in {path}, was a workbook; save its sheet as CSV")
    if len(members) != 1:
        raise SourceError(f"expected one file in {path}, was {len(members)}")
    return archive.open(members[0])


def _zstandard(path: Path) -> IO[bytes]:
    file: IO[bytes] = pa.input_stream(str(path), compression="zstd")
    return file


_OPENERS: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"\x28\xb5\x2f\xfd", _zstandard),
    (b"PK\x03\x04", _zip),
)
_PACKED = (b"\x1f\x8b\x08", b"BZh91AY", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
"""More of the same marks: a text may begin with the letters of a short one."""


def _kind(path: Path) -> Callable[[Path], Any] | None:
    with path.open("rb") as file:
        first = file.read(6)
    return next((opener for magic, opener in _OPENERS if first.startswith(magic)), None)


def _marked(path: Path) -> tuple[bytes, str | None]:
    """Return the mark of an encoding at the beginning of a file, and which encoding it says."""
    with unpacked(path) as file:
        first = file.read(4)
    return next(((mark, name) for mark, name in _MARKS if first.startswith(mark)), (b"", None))


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, in blocks that end with a line where lines are shorter."""
    limit, size, rest = _ALWAYS_FINE + _MAX_GROWTH * path.stat().st_size, 0, b""
    with unpacked(path) as file:
        while block := file.read(BLOCK):
            size += len(block)
            if size > limit:
                raise SourceError(f"expected at most {limit} bytes unpacked from {path}, was more")
            end = block.rfind(b"\n") + 1
            if end:
                yield rest + block[:end]
                rest = block[end:]
            elif len(rest) > BLOCK:
                yield rest
                rest = block
            else:
                rest += block
    if rest:
        yield rest


def _guessed(path: Path) -> str:
    """Return UTF-8, or what older systems wrote where nothing in the file speaks for UTF-8."""
    is_valid, bare = True, 0
    for number, block in enumerate(_blocks(path)):
        if number == 0:
            bare = block[:HEAD].count(0)
            _expect_letters(path, block[:HEAD], bare)
        if block.isascii() or _is_text(block):
            if not block.isascii():
                return _UTF
            continue
        is_valid = False
        if any(not line.isascii() and _is_text(line) for line in block.split(b"\n")):
            return _UTF
    return _UTF if is_valid else LEGACY


def _expect_letters(path: Path, first: bytes, bare: int) -> None:
    if bare * 3 > len(first) and len(first.strip(b"\0")) * 3 > len(first):
        raise SourceError(
            f"expected text in UTF-8 in {path}, was every other byte zero; "
            "say `encoding: utf-16-le`"
        )


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_utf_8(name: str) -> bool:
    return codecs.lookup(name).name in ("utf-8", "utf-8-sig")


def _decoded(blocks: Iterator[bytes], encoding: str, mark: bytes) -> Iterator[bytes]:
    """Yield blocks in UTF-8; bytes that are none become U+FFFD, and their line is set aside."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for number, block in enumerate(blocks):
        body = block[len(mark) :] if number == 0 else block
        yield decoder.decode(body).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _write(path: Path, copy: Path, change: Callable[[Iterator[bytes]], Iterator[bytes]]) -> None:
    with copy.open("wb") as out:
        for block in change(_blocks(path)):
            out.write(block)
