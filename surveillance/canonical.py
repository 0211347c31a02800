"""The one text that stands for a value, and the digest over it.

Every promise of the product ("the same bytes again") is a comparison of two such digests.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from surveillance.times import format_time

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

LATER: Mapping[str, bool] = {"later": True}
"""Marks a field that was added later: empty it is not written, so that older values read as they
were and keep their digests."""


def canonical(value: object) -> str:
    """Write any value of ours as the one JSON text that stands for it.

    Keys are sorted, times are UTC microseconds, decimals are plain text without an exponent,
    floats are Python's shortest round-trip form; NaN and infinities are refused.
    """
    return _ENCODER.encode(_plain(value))


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def restored(kind: type[T], text: str) -> T:
    """Read a value of ours back from its canonical JSON.

    Raises:
        ValueError: the text stands for no such value, or is not the one that stands for it.
    """
    value: T = _reader(kind).validate_json(text)  # type: ignore[arg-type]
    if canonical(value) != text:
        raise ValueError(f"expected the canonical text of a {kind.__name__}, was another")
    return value


@cache
def _reader(kind: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def digest(value: object) -> str:
    """Return the SHA-256 of bytes, of text, or of any other value's canonical JSON."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    text = value if isinstance(value, str) else canonical(value)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


@cache
def _values_of(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads all fields of a value at once."""
    names = _names(kind)
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


@cache
def _later(kind: type) -> Mapping[str, Any]:
    """Return the fields of a value that were added later, and what each is where it is empty."""
    return {each.name: each.default for each in fields(kind) if each.metadata.get("later")}


_AS_IS = frozenset((str, int, float, bool, type(None)))
"""Types that JSON has itself; most of a value are of them, so they are looked at first."""


def _plain(value: Any) -> Any:
    # Most values are in rows, so their types are looked at before anything is called for them.
    kind: Any = type(value)
    if kind in _AS_IS:
        return value
    if isinstance(value, datetime):
        return format_time(value)
    if kind is tuple or isinstance(value, (tuple, list)):
        return [item if type(item) in _AS_IS else _plain(item) for item in value]
    if names := _names(kind):
        items = zip(names, _values_of(kind)(value), strict=True)
        later = _later(kind)
        return {
            name: item if type(item) in _AS_IS else _plain(item)
            for name, item in items
            if name not in later or item != later[name]
        }
    if isinstance(value, Mapping):
        return {
            str(key): item if type(item) in _AS_IS else _plain(item) for key, item in value.items()
        }
    return format(value, "f") if isinstance(value, Decimal) else value
