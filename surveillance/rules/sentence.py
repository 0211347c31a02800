"""What a hit says in one sentence: the rule's words, with the measures of the hit in them.

``{ratio}`` is the measure in the digits that count, ``{share:percent}``, ``{value:usd}`` and
``{delay:duration}`` (of seconds) write it as people do (``rounding``). What stands in square
brackets is said only where the first measure in it is known and not nothing. It is the same
sentence in the queue, on the case and in a report, so a number in it is one that the
evidence holds.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from string import Formatter

from surveillance.model import Others, Scalar
from surveillance.rules.rounding import KINDS, about, figure, number

SUBJECT = ("subject", "instrument")
"""What a sentence can name besides measures."""
_UNKNOWN = "an unknown figure"
_PART = re.compile(r"\[([^][]*)\]")


def expect_said(template: str, measures: Iterable[str]) -> None:
    """Refuse a sentence that names what a hit does not have.

    Raises:
        ValueError: names what was expected and found.
    """
    known = (*measures, *SUBJECT)
    for _, name, kind, conversion in Formatter().parse(template):
        if name is None:
            continue
        if name not in known:
            raise ValueError(f"expected one of {', '.join(known)} in braces, was {name!r}")
        if conversion or (kind and kind not in KINDS):
            raise ValueError(f"expected {', '.join(KINDS)} after the colon, was {kind!r}")


def said(template: str, values: Mapping[str, Scalar]) -> str:
    """Return the sentence with values in place of names."""
    told = _PART.sub(lambda part: part[1] if _is_there(part[1], values) else "", template)
    parts = []
    for text, name, kind, _ in _parsed(told if told == template else told.rstrip(" ,;")):
        parts.append(text)
        if name is not None:
            parts.append(_written(values.get(name), kind or ""))
    return "".join(parts)


@lru_cache
def _parsed(template: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    """Return the parts of a sentence; kept, because one rule says the same of thousands."""
    return tuple(Formatter().parse(template))


def _is_there(part: str, values: Mapping[str, Scalar]) -> bool:
    """Say whether the first measure that a part names is known and not nothing."""
    names = (name for _, name, _, _ in _parsed(part) if name)
    value = values.get(next(names, ""))
    return value not in (None, "") and number(value) != 0


def compared(others: Others | None) -> str:
    """Say where the subject stands in a measure, and what others came to; none is not known."""
    if others is None:
        return "not known"
    if not others.count:
        return "nobody else was measured"
    figures = (
        f"{name} {figure(value)}"
        for name, value in (
            ("median", others.median),
            ("95th percentile", others.high),
            ("furthest", others.furthest),
        )
    )
    return f"rank {others.rank} of {others.count + 1}; others: {', '.join(figures)}"


def _written(value: Scalar, kind: str) -> str:
    if value is None:
        return _UNKNOWN
    read = number(value)
    return about(value) if read is None or not kind else KINDS[kind](read)
