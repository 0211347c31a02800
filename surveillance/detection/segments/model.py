"""A frozen division of traders: what a run rests on, kept as text and named by its digest.

Models of before there were divisions are read as well, as one division of whoever is active, and
keep the bytes that their digest is of.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from surveillance.canonical import canonical, digest
from surveillance.detection.scaling import Scaling, cut
from surveillance.detection.segments.clusters import Trial
from surveillance.detection.segments.criteria import Criteria
from surveillance.detection.segments.names import Change
from surveillance.detection.segments.profiles import Profile, Trait
from surveillance.detection.segments.settings import Condition
from surveillance.detection.segments.space import Space

NEW = "new"
"""The segment of traders with too little activity, and of those the model does not know."""
ALL = "all"
"""The group of all traders, for quantiles where a segment has too few."""
MIN_PEERS = 20
_QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
"""Those that a rule's threshold may follow."""

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the first division: its criteria, frozen, and the clusters found inside.

    ``centroids`` maps a segment to a point of ``space``, whose axes are ``features``; there is one
    where the part is whole. ``trials`` is the evidence for and against clusters.
    """

    title: str
    why: str
    criteria: Criteria
    features: tuple[str, ...]
    space: Space
    centroids: Mapping[str, Numbers]
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Segmentation:
    """Who is in which segment, how that was decided, and what is usual in each.

    ``leaning`` says to which segment traders were clearly nearer who did not move yet; ``values``
    maps segment and feature to sorted values, ``baseline`` a feature to the edges and shares of its
    deciles; ``changes`` and ``moved`` compare with the model before.
    """

    as_of: str
    settings_digest: str
    parts: Mapping[str, Part]
    assignment: Mapping[str, str]
    leaning: Mapping[str, str]
    moved: Mapping[str, tuple[str, str]]
    changes: tuple[Change, ...]
    profiles: Mapping[str, Profile]
    values: Mapping[str, Mapping[str, Numbers]]
    baseline: Mapping[str, Mapping[str, Numbers]]
    text: str = field(default="", compare=False, repr=False)

    @cached_property
    def digest(self) -> str:
        """Name the model by its content."""
        return digest(self.to_text())

    def to_text(self) -> str:
        """Write the model as canonical JSON."""
        return self.text or self._text

    @cached_property
    def _text(self) -> str:
        return canonical(
            {
                "as_of": self.as_of,
                "settings_digest": self.settings_digest,
                "parts": {name: asdict(part) for name, part in self.parts.items()},
                "order": list(self.parts),
                "assignment": dict(self.assignment),
                "leaning": dict(self.leaning),
                "moved": {name: list(pair) for name, pair in self.moved.items()},
                "changes": [asdict(change) for change in self.changes],
                "profiles": {name: asdict(profile) for name, profile in self.profiles.items()},
                "values": self.values,
                "baseline": self.baseline,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "Segmentation":
        """Read a model back from its canonical JSON."""
        stored = json.loads(text)
        read = _read if "parts" in stored else _read_undivided
        return cls(
            as_of=stored["as_of"],
            settings_digest=stored["settings_digest"],
            assignment=stored["assignment"],
            values=_numbers(stored["values"]),
            baseline=_numbers(stored["baseline"]),
            text=text,
            **read(stored),
        )

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Return every segment, in the order of the first division."""
        return tuple(name for part in self.parts.values() for name in part.centroids)

    @cached_property
    def divisions(self) -> Mapping[str, str]:
        """Return the part of the first division that each segment lies in."""
        return {name: at for at, part in self.parts.items() for name in part.centroids}

    @property
    def features(self) -> tuple[str, ...]:
        """Return the features that traders are divided by."""
        return tuple(self.baseline)

    @cached_property
    def members(self) -> Mapping[str, int]:
        """Return how many traders were put in each segment that has any."""
        return Counter(self.assignment.values())

    def segment_of(self, trader_id: str) -> str:
        """Return the segment a trader was put in, ``new`` if the model does not know them."""
        return self.assignment.get(trader_id, NEW)

    @cached_property
    def quantiles(self) -> Mapping[str, Mapping[str, Mapping[float, float]]]:
        """Return what is usual: feature to segment to quantile to value, where there is one."""
        found: dict[str, dict[str, dict[float, float]]] = {}
        for segment, features in self.values.items():
            for name in features:
                values = self._quantiles(segment, name, _QUANTILES)
                found.setdefault(name, {})[segment] = dict(zip(_QUANTILES, values, strict=False))
        return found

    def quantile(self, segment: str, feature: str, share: float) -> float | None:
        """Return a quantile of a feature among a segment's traders as they were at calibration.

        Among those of its division where the segment has fewer than ``MIN_PEERS`` values, and
        among all traders where that has too, or for ``new``; nothing where those are too few.
        """
        return next(iter(self._quantiles(segment, feature, (share,))), None)

    def _quantiles(self, segment: str, feature: str, shares: Sequence[float]) -> list[float]:
        """Return several quantiles of a feature, or none where there are too few values."""
        division = self.divisions.get(segment, ALL)
        groups = (ALL,) if segment == NEW else (segment, division, ALL)
        for group in groups:
            values = self.values.get(group, {}).get(feature, ())
            if len(values) >= MIN_PEERS:
                return [float(value) for value in cut(np.quantile(values, shares))]
        return []

    def median(self, segment: str, feature: str) -> float | None:
        """Return the middle of a segment's own values, of however few; nothing where none is known.

        What a threshold follows is ``quantile``, which asks others where a segment has few.
        """
        values = self.values.get(segment, {}).get(feature, ())
        return float(cut(np.array([np.median(values)]))[0]) if values else None


