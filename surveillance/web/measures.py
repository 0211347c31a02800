"""The measures of an alert on a screen: numbers beside thresholds and peers, and the rest."""

from collections.abc import Mapping
from numbers import Number
from typing import NamedTuple

from surveillance.model import Scalar
from surveillance.reports.alerts import AlertPage, Comparison
from surveillance.web.templates import bar


class Measure(NamedTuple):
    """A number that was measured, its threshold, what others came to, and what peers have."""

    name: str
    value: Scalar
    threshold: Scalar
    others: str
    peers: tuple[tuple[str, Scalar], ...]


class Measures(NamedTuple):
    """All that was measured: numbers, other values, and figures of peers that belong to none."""

    numbers: tuple[Measure, ...]
    others: tuple[tuple[str, Scalar], ...]
    peers: tuple[tuple[str, Scalar], ...]


def measures(page: AlertPage) -> Measures:
    """Return the measures of an alert, each figure of the peers beside the measure it is of."""
    peers = page.dossier.peers
    numbers = [compared for compared in page.comparisons if _is_number(compared.value)]
    rest = [compared for compared in page.comparisons if not _is_number(compared.value)]
    beside = {name for compared in numbers for name in peers if _is_of(name, compared)}
    return Measures(
        numbers=tuple(_measure(compared, peers) for compared in numbers),
        others=tuple((compared.measure, compared.value) for compared in rest),
        peers=tuple((name, value) for name, value in peers.items() if name not in beside),
    )


def _measure(compared: Comparison, peers: Mapping[str, Scalar]) -> Measure:
    length = len(compared.measure) + 1
    own = ((name[length:], value) for name, value in peers.items() if _is_of(name, compared))
    return Measure(
        name=compared.measure,
        value=compared.value,
        threshold=compared.threshold,
        others=compared.others,
        peers=tuple(own),
    )


def _is_of(peer_figure: str, compared: Comparison) -> bool:
    return peer_figure.startswith(f"{compared.measure} ")


def _is_number(value: Scalar) -> bool:
    return isinstance(value, Number) or bar(value, 0) is not None
