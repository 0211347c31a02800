"""What other distributions bring: sources, facts and detectors, found by their entry points.

A name that is taken is refused, because which of two would run must not depend on what happens to
be installed. Looking for names loads nothing, so what is broken breaks only whoever asks for it.
"""

import sys
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from surveillance.errors import SurveillanceError

SOURCES, FACTS, DETECTORS = (
    "surveillance.sources",
    "surveillance.facts",
    "surveillance.detectors",
)
"""The groups of entry points; each names modules like those that are shipped."""


def offered(group: str, shipped: Collection[str]) -> Mapping[str, EntryPoint]:
    """Return what other distributions offer of one group, by name.

    Raises:
        SurveillanceError: a name is one of ``shipped``, or offered twice.
    """
    found: dict[str, EntryPoint] = {}
    for point in _every(tuple(sys.path)):
        if point.group != group:
            continue
        other = "surveillance" if point.name in shipped else whose(found.get(point.name))
        if other:
            raise SurveillanceError(
                f"expected names of {group} that are free, was {point.name!r} of {whose(point)}, "
                f"which {other} has: uninstall one of the two"
            )
        found[point.name] = point
    return found


def load(point: EntryPoint) -> Any:
    """Return what an entry point names.

    Raises:
        SurveillanceError: it does not load; the message names the distribution.
    """
    try:
        return point.load()
    except Exception as wrong:
        raise SurveillanceError(
            f"expected {point.name!r} of {whose(point)} to load from {point.value}, "
            f"was {type(wrong).__name__}: {wrong}"
        ) from wrong


def whose(point: EntryPoint | None) -> str:
    """Name the distribution of an entry point, with its version; nothing for none."""
    if point is None:
        return ""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def distributions() -> dict[str, str]:
    """Return the version of every distribution that offers anything here, by its name."""
    dists = [point.dist for point in _every(tuple(sys.path)) if point.dist is not None]
    return {dist.name: dist.version for dist in dists}


@lru_cache(maxsize=1)
def _every(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return all entry points of our groups; looked for again only if the path has changed."""
    every = entry_points()
    return tuple(
        point for group in (SOURCES, FACTS, DETECTORS) for point in every.select(group=group)
    )
