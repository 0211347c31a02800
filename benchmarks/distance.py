"""The distance from the aims: those missed, and what the run that was measured spent its time on.

Nothing here is written by hand, so that it cannot grow older than the figures.
"""

from collections.abc import Iterable, Iterator

from benchmarks.figures import Figures
from benchmarks.plan import FLOOR, KEPT, MADE
from benchmarks.tables import seconds, table, times

_MOST = 15
"""Rows of a profile that are shown; the rest is summed up."""
_REST = "the rest: opening, planning, what is told"


def distance(of: Figures) -> Iterator[str]:
    """Say what the rulebook spends, as the run that was measured told it."""
    missed = [f"- {aim.words}: {aim.measured}" for aim in of.aims() if aim.met is False]
    yield from ["Missed:", "", *missed, ""] if missed else ["No aim is missed.", ""]
    at = of.largest_of("rulebook")
    spent = {way: dict(of.case("rulebook", at, way).get("spent", {})) for way in (MADE, KEPT)}
    totals = {way: of.cpu("rulebook", at, way) or 0.0 for way in spent}
    for way, parts in spent.items():
        parts[_REST] = max(0.0, totals[way] - sum(parts.values()))
    names = sorted({*spent[MADE], *spent[KEPT]}, key=lambda n: -_either(spent, n))
    shown, others = names[:_MOST], names[_MOST:]
    rows = [[name, *_spent(of, spent, [name], at)] for name in shown]
    if others:
        rows.append([f"{len(others)} others together", *_spent(of, spent, others, at)])
    head = [f"rulebook, {at}", "made and kept, s", "× floor", "kept, s", "× floor"]
    yield from table(head, rows if any(totals.values()) else [])


def _either(spent: dict[str, dict[str, float]], name: str) -> float:
    return max(of.get(name, 0.0) / (sum(of.values()) or 1) for of in spent.values())


def _spent(
    of: Figures, spent: dict[str, dict[str, float]], names: Iterable[str], at: str
) -> Iterator[str]:
    floor, names = of.cpu("rulebook", at, FLOOR), list(names)
    for each in spent.values():
        took = sum(each.get(name, 0.0) for name in names)
        yield from (seconds(took), times(took, floor))
