"""Who is strange among their peers: a fitted anomaly rule, and the traders it scores.

Traders are measured within their segment; a segment with too few members, one that the fit did
not know, and traders in none fall back to all traders. What is stored of a fit is not the fitted
objects but the rows they were fitted on and the scores these got: plain JSON, the same bytes
after the same fit, which an auditor can read and which runs no code when it is loaded. What is
brought back fits again, seeded, when it first scores: few runs have a hop that a detector judges.
It refuses to go on if a changed library now scores otherwise.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa

from surveillance import cache
from surveillance.detection.detectors import contract, peers
from surveillance.detection.detectors.calibration import discoveries, grade
from surveillance.detection.detectors.peers import PeerGroup
from surveillance.detection.detectors.reasons import Reason, explain
from surveillance.detection.scaling import Matrix, rows_of
from surveillance.errors import SurveillanceError
from surveillance.model import SHADOW_LINE, Scalar, canonical, digest

ALL = "all"
"""The group of all traders, whatever their segment."""
_SEGMENT = "segment "


class TooFewTraders(SurveillanceError):
    """There are not enough traders to say what is usual."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What an anomaly rule says of its detector.

    ``settings`` go to the detector, but for ``seed`` (0 by default). ``false_discovery_rate``
    is the share of false ones among the traders picked that is put up with; ``min_traders`` is
    how many traders with a known feature make a group.
    """

    detector: str
    features: tuple[str, ...]
    false_discovery_rate: float
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    min_traders: int = 100


@dataclass(frozen=True)
class Fitted:
    """A fitted anomaly rule: its spec, and a group of peers for each segment and for all."""

    spec: Spec
    groups: Mapping[str, PeerGroup]

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


@dataclass(frozen=True, slots=True)
class Scored:
    """How strange one trader is.

    ``raw`` is the detector's own score, ``p_value`` the probability that a peer scores as much,
    ``score`` 0-100 with the alert line at the cut; ``group`` is the segment they were measured
    in, or ``all``. Reasons are there from the shadow line up.
    """

    trader_id: str
    raw: float
    p_value: float
    score: float
    is_anomaly: bool
    group: str
    members: int
    reasons: tuple[Reason, ...]


def check(spec: Spec) -> None:
    """Say whether the detector and its settings exist, without fitting.

    Raises:
        SurveillanceError: they do not, or a number is out of its range.
    """
    if not 0 < spec.false_discovery_rate < 1:
        was = spec.false_discovery_rate
        raise SurveillanceError(f"expected a false-discovery rate between 0 and 1, was {was}")
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


def fit(spec: Spec, features: pa.Table, segments: Mapping[str, str]) -> Fitted:
    """Fit a rule's detector to a feature table, per segment and for all.

    Raises:
        TooFewTraders: fewer than ``min_traders`` traders have a known feature.
        SurveillanceError: the detector refuses its settings.
    """
    check(spec)
    traders, rows = _known(features, spec.features)
    if len(traders) < spec.min_traders:
        raise TooFewTraders(
            f"expected at least {spec.min_traders} traders with a known feature, was {len(traders)}"
        )
    create = _creator(spec)
    return Fitted(
        spec,
        {
            name: peers.fit([traders[i] for i in chosen], rows[chosen], create)
            for name, chosen in sorted(_members(traders, segments).items())
            if len(chosen) >= spec.min_traders
        },
    )


def _members(traders: Sequence[str], segments: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the places of the traders of each group."""
    members: dict[str, list[int]] = {ALL: list(range(len(traders)))}
    for index, trader in enumerate(traders):
        if trader in segments:
            members.setdefault(_SEGMENT + segments[trader], []).append(index)
    return members


def load(content: bytes) -> Fitted:
    """Bring back a fit from its bytes; each group is fitted again when it first scores."""
    stored = json.loads(content)
    spec = Spec(**{**stored["spec"], "features": tuple(stored["spec"]["features"])})
    create = _creator(spec)
    return Fitted(
        spec,
        {
            name: peers.restore(
                group["traders"],
                np.array(group["rows"], dtype=np.float64).reshape(len(group["traders"]), -1),
                np.array(group["scores"], dtype=np.float64),
                create,
            )
            for name, group in stored["groups"].items()
        },
    )


def score(fitted: Fitted, features: pa.Table, segments: Mapping[str, str]) -> list[Scored]:
    """Score every trader with a known feature, and pick anomalies at the stated rate.

    Returned in the order of the table. The cut is over all traders that are scored together.
    """
    traders = _measure(fitted, features, segments)
    p_values = np.array([trader.p_value for trader in traders])
    _, line = discoveries(p_values, fitted.spec.false_discovery_rate)
    return [_scored(fitted, trader, line) for trader in traders]


@dataclass(frozen=True, slots=True)
class _Measured:
    trader_id: str
    row: Matrix
    group: str
    raw: float
    p_value: float


def _measure(fitted: Fitted, features: pa.Table, segments: Mapping[str, str]) -> list[_Measured]:
    """Score each group and fold in one go; a row scores the same alone."""
    traders, rows = _known(features, fitted.spec.features)
    names = [_group(fitted, segments.get(trader)) for trader in traders]
    batches: dict[tuple[str, int], list[int]] = {}
    for index, (trader, name) in enumerate(zip(traders, names, strict=True)):
        batches.setdefault((name, peers.fold(trader)), []).append(index)
    raw = np.zeros(len(traders))
    for (name, fold), chosen in batches.items():
        raw[chosen] = fitted.groups[name].score(fold, rows[chosen])
    return [
        _Measured(trader, row, name, value, fitted.groups[name].p_value(trader, value))
        for trader, row, name, value in zip(traders, rows, names, raw.tolist(), strict=True)
    ]


def _scored(fitted: Fitted, trader: _Measured, line: float) -> Scored:
    group = fitted.groups[trader.group]
    graded = grade(trader.p_value, line)
    return Scored(
        trader_id=trader.trader_id,
        raw=trader.raw,
        p_value=trader.p_value,
        score=graded,
        is_anomaly=trader.p_value <= line,
        group=trader.group.removeprefix(_SEGMENT),
        members=len(group.traders),
        reasons=_reasons(fitted, trader) if graded >= SHADOW_LINE else (),
    )


def _reasons(fitted: Fitted, trader: _Measured) -> tuple[Reason, ...]:
    group = fitted.groups[trader.group]
    return explain(
        group.models[peers.fold(trader.trader_id)].score,
        group.scaling.apply(trader.row[np.newaxis])[0],
        trader.row,
        fitted.spec.features,
        group.scaling.centres,
    )


def _group(fitted: Fitted, segment: str | None) -> str:
    name = f"{_SEGMENT}{segment}"
    return name if segment is not None and name in fitted.groups else ALL


def _known(features: pa.Table, names: Sequence[str]) -> tuple[list[str], Matrix]:
    traders, rows = rows_of(features, names)
    known = np.flatnonzero(~np.isnan(rows).all(axis=1))
    return [traders[i] for i in known], rows[known]


def _creator(spec: Spec) -> Callable[[], contract.Detector]:
    return lambda: contract.create(spec.detector, spec.settings)


def _plain(group: PeerGroup) -> dict[str, Any]:
    rows = [[None if isnan(value) else value for value in row] for row in group.rows.tolist()]
    return {"traders": list(group.traders), "rows": rows, "scores": group.scores.tolist()}
