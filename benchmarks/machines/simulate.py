"""A day's tasks on so many machines: who is free takes the longest that may begin.

Costs are those measured on one machine, in proportion to messages; what cannot be divided is what
decides, so tasks are as unequal as instruments are.
"""

import heapq
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import NamedTuple

MESSAGES = 500_000_000
"""Of orders, in a day."""
INSTRUMENTS = 60
_MINUTES, _HOURS = 1_440, 24
_SHARES = [1 / rank for rank in range(1, INSTRUMENTS + 1)]
"""How active instruments are beside one another: Zipf's law, as in the lakes that are measured."""


class Costs(NamedTuple):
    """CPU seconds of a million messages to land and to make facts of; to judge a part; of a task.

    What rules read is small, so that what they cost is opening it, whatever there is.
    """

    landing: float
    facts: float
    rules: float
    task: float


class Day(NamedTuple):
    """Hours until a day has landed, its facts are made, and its rules are judged, in turn."""

    landed: float
    made: float
    judged: float
    busy: float
    """Part of the processors' time that was worked."""


def day(costs: Costs, cores: int, *, by_hour: bool) -> Day:
    """Return how long a day takes on so many cores, its facts cut by instrument, or by hour too."""
    phases = [list(_landing(costs)), list(_facts(costs, by_hour=by_hour)), list(_rules(costs))]
    lengths = [_makespan(tasks, cores) for tasks in phases]
    landed, made, judged = (sum(lengths[: n + 1]) / 3600 for n in range(3))
    return Day(landed, made, judged, sum(map(sum, phases)) / cores / sum(lengths))


def _landing(costs: Costs) -> Iterable[float]:
    """A batch a minute."""
    return repeat(costs.task + costs.landing * MESSAGES / 1e6 / _MINUTES, _MINUTES)


def _facts(costs: Costs, *, by_hour: bool) -> Iterable[float]:
    """A task an instrument; by the hour each reads as much again: what it looks back on."""
    for share in _SHARES:
        whole = costs.facts * MESSAGES / 1e6 * share / sum(_SHARES)
        if by_hour:
            yield from repeat(costs.task + 2 * whole / _HOURS, _HOURS)
        else:
            yield costs.task + whole


def _rules(costs: Costs) -> Iterable[float]:
    """A task an instrument: rules read what is kept."""
    return repeat(costs.task + costs.rules, INSTRUMENTS)


def _makespan(tasks: Sequence[float], cores: int) -> float:
    free = [0.0] * cores
    for task in sorted(tasks, reverse=True):
        heapq.heapreplace(free, free[0] + task)
    return max(free)