def _read(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "parts": {name: _part(stored["parts"][name]) for name in stored["order"]},
        "leaning": stored["leaning"],
        "moved": {name: (before, after) for name, (before, after) in stored["moved"].items()},
        "changes": tuple(
            Change(each["kind"], tuple(each["before"]), tuple(each["after"]))
            for each in stored["changes"]
        ),
        "profiles": {name: _profile(each) for name, each in stored["profiles"].items()},
    }


def _part(stored: Mapping[str, Any]) -> Part:
    return Part(
        title=stored["title"],
        why=stored["why"],
        criteria=[
            {name: Condition(**bound) for name, bound in each.items()}
            for each in stored["criteria"]
        ],
        features=tuple(stored["features"]),
        space=_space(stored["space"]),
        centroids={name: tuple(at) for name, at in stored["centroids"].items()},
        trials=tuple(Trial(**trial) for trial in stored["trials"]),
    )


def _profile(stored: Mapping[str, Any]) -> Profile:
    traits = tuple(Trait(**trait) for trait in stored["traits"])
    return Profile(stored["traders"], traits, tuple(stored["exemplars"]))


def _space(stored: Mapping[str, Any]) -> Space:
    scaling = Scaling(tuple(stored["scaling"]["centres"]), tuple(stored["scaling"]["spreads"]))
    return Space(tuple(stored["units"]), scaling)


def _read_undivided(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Read a model of before there were divisions: ``new`` below all bounds, and the others."""
    inactive = {
        name: Condition("<", value, relative=False, unknown=True)
        for name, value in stored["active"].items()
    }
    nothing = Space((), Scaling((), ()))
    centroids = {name: tuple(at) for name, at in stored["centroids"].items()}
    features = tuple(stored["features"])
    return {
        "parts": {
            NEW: Part("New", "", [inactive], (), nothing, {NEW: ()}, ()),
            "active": Part("Active", "", [], features, _space(stored["space"]), centroids, ()),
        },
        "leaning": {},
        "moved": {},
        "changes": (),
        "profiles": {},
    }


def _numbers(nested: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, Numbers]]:
    return {
        group: {name: tuple(values) for name, values in inner.items()}
        for group, inner in nested.items()
    }
