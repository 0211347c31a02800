"""Gates: each condition that a candidate must meet, written once, as ``measure: ">= $line"``.

From the same few words come when a rule fires, how near a candidate came that does not, and how far
beyond its lines one is that does; so nothing is said twice, and what is below a line is always
known. A gate is true, false or unknown (Kleene): false and unknown is false.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

NEAR = 0.2
"""A candidate is near if every gate holds with its line moved by this part of it."""
ANY = "any"
"""Under this key, or one that begins with it such as ``any_ground``, stand groups of gates of which
one must hold."""
_COMPARED = re.compile(r"(>=|<=|<>|>|<|=)\s*([^<>=\s].*)", re.DOTALL)
_BETWEEN = re.compile(r"(\S.*?)\s+to\s+(\S.*)", re.DOTALL)
_ASKED = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than"}
_PLAIN = {"is true": "{}", "is false": "not {}", "is unknown": "{} is null"}


@dataclass(frozen=True, slots=True)
class Gate:
    """One measure and its line; ``upper`` where it must lie between two, ``relation`` else.

    A gate that is only true or false has no line.
    """

    measure: str
    text: str
    relation: str = ""
    line: str = ""
    upper: str = ""

    @property
    def condition(self) -> str:
        """Return the condition as an expression over measures and parameters."""
        if self.upper:
            return f"{self.measure} between {self.line} and {self.upper}"
        if self.relation:
            return f"{self.measure} {self.relation} {self.line}"
        return _PLAIN[self.text].format(self.measure)

    @property
    def asked(self) -> str:
        """Return how its line is asked for, as people say it: at least, at most."""
        return _ASKED.get(self.relation, "")

    @property
    def prefix(self) -> int:
        """Return how many characters stand before what is written in the rule."""
        return len(self.measure) + 1

    @property
    def has_room(self) -> bool:
        """Say whether a value can be more or less beyond the line."""
        return bool(self.upper) or self.relation in (">=", ">", "<=", "<")


@dataclass(frozen=True, slots=True)
class Gates:
    """Gates, and groups of gates, of which all or any must hold."""

    kind: Literal["all", "any"]
    parts: "tuple[Gate | Gates, ...]"

    @property
    def condition(self) -> str:
        """Return the whole condition as an expression over measures and parameters."""
        word = {"all": " and ", "any": " or "}[self.kind]
        texts = (
            f"({part.condition})" if isinstance(part, Gates) else part.condition
            for part in self.parts
        )
        return word.join(texts)

    def __iter__(self) -> Iterator[Gate]:
        for part in self.parts:
            if isinstance(part, Gate):
                yield part
            else:
                yield from part


Written: TypeAlias = Mapping[str, Any]
"""By measure, one condition or a list of them; under ``any`` a list of such mappings."""


def read(written: Written) -> Gates:
    """Read gates as a rule writes them.

    Raises:
        ValueError: names the measure, what was expected and what was found.
    """
    return Gates("all", tuple(_parts(written)))


def is_any(name: str) -> bool:
    """Say whether a key names no measure but groups of gates."""
    return name == ANY or name.startswith(f"{ANY}_")


def _parts(written: Written) -> Iterator[Gate | Gates]:
    for name, value in written.items():
        if is_any(name):
            if isinstance(value, str) or any(isinstance(group, str) for group in value):
                raise ValueError(f"expected a list of groups of conditions under {name}")
            yield Gates("any", tuple(Gates("all", tuple(_parts(group))) for group in value))
            continue
        for text in [value] if isinstance(value, str) else value:
            if not isinstance(text, str):
                raise ValueError(f"expected groups under a key such as any, was under {name}")
            yield _gate(name, text)


@cache
def _gate(measure: str, text: str) -> Gate:
    plain = " ".join(text.split())
    if plain in _PLAIN:
        return Gate(measure, plain)
    if compared := _COMPARED.fullmatch(plain):
        return Gate(measure, plain, compared[1], compared[2])
    if between := _BETWEEN.fullmatch(plain):
        return Gate(measure, plain, "between", between[1], between[2])
    expected = "such as '>= $least', '$least to $most' or 'is true'"
    raise ValueError(f"expected a condition of {measure} {expected}, was {text!r}")


@dataclass(frozen=True, slots=True)
class Limits:
    """A gate as SQL: the value and its lines, each an expression that the engine can compute."""

    gate: Gate
    condition: str
    value: str
    line: str
    upper: str

    @property
    def near(self) -> str:
        """Return the condition with the line moved by ``NEAR``; what has no room must hold."""
        if not self.gate.has_room:
            return self.condition
        low, high = _moved(self.line, -1), _moved(self.upper or self.line, 1)
        if self.upper:
            return f"{self.value} between {low} and {high}"
        is_least = self.gate.relation.startswith(">")
        return f"{self.value} {self.gate.relation} {low if is_least else high}"

    @property
    def beyond(self) -> str:
        """Return how far beyond the line, 0 to 1; null where that has no measure."""
        value, line = self.value, self.line
        if not self.gate.has_room:
            return "null"
        if self.upper:
            width = f"nullif({self.upper} - {line}, 0)"
            return _clipped(f"2 * least({value} - {line}, {self.upper} - {value}) / {width}")
        ratio = f"{line} / nullif({value}, 0)"
        if self.gate.relation.startswith("<"):
            ratio = f"{value} / {line}"
        return f"case when {line} > 0 then {_clipped(f'1 - {ratio}')} end"

    @property
    def closeness(self) -> str:
        """Return how close it is, 1 where the gate holds and 0 where it is no longer near."""
        if not self.gate.has_room:
            return "1"
        short = f"greatest({self.line} - {self.value}, {self.value} - {self.upper or self.line})"
        room = f"nullif({NEAR} * abs({self.line}), 0)"
        return f"case when {self.condition} then 1 else {_clipped(f'1 - {short} / {room}')} end"


def _moved(line: str, sign: int) -> str:
    return f"({line} {'+' if sign > 0 else '-'} {NEAR} * abs({line}))"


def _clipped(sql: str) -> str:
    return f"least(1, greatest(0, {sql}))"


Join: TypeAlias = Callable[[Sequence[str]], str]
"""Puts the SQL of several gates together."""


def fold(gates: Gates, parts: Sequence[str], every: Join, some: Join) -> str:
    """Put the SQL of each gate, in order, together: by ``every`` where all must hold."""
    return _folded(gates, iter(parts), every, some)


def _folded(gates: Gates, parts: Iterator[str], every: Join, some: Join) -> str:
    join = every if gates.kind == "all" else some
    return join(
        [
            _folded(part, parts, every, some) if isinstance(part, Gates) else next(parts)
            for part in gates.parts
        ]
    )


def both(parts: Sequence[str]) -> str:
    """Say that all conditions hold."""
    return f"({' and '.join(parts)})"


def either(parts: Sequence[str]) -> str:
    """Say that one of the conditions holds."""
    return f"({' or '.join(parts)})"


def least(parts: Sequence[str]) -> str:
    """Return the least of numbers that are known."""
    return f"least({', '.join(parts)})"


def most(parts: Sequence[str]) -> str:
    """Return the most of numbers that are known."""
    return f"greatest({', '.join(parts)})"


def mean(parts: Sequence[str]) -> str:
    """Return the mean of numbers that are known."""
    return f"list_avg([{', '.join(f'cast({sql} as double)' for sql in parts)}])"
