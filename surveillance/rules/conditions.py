"""From where on a rule fires, in plain words: each condition with the lines that were in force."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from surveillance.model import Scalar
from surveillance.rules import gates, measured
from surveillance.rules.rounding import figure, number

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
_NAMED = re.compile(r"\$(\w+)")


def conditions(rule: Mapping[str, Any], in_force: Mapping[str, Scalar]) -> list[str]:
    """Say in plain words from where on a rule fires, with the lines that were in force.

    ``rule`` is the parsed file. One sentence a condition; none where a detector ranks instead.
    """
    detect = rule.get("detect") or {}
    required = gates.read(detect.get("require") or {})
    worded = _Wording(rule, in_force, detect.get("measure") or {}, _ambiguous(rule, required))
    return [worded.condition(part) for part in required.parts]


def _ambiguous(rule: Mapping[str, Any], required: gates.Gates) -> frozenset[str]:
    """Return the units in which the rule measures several things, so that they name none."""
    measures: dict[str, set[str]] = {}
    for gate in required:
        measures.setdefault(measured.unit(rule, _parameter(gate)), set()).add(gate.measure)
    return frozenset(unit for unit, of in measures.items() if len(of) > 1)


def _parameter(gate: gates.Gate) -> str:
    """Return the parameter that a gate has for its line; empty where it has none."""
    named = (text for text in (gate.line, gate.upper) if text.startswith("$"))
    return next(named, "").strip().removeprefix("$")


@dataclass(frozen=True, slots=True)
class _Wording:
    """A rule as its conditions are put in words, with what was in force."""

    rule: Mapping[str, Any]
    in_force: Mapping[str, Scalar]
    measures: Mapping[str, Any]
    ambiguous: frozenset[str]

    def condition(self, part: gates.Gate | gates.Gates) -> str:
        if isinstance(part, gates.Gates):
            between = " or " if part.kind == "any" else " and "
            return between.join(map(self.condition, part.parts))
        if not part.relation:
            return f"{self._name(part)} {_PLAIN[part.text]}"
        if part.line == "1" and (made_of := self._made_of(part.measure)):
            return f"{self._name(part)}, as a multiple of its line, is at least 1; {made_of}"
        upper = f" and {self._line(part.upper)}" if part.upper else ""
        return f"{self._name(part)} {_RELATIONS[part.relation]} {self._line(part.line)}{upper}"

    def _name(self, gate: gates.Gate) -> str:
        """Name a measure; by a product with another measure, as what the unit says of the two."""
        product = _NAMED.match(gate.line) if "*" in gate.line else None
        is_ratio = product is not None and len(_NAMED.findall(gate.line)) == 1
        parameter = product[1] if product is not None and is_ratio else _parameter(gate)
        unit = measured.unit(self.rule, parameter)
        named = measured.name(gate.measure, unit)
        own = gate.measure.replace("_", " ")
        return f"{own} ({unit})" if unit in self.ambiguous and named == unit else named

    def _line(self, text: str) -> str:
        """Write a line: the value and unit of its parameter, a product, or its words."""
        name = text.strip().removeprefix("$")
        if name in (self.rule.get("parameters") or {}):
            return self._amount(name, self._value(name))
        factors = [each.strip() for each in text.split("*")]
        values = [number(each) or self._value(each.removeprefix("$")) for each in factors]
        named = [each.removeprefix("$") for each in factors if each.startswith("$")]
        if named and None not in values:
            product = Decimal(1)
            for value in values:
                product *= value or 0
            return self._amount(named[-1], product)
        if len(named) == 1 and len(factors) == 2 and factors[0].startswith("$"):
            return self._amount(named[0], self._value(named[0]))
        return text.replace("$", "").replace("_", " ").replace("*", "times").replace("/", "over")

    def _made_of(self, measure: str) -> str:
        """Say what a line is made of that stands in the measure itself, as a divisor."""
        _, divided, divisor = str(self.measures.get(measure) or "").partition("/")
        names = [n for n in dict.fromkeys(_NAMED.findall(divisor)) if self._value(n) is not None]
        amounts = [self._amount(name, self._value(name)) for name in names]
        return f"the line is made of {' and '.join(amounts)}" if divided and amounts else ""

    def _amount(self, name: str, value: Decimal | None) -> str:
        unit = measured.unit(self.rule, name)
        if value is None:
            return figure(self.in_force.get(name))
        return measured.amount(value, unit)

    def _value(self, name: str) -> Decimal | None:
        declared = (self.rule.get("parameters") or {}).get(name)
        value = declared.get("value") if isinstance(declared, Mapping) else None
        return number(self.in_force.get(name, value))
