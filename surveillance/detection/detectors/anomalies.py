"""Who is strange among their peers: a fitted anomaly rule, and the traders it scores.

A rule has a budget: so many false alerts a week of a thousand traders who are ordinary. A week's
evidence is one test, and whoever's p-value is within the budget is strange; how many others are
scored with them makes no difference. Traders are measured within their segment where that has
peers enough for ranks alone to hold the budget: of fewer, only what is much further out than among
all would be found. Everybody else is measured among all traders. What is stored of a fit is not
the fitted objects but the rows they were fitted on and the scores these got: plain JSON, the same
bytes after the same fit, which an auditor can read and which runs no code when it is loaded. What
is brought back fits again, seeded, when it first scores: few runs have a hop that a detector
judges. It refuses to go on if a changed library now scores otherwise.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa

from surveillance import cache
from surveillance.canonical import canonical, digest
from surveillance.detection.detectors import calibration, contract, peers
from surveillance.detection.detectors.novelty import NoveltyDetector
from surveillance.detection.detectors.peers import PeerGroup, Power
from surveillance.detection.scaling import Matrix, rows_of
from surveillance.errors import SurveillanceError
from surveillance.model import Scalar

ALL = "all"
"""The group of all traders, whatever their segment."""
SEGMENT = "segment "
BEFORE = "before "
"""The columns so called hold what a feature was in the window before."""
_PER = 1_000
"""Traders that a budget is of."""


class TooFewTraders(SurveillanceError):
    """There are not enough traders to say what is usual."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What an anomaly rule says of its detector.

    ``settings`` go to the detector, but for ``seed`` (0 by default). ``false_alerts`` are put up
    with in a week, of a thousand ordinary traders, in ``hops`` judgements; ``min_traders`` is how
    many traders with a known feature make a group. With ``is_novelty`` it counts how much
    stranger somebody is than in the window before, of which rows hold the features as well.
    """

    detector: str
    features: tuple[str, ...]
    false_alerts: float
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    min_traders: int = 100
    hops: float = 1.0
    is_novelty: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of a row, those of the window before last."""
        past = tuple(f"{BEFORE}{name}" for name in self.features) if self.is_novelty else ()
        return self.features + past

    @property
    def line(self) -> float:
        """Return the p-value at and below which a trader is strange at a hop."""
        return self.false_alerts / _PER / self.hops


@dataclass(frozen=True)
class Fitted:
    """A fitted anomaly rule: its spec, and a group of peers for each segment and for all."""

    spec: Spec
    groups: Mapping[str, PeerGroup]

    @cached_property
    def powers(self) -> Mapping[str, Power | None]:
        """Return what can be found in each group at the rule's budget, nothing if nobody can."""
        return {name: group.power(self.spec.line) for name, group in self.groups.items()}

    @property
    def windows(self) -> int:
        """Return how many windows it was fitted on."""
        return max(Counter(self.groups[ALL].traders).values())

    @property
    def shortfall(self) -> str:
        """Say that nothing can be found among all traders, where that is so."""
        if self.powers[ALL] is not None:
            return ""
        group = self.groups[ALL]
        least = group.calibration.p_value(group.farthest)
        return (
            f"among {group.size} traders nothing can be found at {self.spec.false_alerts:g} false "
            f"alerts a week of {_PER:,}: one far beyond all of them has a p-value of {least:.2g}, "
            f"where {self.spec.line:.2g} is asked"
        )

    def to_bytes(self) -> bytes:
        """Write everything that a later fit needs to be the same; UTF-8 JSON."""
        return self._bytes

    @cached_property
    def _bytes(self) -> bytes:
        groups = {name: _plain(group) for name, group in self.groups.items()}
        return canonical({"spec": asdict(self.spec), "groups": groups}).encode()

    @cached_property
    def digest(self) -> str:
        """Name the fit by its bytes."""
        return digest(self.to_bytes())

    def refit(self) -> None:
        """Fit every group that is not fitted yet, and check that each scores as it did.

        Raises:
            SurveillanceError: another version of a library scores otherwise.
        """
        for group in self.groups.values():
            _ = group.models


