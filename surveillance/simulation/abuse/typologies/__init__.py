"""Abuse to hide in the venue: one module a typology, found by its file name.

Each has ``TYPOLOGY``, the name of its labels, ``TAKES``, the disguises that make sense for it, and
``plan(stage)``, which casts people and plans what they will do; verbs that several share stand
beside this package. One that came later says in ``SINCE`` with which edition of the simulation: it
is planned after the earlier ones, so that accounts of theirs stay what they were.
"""

from collections.abc import Collection
from importlib import import_module
from pkgutil import iter_modules

from surveillance.simulation.abuse.stage import Stage


def plan_abuse(stage: Stage, only: Collection[str] | None = None) -> None:
    """Plan every typology, or only some, the earlier ones first, in the order of their names."""
    names = sorted(module.name for module in iter_modules(__path__))
    wanted = [import_module(f"{__name__}.{n}") for n in names if only is None or n in only]
    for typology in sorted(wanted, key=lambda module: getattr(module, "SINCE", 0)):
        typology.plan(stage.of(typology.TYPOLOGY, typology.TAKES))
