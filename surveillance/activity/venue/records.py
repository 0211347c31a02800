"""Text cut into records, one by one, where a careless quote must not swallow what follows it.

A record is a line, or several where a quoted value goes over lines. A line that cannot be cut is
given back with the reason, and reading goes on with the next. This is the careful way, in Python:
whether a file needs it is a question that :func:`is_plain` answers at the speed of the disk.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOBase
from pathlib import Path

LINE_BYTES = 2_000_000
"""Length of a line of a table beyond which it is set aside."""
_SPAN = 200
"""Lines that one record may go over."""
_TELLING = 4
"""Columns from which on a whole record inside of a quoted value means that a quote is missing."""
_BLANK = " \x1a"
"""What a blank line holds; the last is how old systems end a file."""
_SHOWN = 10_000
_BLOCK = 4_000_000
UNIT = "\x1f"
"""The delimiter of what is one value a line: no text holds the unit separator."""
_ODD = (b"\0", b"\n\n", b"\n\r\n", b"\xef\xbf\xbd")
_OPEN = object()
_NO_TEXT = re.compile("[\ufffd\ud800-\udfff]")
"""What stands for bytes that are no letter."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record and the line it begins on; where it could not be cut, ``values`` is None."""

    line: int
    text: str
    values: tuple[str, ...] | None
    reason: str = ""


class Cutter:
    """Cuts lines into values, by a delimiter and a quote ("" for none)."""

    def __init__(self, delimiter: str, quote: str) -> None:
        self.delimiter, self.quote = delimiter, quote
        q = re.escape(quote)
        self._quoted = re.compile(f"{q}((?:[^{q}]|{q}{q})*+){q}") if quote else None

    def cut(self, text: str) -> tuple[str, ...] | None:
        """Return the values of one line, or None where quotes do not fit."""
        values = self._cut(text)
        return values if isinstance(values, tuple) else None

    def is_open(self, text: str) -> bool:
        """Return whether a quoted value begins in a text and does not end in it."""
        return self._cut(text) is _OPEN

    def mended(self, text: str) -> tuple[str, ...] | None:
        """Return values where a quote ends one only before a delimiter or the end of the line."""
        q, d = re.escape(self.quote), re.escape(self.delimiter)
        value = re.compile(f"{q}(.*?){q}(?={d}|$)|([^{d}{q}][^{d}]*|)(?={d}|$)")
        values, place = [], 0
        while place <= len(text):
            found = value.match(text, place)
            if found is None:
                return None
            values.append(found[1] if found[1] is not None else found[2])
            place = found.end() + 1
        return tuple(values)

    def _cut(self, text: str) -> tuple[str, ...] | object | None:
        if self._quoted is None or self.quote not in text:
            return tuple(text.split(self.delimiter))
        values, place = [], 0
        while True:
            if text.startswith(self.quote, place):
                found = self._quoted.match(text, place)
                if found is None:
                    return _OPEN
                values.append(found[1].replace(self.quote * 2, self.quote))
                place = found.end()
            else:
                end = text.find(self.delimiter, place)
                end = len(text) if end < 0 else end
                values.append(text[place:end])
                place = end
            if place == len(text):
                return tuple(values)
            if text[place] != self.delimiter:
                return None
            place += 1


