"""What a detector is, and how one is found by its name.

A detector is created from settings and a seed, fitted to rows, and scores rows: higher is
stranger. It scores a row the same alone or among others, and the same after every fit to the
same rows. PyOD's models meet this through one adapter; a detector of our own is a module of
``models``, named as the detector, with a ``create``; another distribution brings such a module by
an entry point of the group ``surveillance.detectors``. The contract suite runs over all of them.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from surveillance import plugins
from surveillance.detection.detectors import models, pyod
from surveillance.detection.scaling import Matrix
from surveillance.errors import SurveillanceError
from surveillance.model import Scalar


class Detector(Protocol):
    """What scores strangeness; its rows are scaled and complete, of shape (traders, features)."""

    def fit(self, rows: Matrix) -> None:
        """Learn what is usual."""

    def score(self, rows: Matrix) -> Matrix:
        """Return one score a row."""


def offered() -> tuple[str, ...]:
    """Return the name of every detector that a rule may name.

    Raises:
        SurveillanceError: another distribution offers one under a name that is taken.
    """
    return tuple(sorted((*_shipped(), *_others())))


def _shipped() -> set[str]:
    own = {module.name for module in iter_modules(models.__path__)}
    return own | pyod.MODELS.keys()


def _others() -> Mapping[str, EntryPoint]:
    return plugins.offered(plugins.DETECTORS, _shipped() | pyod.REFUSED.keys())


def create(name: str, settings: Mapping[str, Scalar]) -> Detector:
    """Return the detector called ``name``, not yet fitted; ``seed`` among the settings is its.

    Raises:
        SurveillanceError: there is no such detector, or it has no such setting.
    """
    name = name.lower()
    own = {key: value for key, value in settings.items() if key != "seed"}
    seed = settings.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise SurveillanceError(f"expected a whole number as the seed, was {seed!r}")
    if name in pyod.REFUSED:
        raise SurveillanceError(
            f"expected a detector that scores each row alone, was {name}: {pyod.REFUSED[name]}"
        )
    if name not in offered():
        raise SurveillanceError(f"expected a detector of {', '.join(offered())}; was {name!r}")
    if name in pyod.MODELS:
        return pyod.create(name, own, seed)
    return cast(Detector, module_of(name).create(own, seed))


def module_of(name: str) -> Any:
    """Return the module of a detector that is not PyOD's.

    Raises:
        SurveillanceError: it is of another distribution, and does not load.
    """
    if point := _others().get(name):
        return plugins.load(point)
    return import_module(f"{models.__name__}.{name}")