def check(spec: Spec) -> None:
    """Say whether the detector and its settings exist, without fitting.

    Raises:
        SurveillanceError: they do not, or a number is out of its range.
    """
    if not 0 < spec.line < 1:
        was = spec.false_alerts
        raise SurveillanceError(
            f"expected false alerts a week of {_PER:,} traders between 0 and {_PER}, was {was}"
        )
    if not spec.features:
        raise SurveillanceError("expected at least one feature, was none")
    # Whether there is one follows from the libraries, and these are slow to load.
    cache.once(
        "detector",
        [spec.detector, spec.settings],
        lambda: contract.create(spec.detector, spec.settings),
        lambda _: True,
        lambda _: None,
    )


def fit(spec: Spec, weeks: Sequence[pa.Table], segments: Mapping[str, str]) -> Fitted:
    """Fit a rule's detector to feature tables, one a week, per segment and for all.

    Raises:
        TooFewTraders: fewer than ``min_traders`` traders have a known feature.
        SurveillanceError: the detector refuses its settings.
    """
    check(spec)
    traders, windows, rows = _together(weeks, spec)
    if (count := len(set(traders))) < spec.min_traders:
        raise TooFewTraders(
            f"expected at least {spec.min_traders} traders with a known feature, was {count}"
        )
    create, width = _creator(spec), len(spec.features)
    return Fitted(
        spec,
        {
            name: peers.fit(
                [traders[i] for i in chosen], windows[chosen], rows[chosen], width, create
            )
            for name, chosen in sorted(_members(traders, segments).items())
            if name == ALL or _is_enough(spec, {traders[i] for i in chosen}, len(chosen))
        },
    )


def _is_enough(spec: Spec, traders: Collection[str], rows: int) -> bool:
    """Tell whether a segment is a measure of its own."""
    return len(traders) >= spec.min_traders and rows >= calibration.fewest(spec.line)


def _together(weeks: Sequence[pa.Table], spec: Spec) -> tuple[list[str], peers.Places, Matrix]:
    """Return the trader, the place of the week, and the row of everybody, in order of traders."""
    found = [known(week, spec) for week in weeks]
    traders = [trader for names, _ in found for trader in names]
    windows = np.repeat(np.arange(len(found)), [len(names) for names, _ in found])
    order = sorted(range(len(traders)), key=traders.__getitem__)
    rows = np.vstack([rows for _, rows in found])
    return [traders[i] for i in order], windows[order], rows[order]


def _members(traders: Sequence[str], segments: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the rows of each group."""
    members: dict[str, list[int]] = {ALL: list(range(len(traders)))}
    for index, trader in enumerate(traders):
        if trader in segments:
            members.setdefault(SEGMENT + segments[trader], []).append(index)
    return members


def load(content: bytes) -> Fitted:
    """Bring back a fit from its bytes; each group is fitted again when it first scores.

    Raises:
        SurveillanceError: the fit was made by another version, which kept other things.
    """
    stored = json.loads(content)
    try:
        spec = Spec(**{**stored["spec"], "features": tuple(stored["spec"]["features"])})
        groups = {name: _restored(spec, group) for name, group in stored["groups"].items()}
    except (KeyError, TypeError) as wrong:
        raise SurveillanceError(
            f"made by another version, and not readable here: {wrong}"
        ) from None
    return Fitted(spec, groups)


def _restored(spec: Spec, group: Mapping[str, Any]) -> PeerGroup:
    rows = np.array(group["rows"], dtype=np.float64).reshape(len(group["traders"]), -1)
    scores = np.array(group["scores"], dtype=np.float64)
    probes = np.array(group["probes"], dtype=np.float64)
    width, farthest = len(spec.features), group["farthest"]
    return peers.restore(group["traders"], rows, width, scores, probes, farthest, _creator(spec))


def known(features: pa.Table, spec: Spec) -> tuple[list[str], Matrix]:
    """Return the traders of whom any feature is known now, and their rows."""
    traders, rows = rows_of(features, spec.columns)
    some = np.flatnonzero(~np.all(np.isnan(rows[:, : len(spec.features)]), axis=1))
    return [traders[i] for i in some], rows[some]


def _creator(spec: Spec) -> Callable[[], contract.Detector]:
    def create() -> contract.Detector:
        return contract.create(spec.detector, spec.settings)

    return (lambda: NoveltyDetector(create)) if spec.is_novelty else create


def _plain(group: PeerGroup) -> dict[str, Any]:
    rows = [[None if isnan(value) else value for value in row] for row in group.rows.tolist()]
    scores = group.scores.tolist()
    return {
        "traders": list(group.traders),
        "rows": rows,
        "scores": scores,
        "probes": group.probes.tolist(),
        "farthest": group.farthest,
    }
