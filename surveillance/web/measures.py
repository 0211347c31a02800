"""The measures of an alert on a screen: numbers beside thresholds and peers, and the rest."""

from collections.abc import Mapping
from numbers import Number
from typing import Any, NamedTuple

from surveillance.model import Scalar
from surveillance.reports.alerts import AlertPage, Comparison
from surveillance.reports.pages import plain
from surveillance.rules import gates, measured, rounding
from surveillance.rules.gates import Gate
from surveillance.web.templates import bar, brief


class Measure(NamedTuple):
    """A number that was measured, its threshold, what others came to, and what peers have.

    ``unit`` is in the words of the rule, ``asked`` how its threshold is: at least, at most.
    """

    name: str
    value: Scalar
    threshold: Scalar
    others: str
    peers: tuple[tuple[str, Scalar], ...]
    unit: str = ""
    asked: str = ""

    @property
    def asks_for_less(self) -> bool:
        """Say whether what is less is further beyond."""
        return self.asked in ("at most", "less than")

    def written(self, value: Scalar) -> str:
        """Write a number of this measure as people do in its unit."""
        number = rounding.number(value)
        if number is not None and self.unit:
            return measured.plain(number, self.unit)
        is_whole = number is not None and number == number.to_integral_value()
        return plain(value) if is_whole else brief(value)


class Measures(NamedTuple):
    """All that was measured: numbers, other values, and figures of peers that belong to none."""

    numbers: tuple[Measure, ...]
    others: tuple[tuple[str, Scalar], ...]
    peers: tuple[tuple[str, Scalar], ...]


def measures(page: AlertPage) -> Measures:
    """Return the measures of an alert, each figure of the peers beside the measure it is of.

    Those that are held against a line stand first.
    """
    peers, rule = page.dossier.peers, page.dossier.rule
    numbers = [compared for compared in page.comparisons if _is_number(compared.value)]
    rest = [compared for compared in page.comparisons if not _is_number(compared.value)]
    beside = {name for compared in numbers for name in peers if _is_of(name, compared)}
    measured_ones = (_measure(compared, peers, rule) for compared in numbers)
    return Measures(
        numbers=tuple(sorted(measured_ones, key=lambda each: each.threshold is None)),
        others=tuple((compared.measure, compared.value) for compared in rest),
        peers=tuple((name, value) for name, value in peers.items() if name not in beside),
    )


def _measure(compared: Comparison, peers: Mapping[str, Scalar], rule: Mapping[str, Any]) -> Measure:
    gate = _gate(compared.measure, rule)
    length = len(compared.measure) + 1
    own = ((name[length:], value) for name, value in peers.items() if _is_of(name, compared))
    return Measure(
        name=compared.measure,
        value=compared.value,
        threshold=compared.threshold,
        others=compared.others,
        peers=tuple(own),
        unit=measured.unit(rule, gate.line.removeprefix("$") if gate else compared.measure),
        asked=gate.asked if gate else "",
    )


def _gate(measure: str, rule: Mapping[str, Any]) -> Gate | None:
    """Return the gate that holds a measure against a parameter, if one does."""
    required = gates.read((rule.get("detect") or {}).get("require") or {})
    held = (gate for gate in required if gate.measure == measure and gate.line.startswith("$"))
    return next(held, None)


def _is_of(peer_figure: str, compared: Comparison) -> bool:
    return peer_figure.startswith(f"{compared.measure} ")


def _is_number(value: Scalar) -> bool:
    return isinstance(value, Number) or bar(value, 0) is not None
