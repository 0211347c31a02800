"""Findings: alerts of several rules on the same conduct, which an officer judges as one.

Two alerts of a case are kindred where their hits name the same order, trade or transfer, or where
they are of one typology and instrument at one time. It is worked out when a case is looked at, so
it knows every hit there is, in whatever order they came; each row and each time is met once, for a
case may have hundreds of alerts.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from datetime import datetime

from surveillance.model import Hit

_ACTS = ("orders", "trades", "transfers", "swaps", "rfqs", "positions", "liquidations", "logins")
"""Tables of what traders did; what else is evidence, such as a mark, is of everybody."""


def findings(alerts: Sequence[Sequence[Hit]]) -> list[list[int]]:
    """Deal alerts, each as its hits, to findings: their places, in order, kindred ones together."""
    group = list(range(len(alerts)))

    def first(place: int) -> int:
        while group[place] != place:
            place = group[place]
        return place

    for one, other in (*_sharing(alerts), *_alike(alerts)):
        low, high = sorted((first(one), first(other)))
        group[high] = low
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(len(alerts)):
        found[first(place)].append(place)
    return list(found.values())


def _sharing(alerts: Sequence[Sequence[Hit]]) -> Iterator[tuple[int, int]]:
    """Yield pairs of alerts that name the same row."""
    seen: dict[Hashable, int] = {}
    for place, hits in enumerate(alerts):
        for hit in hits:
            for table in _ACTS:
                for name in hit.evidence.get(table, ()):
                    before = seen.setdefault((table, hit.instrument, name), place)
                    if before != place:
                        yield before, place


def _alike(alerts: Sequence[Sequence[Hit]]) -> Iterator[tuple[int, int]]:
    """Yield pairs of alerts of one typology and instrument at one time."""
    spans: dict[Hashable, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for place, hits in enumerate(alerts):
        for hit in hits:
            spans[hit.typology, hit.instrument].append((hit.started_at, hit.at, place))
    for ordered in map(sorted, spans.values()):
        (_, until, last), *others = ordered
        for start, end, place in others:
            if start <= until and place != last:
                yield last, place
            if end >= until:
                until, last = end, place
