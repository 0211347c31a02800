"""What a hit measured beyond its lines, in the words of the rule's units and not of its names.

Only that speaks for a suspicion: a measure that missed its line, or is held against no number that
was in force, is left out here and stands in the evidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from surveillance.model import Dossier, Scalar
from surveillance.rules import gates, measured, rounding
from surveillance.rules.gates import Gate, Gates


@dataclass(frozen=True, slots=True)
class Beyond:
    """One measure that is beyond its line: what it is, how much, and from where on it counts."""

    measure: str
    unit: str
    value: Decimal
    line: str

    @property
    def name(self) -> str:
        """Say what was measured."""
        return measured.name(self.measure, self.unit)

    @property
    def words(self) -> str:
        """Say it: *share of the owner's volume: 97 % (at least 10 %)*."""
        return f"{self.name}: {measured.amount(self.value, self.unit)} ({self.line})"

    def as_said(self, value: Scalar) -> str:
        """Write another value of the same measure in the same way."""
        number = rounding.number(value)
        return "unknown" if number is None else measured.plain(number, self.unit)


def beyond(dossier: Dossier) -> list[Beyond]:
    """Return each measure that is beyond a line of the rule once, by the strictest it is beyond."""
    required = gates.read((dossier.rule.get("detect") or {}).get("require") or {})
    strictest: dict[str, Gate] = {}
    for gate in _speaking(required, dossier):
        before = strictest.get(gate.measure)
        if before is None or _is_stricter(gate, before, dossier):
            strictest[gate.measure] = gate
    return [_said(gate, dossier) for gate in strictest.values()]


def _speaking(group: Gates, dossier: Dossier) -> Iterator[Gate]:
    """Yield gates that hold and have a number in force; of alternatives, of those that hold."""
    for part in group.parts:
        if isinstance(part, Gates):
            if part.kind == "any" or _holds(part, dossier) is not False:
                yield from _speaking(part, dossier)
        elif part.has_room and _parameter(part) and _holds(part, dossier):
            yield part


def _holds(part: Gate | Gates, dossier: Dossier) -> bool | None:
    """Say whether it holds as a rule judges it; none where that is not known from the hit."""
    if isinstance(part, Gate):
        return _gate_holds(part, dossier)
    held = {_holds(each, dossier) for each in part.parts}
    settles = part.kind == "any"
    if settles in held:
        return settles
    return None if None in held else not settles


def _gate_holds(gate: Gate, dossier: Dossier) -> bool | None:
    value = dossier.hit.measures.get(gate.measure)
    if not gate.relation:
        return {"is unknown": value is None, "is true": value is True}.get(
            gate.text, value is False
        )
    number, line, upper = (
        rounding.number(value), _line(gate.line, dossier), _line(gate.upper, dossier),
    )  # fmt: skip
    if number is None or line is None or (gate.upper and upper is None):
        return None
    if upper is not None:
        return line <= number <= upper
    return {
        ">=": number >= line, ">": number > line, "<=": number <= line, "<": number < line,
        "=": number == line, "<>": number != line,
    }[gate.relation]  # fmt: skip


def _line(text: str, dossier: Dossier) -> Decimal | None:
    name = text.removeprefix("$")
    return rounding.number(dossier.hit.thresholds.get(name) if text.startswith("$") else text)


def _is_stricter(gate: Gate, other: Gate, dossier: Dossier) -> bool:
    one, two = _line(gate.line, dossier), _line(other.line, dossier)
    if one is None or two is None or gate.upper or other.upper:
        return bool(other.upper)
    return one < two if gate.relation.startswith("<") else one > two


def _said(gate: Gate, dossier: Dossier) -> Beyond:
    parameter = _parameter(gate)
    unit = measured.unit(dossier.rule, parameter)
    edges = [
        measured.plain(edge, unit)
        for text in (gate.line, gate.upper)
        if text and (edge := _line(text, dossier)) is not None
    ]
    value = rounding.number(dossier.hit.measures[gate.measure]) or Decimal(0)
    is_length = gate.line == "0"
    relation = "" if gate.upper and not is_length else _ASKED.get(gate.relation, "at most")
    line = f"{relation} {edges[-1]}" if relation else " to ".join(edges)
    return Beyond(gate.measure, unit, value, line)


_ASKED = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than"}


def _parameter(gate: Gate) -> str:
    """Return the name of the parameter that a gate has for its line; empty where it has none."""
    named = (text for text in (gate.line, gate.upper) if text.startswith("$"))
    return next(named, "").removeprefix("$")
