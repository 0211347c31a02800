"""JSON documents: the records of a list somewhere in one, each with its number.

Numbers go through as they are written: one with more digits than a binary fraction holds becomes
text, for it would be rounded otherwise.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from surveillance.activity.venue.mending import Mended, write
from surveillance.activity.venue.records import Record
from surveillance.errors import SourceError

_LARGEST = 400_000_000
_DIGITS = 15
_PARTS = "|".join(f"[0-9]{{{n}}}[.eE][0-9eE+-]{{{_DIGITS - n},}}" for n in range(1, _DIGITS))
LONG = rf"[:,\[]\s*-?({_PARTS}|[0-9]{{{_DIGITS},}}[.eE])"
"""What a JSON text holds that may have a number with more digits than a binary fraction keeps."""


def records(plain: Path, path: Path, place: str | None, name: str, scratch: Path) -> Mended:
    """Write out the records at ``place`` of a document in UTF-8 that came from ``path``.

    Raises:
        SourceError: it is no JSON, is too large, or has no records there.
    """
    found = _found(_document(plain, path), place, path)
    return write(_records(found if isinstance(found, list) else [found]), name, scratch)


def exactly(body: str) -> str:
    """Return a JSON text in which numbers with more digits than would be read are texts."""
    value = json.loads(body, parse_float=_exactly, parse_constant=str)
    return json.dumps(value, ensure_ascii=False)


def _document(plain: Path, path: Path) -> Any:
    if plain.stat().st_size > _LARGEST:
        raise SourceError(f"expected a document of at most {_LARGEST} bytes, was {path}; say jsonl")
    try:
        return json.loads(
            plain.read_text(encoding="utf-8-sig"), parse_float=_exactly, parse_constant=str
        )
    except json.JSONDecodeError as wrong:
        raise SourceError(
            f"expected a JSON document, was unreadable in {path}:{wrong.lineno}:{wrong.colno}: "
            f"{wrong.msg}"
        ) from None
    except (UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise SourceError(f"expected a JSON document in {path}, was unreadable: {wrong}") from None


def _exactly(written: str) -> float | str:
    number = float(written)
    fits = sum(each.isdigit() for each in written) <= _DIGITS and math.isfinite(number)
    return number if fits else written


def _found(value: Any, place: str | None, path: Path) -> Any:
    steps = place.split(".") if place else []
    for number, step in enumerate(steps, 1):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            there = ", ".join(list(value)[:10]) if isinstance(value, dict) else ""
            was = f"an object of {there}" if there else f"a {_kind(value)}"
            where = ".".join(steps[: number - 1]) or "the top"
            raise SourceError(f"expected {step!r} at {where} of {path}, was {was}; say `path`")
    if not isinstance(value, (dict, list)):
        raise SourceError(
            f"expected a list of records at {place or 'the top'} of {path}, was a {_kind(value)}"
        )
    return value


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "list", str: "text", bool: "flag", type(None): "null"}
    return kinds.get(type(value), "number")


def _records(found: list[Any]) -> Iterator[Record]:
    for number, value in enumerate(found, 1):
        body = json.dumps(value, ensure_ascii=False)
        if isinstance(value, (dict, list)):
            yield Record(number, "", (body,))
        else:
            yield Record(number, body[:1000], None, f"expected a JSON object, was a {_kind(value)}")
