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
from typing import Any

from surveillance.model import Others, Scalar
from surveillance.rules import gates, measured
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


def conditions(rule: Mapping[str, Any], in_force: Mapping[str, Scalar]) -> list[str]:
    """Say in plain words from where on a rule fires, with the lines that were in force.

    ``rule`` is the parsed file. One sentence a condition; none where a detector ranks instead.
    """
    required = gates.read((rule.get("detect") or {}).get("require") or {})
    return [_condition(part, rule, in_force) for part in required.parts]


_RELATIONS = {
    ">=": "is at least",
    ">": "is more than",
    "<=": "is at most",
    "<": "is less than",
    "=": "is",
    "<>": "is not",
    "between": "lies between",
}
_PLAIN = {"is true": "holds", "is false": "does not hold", "is unknown": "is not known"}


def _condition(part: gates.Gate | gates.Gates, rule: Mapping[str, Any], in_force: Any) -> str:
    if isinstance(part, gates.Gates):
        between = " or " if part.kind == "any" else " and "
        return between.join(_condition(each, rule, in_force) for each in part.parts)
    measure = measured.name(part.measure, _unit(part, rule))
    if not part.relation:
        return f"{measure} {_PLAIN[part.text]}"
    line = _line(part.line, rule, in_force)
    upper = f" and {_line(part.upper, rule, in_force)}" if part.upper else ""
    return f"{measure} {_RELATIONS[part.relation]} {line}{upper}"


def _unit(gate: gates.Gate, rule: Mapping[str, Any]) -> str:
    named = (text for text in (gate.line, gate.upper) if text.startswith("$"))
    return measured.unit(rule, next(named, "").strip().removeprefix("$"))


def _line(text: str, rule: Mapping[str, Any], in_force: Mapping[str, Scalar]) -> str:
    """Write a line: the value and unit of its parameter, or its expression in words."""
    declared = rule.get("parameters") or {}
    name = text.strip().removeprefix("$")
    if name not in declared:
        return text.replace("$", "").replace("_", " ")
    parameter = declared[name]
    value = in_force.get(name, parameter.get("value") if isinstance(parameter, Mapping) else None)
    read = number(value)
    return figure(value) if read is None else measured.amount(read, measured.unit(rule, name))
