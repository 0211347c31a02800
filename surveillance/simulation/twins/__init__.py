"""Honest people who do what looks like abuse: one module a twin, found by its file name.

Each has ``KIND``, what it is; ``RESEMBLES``, the typology that it looks like; ``DIFFERS``, what in
the activity tells it from that; and ``plan(stage)``, which enlists them and plans what they do.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from surveillance.simulation.abuse.stage import Stage


class Twin(NamedTuple):
    """What one kind of twin is, what it looks like, and what tells it from that."""

    kind: str
    resembles: str
    differs: str


def plan_twins(stage: Stage) -> list[Twin]:
    """Plan every kind of twin, in the order of their modules' names, and return what they are."""
    twins = []
    for name in sorted(module.name for module in iter_modules(__path__)):
        twin = import_module(f"{__name__}.{name}")
        twin.plan(stage.of(f"twin {name}", ()))
        twins.append(Twin(twin.KIND, twin.RESEMBLES, twin.DIFFERS))
    return twins
