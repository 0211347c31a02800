"""What a fitted detector says of traders: each alone, with reasons that are checked.

A reason is a feature without which the trader would not be strange: those named, put back to what
is usual among the peers, bring the score below the line.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from surveillance.detection.detectors import peers
from surveillance.detection.detectors.anomalies import ALL, SEGMENT, Fitted, known
from surveillance.detection.detectors.calibration import grade
from surveillance.detection.detectors.reasons import Reason, explain
from surveillance.detection.scaling import Matrix
from surveillance.model import SHADOW_LINE


@dataclass(frozen=True, slots=True)
class Scored:
    """How strange one trader is.

    ``raw`` is the detector's own score, ``p_value`` what the probability that a peer scores as much
    is at most, ``score`` 0-100 with the alert line at the budget; ``group`` is the segment they
    were measured in, or ``all``. Reasons are there from the shadow line up.
    """

    trader_id: str
    raw: float
    p_value: float
    score: float
    is_anomaly: bool
    group: str
    members: int
    quantile: float
    """What is looked for lies beyond this quantile of the peers."""
    reasons: tuple[Reason, ...]


def score(fitted: Fitted, features: pa.Table, segments: Mapping[str, str]) -> list[Scored]:
    """Score every trader with a known feature, in the order of the table."""
    return [_scored(fitted, trader) for trader in _measure(fitted, features, segments)]


@dataclass(frozen=True, slots=True)
class _Measured:
    trader_id: str
    row: Matrix
    group: str
    raw: float


def _measure(fitted: Fitted, features: pa.Table, segments: Mapping[str, str]) -> list[_Measured]:
    """Score each group and fold in one go; a row scores the same alone."""
    traders, rows = known(features, fitted.spec)
    names = [_group(fitted, segments.get(trader)) for trader in traders]
    batches: dict[tuple[str, int], list[int]] = {}
    for index, (trader, name) in enumerate(zip(traders, names, strict=True)):
        batches.setdefault((name, peers.fold(trader)), []).append(index)
    raw = np.zeros(len(traders))
    for (name, fold), chosen in batches.items():
        raw[chosen] = fitted.groups[name].score(fold, rows[chosen])
    return [_Measured(*each) for each in zip(traders, rows, names, raw.tolist(), strict=True)]


def _scored(fitted: Fitted, trader: _Measured) -> Scored:
    group, line = fitted.groups[trader.group], fitted.spec.line
    power = fitted.powers[trader.group]
    p_value = group.p_value(trader.trader_id, trader.raw)
    graded = grade(p_value, line)
    return Scored(
        trader_id=trader.trader_id,
        raw=trader.raw,
        p_value=p_value,
        score=graded,
        is_anomaly=p_value <= line,
        group=trader.group.removeprefix(SEGMENT),
        members=group.size,
        quantile=power.quantile if power else 1.0,
        reasons=_reasons(fitted, trader) if graded >= SHADOW_LINE else (),
    )


def _reasons(fitted: Fitted, trader: _Measured) -> tuple[Reason, ...]:
    group, width = fitted.groups[trader.group], len(fitted.spec.features)
    now, past = np.split(group.scaling.apply(trader.row[np.newaxis])[0], [width])
    model = group.models[peers.fold(trader.trader_id)]
    reasons = explain(
        lambda rows: model.score(np.hstack([rows, np.tile(past, (len(rows), 1))])),
        _is_strange(fitted, trader),
        now,
        trader.row[:width],
        fitted.spec.features,
        group.scaling.centres[:width],
        group.beyond,
    )
    before = dict(zip(fitted.spec.features, trader.row[width:].tolist(), strict=False))
    return tuple(replace(each, before=before.get(each.feature)) for each in reasons)


def _is_strange(fitted: Fitted, trader: _Measured) -> Callable[[float], bool]:
    group, line = fitted.groups[trader.group], fitted.spec.line
    return lambda raw: group.p_value(trader.trader_id, raw) <= line


def _group(fitted: Fitted, segment: str | None) -> str:
    name = f"{SEGMENT}{segment}"
    return name if segment is not None and fitted.powers.get(name) else ALL
