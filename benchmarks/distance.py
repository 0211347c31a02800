"""The distance from the aims: those missed, and what the run that was measured spent its time on.

Nothing here is written by hand, so that it cannot grow older than the figures.
"""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.figures import Figures
from benchmarks.plan import FLOOR, KEPT, MADE
from benchmarks.tables import seconds, table, times

_MOST = 15
"""Rows of a profile that are shown; the rest is summed up."""
_REST = "the rest: opening, planning, what is told"


def distance(of: Figures) -> Iterator[str]:
    """Say which aims are missed, and what the rulebook and ten rules spend."""
    missed = [f"- {aim.words}: {aim.measured}" for aim in of.aims() if aim.met is False]
    yield from ["Missed:", "", *missed] if missed else ["No aim is missed."]
    for task, pack in (("rulebook", "one"), ("ten", "ten")):
        at = of.largest_of(task, pack=pack)
        spent = {way: _profile(of, task, pack, at, way) for way in (MADE, KEPT)}
        head = [f"{task}, {at}", "made and kept, s", "× floor", "kept, s", "× floor"]
        floor = of.cpu(task, at, FLOOR, pack)
        yield ""
        yield from table(head, _rows(spent, floor) if any(spent.values()) else [])


def _profile(of: Figures, task: str, pack: str, at: str, way: str) -> dict[str, float]:
    """Return seconds by what they were spent on, and what is left of all."""
    case = of.case(task, at, way, pack)
    if "cpu" not in case:
        return {}
    spent = dict(case.get("spent", {}))
    return spent | {_REST: max(0.0, case["cpu"] - sum(spent.values()))}


def _rows(spent: Mapping[str, Mapping[str, float]], floor: float | None) -> Iterator[list[str]]:
    names = sorted({name for parts in spent.values() for name in parts})
    names.sort(key=lambda name: -max(_share(parts, name) for parts in spent.values()))
    for name in names[:_MOST]:
        yield [name, *_cells(spent, [name], floor)]
    if others := names[_MOST:]:
        yield [f"{len(others)} others together", *_cells(spent, others, floor)]


def _share(parts: Mapping[str, float], name: str) -> float:
    return parts.get(name, 0.0) / (sum(parts.values()) or 1)


def _cells(
    spent: Mapping[str, Mapping[str, float]], names: Sequence[str], floor: float | None
) -> Iterator[str]:
    for parts in spent.values():
        took = sum(parts.get(name, 0.0) for name in names)
        yield from (seconds(took), times(took, floor))
