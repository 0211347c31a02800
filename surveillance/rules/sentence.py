"""What a hit says in one sentence: the rule's words, with the measures of the hit in them.

``{ratio}`` is the measure as it is, ``{share:percent}``, ``{value:usd}`` and ``{delay:duration}``
(of seconds) write it as people do. It is the same sentence in the queue, on the case and in a
report, so a number in it is one that the evidence holds.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any

from surveillance.model import Others, Scalar
from surveillance.rules import gates

SUBJECT = ("subject", "instrument")
"""What a sentence can name besides measures."""
_UNKNOWN = "an unknown figure"
_LEAST = Decimal("0.00005")
"""What is less would be written as nothing, which a small chance is not."""


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
        if conversion or (kind and kind not in _KINDS):
            raise ValueError(f"expected {', '.join(_KINDS)} after the colon, was {kind!r}")


def said(template: str, values: Mapping[str, Scalar]) -> str:
    """Return the sentence with values in place of names."""
    parts = []
    for text, name, kind, _ in Formatter().parse(template):
        parts.append(text)
        if name is not None:
            parts.append(_written(values.get(name), kind or ""))
    return "".join(parts)


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


def figure(value: Scalar) -> str:
    """Write a number as people do, in at most four places after the point; any other as it is."""
    number = _number(value)
    if number is None:
        return str(value)
    if 0 < abs(number) < _LEAST:
        return "nearly 0"
    text = f"{number:,.4f}" if abs(number) < 1000 else f"{number:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _written(value: Scalar, kind: str) -> str:
    if value is None:
        return _UNKNOWN
    number = _number(value)
    return figure(value) if number is None or not kind else _KINDS[kind](number)


def _number(value: Scalar) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _percent(number: Decimal) -> str:
    return f"{100 * number:.3g} %" if abs(number) < Decimal("0.1") else f"{100 * number:.0f} %"


def _usd(number: Decimal) -> str:
    return f"{number:,.0f} USD" if abs(number) >= 100 else f"{number:,.2f} USD"


def _duration(seconds: Decimal) -> str:
    """Write seconds in the two largest units that they fill."""
    for length, unit, smaller, name in _UNITS:
        if abs(seconds) >= length:
            whole, rest = divmod(round(abs(seconds) / smaller), length // smaller)
            parts = [f"{whole} {unit}", *([f"{rest} {name}"] if rest else [])]
            return " ".join(parts)
    return f"{figure(str(round(seconds, 3)))} s"


_UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
_KINDS = {"percent": _percent, "usd": _usd, "duration": _duration}


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
    measure = part.measure.replace("_", " ")
    if not part.relation:
        return f"{measure} {_PLAIN[part.text]}"
    line = _line(part.line, rule, in_force)
    upper = f" and {_line(part.upper, rule, in_force)}" if part.upper else ""
    return f"{measure} {_RELATIONS[part.relation]} {line}{upper}"


def _line(text: str, rule: Mapping[str, Any], in_force: Mapping[str, Scalar]) -> str:
    """Write a line: the value and unit of its parameter, or its expression in words."""
    declared = rule.get("parameters") or {}
    name = text.strip().removeprefix("$")
    if name not in declared:
        return text.replace("$", "").replace("_", " ")
    parameter = declared[name]
    unit = parameter.get("unit") if isinstance(parameter, Mapping) else ""
    value = in_force.get(name, parameter.get("value") if isinstance(parameter, Mapping) else None)
    return f"{figure(value)}{f' ({unit})' if unit else ''}"
