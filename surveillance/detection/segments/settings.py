"""What ``segments.yml`` says: the first division, what is looked at inside, what is evidence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from surveillance import yamlfile
from surveillance.canonical import digest
from surveillance.errors import Fault, RuleError
from surveillance.yamlfile import Document, Loc

_CONDITION = re.compile(r"(>=|<=|>|<) ?(\d+(?:\.\d+)?)( times the median)?( or unknown)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Condition:
    """A bound on a feature; ``relative`` is in medians, ``unknown`` takes what is not known."""

    sign: str
    value: float
    relative: bool
    unknown: bool

    @classmethod
    def of(cls, text: str) -> "Condition":
        """Read one such as ``>= 5 times the median or unknown``; ValueError if it is none."""
        match = _CONDITION.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"expected a bound such as '>= 0.5 or unknown', was {text!r}")
        sign, value, relative, unknown = match.groups()
        return cls(sign, float(value), bool(relative), bool(unknown))


class Division(BaseModel):
    """One part of the first division; a trader is of the first whose criteria hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    """What people call it."""
    why: str
    """Why the line lies there."""
    source: str
    """Where it comes from: a publication, or engineering default."""
    any: list[dict[str, str]] = []
    """Sets of criteria of which one must hold as a whole; none takes whoever is left."""
    features: list[str] | None = None
    """What clusters inside are looked for in; default: the features of all; none: no clusters."""

    @field_validator("any")
    @classmethod
    def _are_conditions(cls, value: list[dict[str, str]]) -> list[dict[str, str]]:
        for text in (text for criteria in value for text in criteria.values()):
            Condition.of(text)
        return value

    @cached_property
    def criteria(self) -> list[dict[str, Condition]]:
        """Return what ``any`` says, read."""
        return [{name: Condition.of(text) for name, text in each.items()} for each in self.any]


class Evidence(BaseModel):
    """What clusters inside a division must show; else it stays whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clusters: list[int] = Field(min_length=1)
    """Numbers of clusters that are tried."""
    resamples: int = Field(ge=2)
    """How many random halves are clustered anew."""
    stability: float = Field(gt=0, le=1)
    """Least mean adjusted Rand index of those with the whole."""
    in_time: float = Field(ge=0, le=1)
    """Least adjusted Rand index of the first half of the window with the second."""
    separation: float = Field(ge=-1, le=1)
    """Least mean silhouette."""
    members: int = Field(ge=2)
    """Least members of a cluster."""
    share: float = Field(ge=0, lt=1)
    """Least share of the division in a cluster."""


class DriftLimits(BaseModel):
    """How far from its calibration a model may be before another is proposed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    psi: float = Field(default=0.25, gt=0)
    """Population stability index from which a feature has drifted, if it is no chance."""
    features: float = Field(default=0.2, gt=0, le=1)
    """Share of features that have drifted from which a model is proposed."""
    churn: float = Field(default=0.25, gt=0, le=1)
    """Share of traders who would fall elsewhere from which a model is proposed."""


class SegmentSettings(BaseModel):
    """What ``segments.yml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    divisions: dict[str, Division] = Field(min_length=1)
    """The first division by name, in the order in which it is decided."""
    features: list[str] = Field(min_length=1)
    """What clusters inside divisions are looked for in."""
    evidence: Evidence
    margin: float = Field(ge=0, lt=1)
    """By how much nearer another segment must be, two fits running, before a trader moves."""
    seed: int
    """Of the random halves and of the first guesses of clusters."""
    drift: DriftLimits = DriftLimits()
    """When another model is proposed; no part of how traders are divided."""
    words: dict[str, dict[str, str]]
    """By feature, what a cluster is called that is high or low in it; the first that fits."""

    def features_of(self, division: str) -> list[str]:
        """Return what clusters inside a division are looked for in."""
        own = self.divisions[division].features
        return self.features if own is None else own

    @property
    def inside(self) -> list[str]:
        """Return every feature that clusters are looked for in."""
        return sorted({name for division in self.divisions for name in self.features_of(division)})

    @property
    def dividing(self) -> dict[str, Any]:
        """Return how traders are divided; when they are divided anew is no part of it."""
        return self.model_dump(mode="json", exclude={"drift"})

    @property
    def digest(self) -> str:
        """Name how traders are divided."""
        return digest(self.dividing)

    @property
    def needed(self) -> list[str]:
        """Return every feature that is named."""
        criteria = (each for of in self.divisions.values() for each in of.any)
        return sorted({*self.inside, *(name for each in criteria for name in each)})


def load(path: Path) -> SegmentSettings:
    """Read ``segments.yml``.

    Raises:
        RuleError: with the line and column of every fault.
    """
    document = yamlfile.load(path, RuleError)
    settings = document.validate(SegmentSettings)
    if faults := list(_faults(document, settings)):
        raise RuleError(faults)
    return settings


def _faults(document: Document, settings: SegmentSettings) -> Iterator[Fault]:
    for feature, words in settings.words.items():
        at: Loc = ("words", feature)
        if feature not in settings.inside:
            yield document.fault(at, f"expected a feature listed above, was {feature!r}")
        if not words.keys() <= {"high", "low"}:
            yield document.fault(at, f"expected words for high and low, was {', '.join(words)}")
    *_, last = settings.divisions
    for name, division in settings.divisions.items():
        if (name == last) == bool(division.any):
            message = "expected criteria for all divisions but the last, which takes who is left"
            yield document.fault(("divisions", name), message)