def lines(file: TextIOBase, limit: int = LINE_BYTES) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text with their numbers; of one that is too long only so much."""
    number = 0
    while line := file.readline(limit + 1):
        number += 1
        yield number, line.removesuffix("\n")
        while len(line) > limit and not line.endswith("\n"):
            line = file.readline(limit + 1)


def records(
    numbered: Iterable[tuple[int, str]], cutter: Cutter, width: int | None
) -> Iterator[Record]:
    """Yield every record of the lines that are not blank; ``width`` is the first one's if None."""
    source, ahead = iter(numbered), deque[tuple[int, str]]()
    while True:
        first = ahead.popleft() if ahead else next(source, None)
        if first is None:
            return
        number, text = first
        if not text.strip(_BLANK):
            continue
        if message := flaw(text):
            yield Record(number, text[:_SHOWN], None, message)
            continue
        values = cutter.cut(text)
        if values is None and cutter.is_open(text):
            text, values = _joined(text, ahead, source, cutter, width)
        if values is None:
            message = "expected quotes around whole values, was one that does not close there"
            yield Record(number, text[:_SHOWN], None, message)
            continue
        width = width or len(values)
        if len(values) > width and not any(values[width:]):
            values = values[:width]  # delimiters at the end of a line say nothing
        message = f"expected {width} columns, was {len(values)}" if len(values) != width else ""
        yield Record(number, text[:_SHOWN], None if message else values, message)


def _joined(
    text: str,
    ahead: deque[tuple[int, str]],
    source: Iterator[tuple[int, str]],
    cutter: Cutter,
    width: int | None,
) -> tuple[str, tuple[str, ...] | None]:
    """Go over lines until the quoted value ends; give up where that would swallow a record."""
    together = text
    for span in range(1, _SPAN):
        if len(ahead) < span:
            following = next(source, None)
            if following is None:
                break
            ahead.append(following)
        line = ahead[span - 1][1]
        alone = cutter.cut(line)
        if alone is not None and len(alone) == width and len(alone) >= _TELLING:
            break
        together += "\n" + line
        if cutter.quote not in line or cutter.is_open(together):
            continue
        values = cutter.cut(together)
        if values is None or len(values) != width or flaw(together):
            break
        for _ in range(span):
            ahead.popleft()
        return together, values
    return text, None


def flaw(text: str, limit: int = LINE_BYTES) -> str:
    """Return why a line is no text, or nothing if it is."""
    if "\0" in text:
        return "expected text, was a NUL byte"
    if not text.isascii() and _NO_TEXT.search(text):
        return "expected text in the encoding of the file, was bytes that are none"
    if len(text) > limit:
        return f"expected a line of at most {limit} letters, was a longer one"
    return ""


def shown(text: str) -> str:
    """Return a text such that it can be stored wherever text is."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def is_plain(path: Path, delimiter: str, quote: str, limit: int = LINE_BYTES) -> bool:
    """Return whether each line of a UTF-8 file is one record, or stands out by its width alone."""
    placed = _placed(delimiter, quote) if quote else None
    odd = _ODD if delimiter == UNIT else (*_ODD, b"\n ", b"\x1a")
    ends, newlines, rest = 0, 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            end = block.rfind(b"\n") + 1
            whole, rest = rest + block[:end], block[end:] if end else rest + block
            if len(rest) > limit or not _is_plain(whole if end else b"", placed, quote, odd):
                return False
            ends += whole.count(b"\r") if end else 0
            newlines += whole.count(b"\n") if end else 0
            if ends and ends != newlines:
                return False
    return _is_plain(rest, placed, quote, odd) and b"\r" not in rest[:-1]


def _placed(delimiter: str, quote: str) -> re.Pattern[bytes]:
    """Return what a text is in which quotes stand around whole values of one line only."""
    q, d = re.escape(quote).encode(), re.escape(delimiter).encode()
    value = rb"(?<![^%b\n])%b(?:[^%b\n]++|%b%b)*+%b(?![^%b\r\n])" % (d, q, q, q, q, q, d)
    return re.compile(rb"(?:[^%b]++|%b)*+" % (q, value))


def _is_plain(
    block: bytes, placed: re.Pattern[bytes] | None, quote: str, odd: tuple[bytes, ...]
) -> bool:
    if any(mark in block for mark in odd) or block.startswith((b"\n", b"\r", b" ")):
        return False
    if b"\r" in block and block.count(b"\r\n") != block.count(b"\r"):
        return False
    quoted = placed is not None and quote.encode() in block
    return not quoted or (placed is not None and placed.fullmatch(block) is not None)
