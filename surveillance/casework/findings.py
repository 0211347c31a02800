"""Findings: alerts of several rules on the same conduct, which an officer judges as one.

Two alerts of a case are kindred where their hits name the same order, trade or transfer, or where
they are of one typology and instrument at one time. It is worked out when a case is looked at, so
it knows every hit there is, in whatever order they came.
"""

from collections.abc import Sequence
from itertools import combinations

from surveillance.model import Hit

_ACTS = ("orders", "trades", "transfers", "swaps", "rfqs", "positions", "liquidations", "logins")
"""Tables of what traders did; what else is evidence, such as a mark, is of everybody."""


def findings(alerts: Sequence[Sequence[Hit]]) -> list[list[int]]:
    """Deal alerts, each as its hits, to findings: their places, in order, kindred ones together."""
    group = list(range(len(alerts)))
    rows = [_rows(hits) for hits in alerts]
    for one, other in combinations(range(len(alerts)), 2):
        if rows[one] & rows[other] or _are_alike(alerts[one], alerts[other]):
            old, new = group[other], group[one]
            group = [new if each == old else each for each in group]
    return [[n for n, of in enumerate(group) if of == name] for name in dict.fromkeys(group)]


def _rows(hits: Sequence[Hit]) -> set[tuple[str, str | None, str]]:
    return {
        (table, hit.instrument, name)
        for hit in hits
        for table in _ACTS
        for name in hit.evidence.get(table, ())
    }


def _are_alike(hits: Sequence[Hit], others: Sequence[Hit]) -> bool:
    return any(
        (hit.typology, hit.instrument) == (other.typology, other.instrument)
        and hit.started_at <= other.at
        and other.started_at <= hit.at
        for hit in hits
        for other in others
    )
