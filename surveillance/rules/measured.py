"""How a measure is written in the words of its parameter's unit: dollars, a share, so many times.

A unit such as *share of the owner's volume* says better what was measured than a rule's own name
for it; one such as *USD* needs the name beside it.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from surveillance.rules import rounding

_AFTER = re.compile(r"(USD|seconds|minutes|hours|days|times|basis points|standard deviations)\b")
"""A unit that begins so is said after the number; any other says what was counted or divided."""
_SHARE = re.compile(r"(share|part|change|chance)\b")
_BARE = ("power of ten", "how surely", "likeness from 0 to 1")
_SAYING_LITTLE = ("", "share", "contracts")
"""Units, as those above, that say nothing without the name of the measure."""


def unit(rule: Mapping[str, Any], parameter: str) -> str:
    """Return the unit of a parameter of a parsed rule; empty where it has none."""
    declared = (rule.get("parameters") or {}).get(parameter)
    return " ".join(str(declared.get("unit") or "").split()) if isinstance(declared, dict) else ""


def name(measure: str, unit: str) -> str:
    """Name what was measured by its unit, where that says it, else by the measure's own name."""
    own = measure.replace("_", " ")
    if unit in _BARE:
        return f"{own} ({unit})"
    return own if unit in _SAYING_LITTLE or _AFTER.match(unit) else unit


def amount(value: Decimal, unit: str) -> str:
    """Write a number with what follows it: ``97 %``, ``6 minutes``, ``24.4 times the usual``."""
    follows = _AFTER.match(unit)
    if not follows:
        return f"{plain(value, unit)} {unit}" if unit == "contracts" else plain(value, unit)
    return f"{plain(value, unit)}{unit[follows.end() :]}"


def plain(value: Decimal, unit: str) -> str:
    """Write a number as people do in that unit, without what it is of."""
    first = _AFTER.match(unit)
    if first and first[0] == "USD":
        return rounding.usd(value)
    if first and first[0] == "seconds":
        return rounding.duration(value)
    if first:
        return f"{rounding.figure(value)} {first[0]}"
    return rounding.percent(value) if _SHARE.match(unit) else rounding.figure(value)
