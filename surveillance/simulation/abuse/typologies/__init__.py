"""Abuse to hide in the venue: one module a typology, found by its file name.

Each has ``TYPOLOGY``, the name of its labels, ``TAKES``, the disguises that make sense for it, and
``plan(stage)``, which casts people and plans what they will do; verbs that several share stand
beside this package.
"""

from collections.abc import Collection
from importlib import import_module
from pkgutil import iter_modules

from surveillance.simulation.abuse.stage import Stage


def plan_abuse(stage: Stage, only: Collection[str] | None = None) -> None:
    """Plan every typology, or only some, in the order of their names."""
    for name in sorted(module.name for module in iter_modules(__path__)):
        if only is None or name in only:
            typology = import_module(f"{__name__}.{name}")
            typology.plan(stage.of(typology.TYPOLOGY, typology.TAKES))
