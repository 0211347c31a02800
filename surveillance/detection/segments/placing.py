"""Where everybody falls: the part of the first division by criteria, inside it the nearest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveillance.detection.scaling import Matrix
from surveillance.detection.segments.clusters import distances
from surveillance.detection.segments.criteria import divided, holds
from surveillance.detection.segments.model import Part
from surveillance.detection.segments.table import Table

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Placed:
    """For each trader the part, the segment, and how far each segment is where a part has many."""

    parts: list[str]
    segments: list[str]
    away: Mapping[str, Matrix]
    """Segment to squared distances; NaN for traders of other parts."""


def placed(parts: Mapping[str, Part], table: Table) -> Placed:
    """Place everybody."""
    names = np.array(list(parts), dtype=object)
    frozen = {name: part.criteria for name, part in parts.items()}
    whose = divided(frozen, table.columns, table.size)
    segments = np.empty(table.size, dtype=object)
    away: dict[str, Matrix] = {}
    for place, part in enumerate(parts.values()):
        mine = whose == place
        inside = list(part.centroids)
        if len(inside) == 1:
            segments[mine] = inside[0]
            continue
        points = part.space.enter(table.rows(part.features, mine))
        far = distances(points, np.array([part.centroids[name] for name in inside]))
        segments[mine] = np.array(inside, dtype=object)[far.argmin(axis=0)]
        for name, distance in zip(inside, far, strict=True):
            away[name] = np.full(table.size, np.nan)
            away[name][mine] = distance
    return Placed(names[whose].tolist(), segments.tolist(), away)


def clearly(
    parts: Mapping[str, Part], table: Table, now: Placed, was: Sequence[str | None], margin: float
) -> Mask:
    """Return who is nearer to where they fall now than to where they were, by the margin.

    Across parts a criterion must be met, or missed, by that share; inside one the new middle must
    be nearer by it.
    """
    order = {name: place for place, name in enumerate(parts)}
    home = {name: part for part, of in parts.items() for name in of.centroids}
    tight = {n: holds(p.criteria, table.columns, table.size, -margin) for n, p in parts.items()}
    loose = {n: holds(p.criteria, table.columns, table.size, margin) for n, p in parts.items()}
    clear = np.ones(table.size, dtype=bool)
    for row, (part, segment, old) in enumerate(zip(now.parts, now.segments, was, strict=True)):
        if old is None or old == segment:
            continue
        before = home[old]
        if before == part:
            clear[row] = now.away[segment][row] <= (1 - margin) ** 2 * now.away[old][row]
        elif order[part] < order[before]:
            clear[row] = tight[part][row]
        else:
            clear[row] = not loose[before][row]
    return clear
