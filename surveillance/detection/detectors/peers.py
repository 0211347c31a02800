"""A group of traders who are each other's measure: fitted fold by fold, and calibrated.

Traders fall into folds by a hash of their id. The model of a fold is fitted on the other folds
and scores everybody who falls into it, whether they were there at the fit or came later; so no
trader is ever judged by a model that learned from them, and the scores they are compared with
come about in the same way (cross-conformal).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surveillance.detection.detectors.calibration import Calibration
from surveillance.detection.detectors.contract import Detector
from surveillance.detection.scaling import Matrix, Scaling
from surveillance.errors import SurveillanceError

FOLDS = 5
SAMPLE = 20_000
"""A larger group is fitted on those of its traders whose ids hash lowest."""
_PROBES = 20


@dataclass(frozen=True)
class PeerGroup:
    """A fitted group: its traders with their raw rows, and what each scored out of fold.

    ``fit`` gives the model of each fold; a group that is restored is fitted when it first scores.
    """

    traders: tuple[str, ...]
    rows: Matrix
    scores: Matrix
    scaling: Scaling
    calibration: Calibration
    own: Mapping[str, float]
    fit: Callable[[], tuple[Detector, ...]]

    @cached_property
    def models(self) -> tuple[Detector, ...]:
        """Return the model of each fold.

        Raises:
            SurveillanceError: another version of a library scores otherwise than when it was kept.
        """
        return self.fit()

    def score(self, fold: int, rows: Matrix) -> Matrix:
        """Score raw rows of traders who fall into ``fold``, none of whom its model has seen."""
        return self.models[fold].score(self.scaling.apply(rows))

    def p_value(self, trader: str, score: float) -> float:
        """Return the probability that a peer of this trader scores at least this much."""
        return self.calibration.p_value(score, self.own.get(trader))


def fit(traders: Sequence[str], rows: Matrix, create: Callable[[], Detector]) -> PeerGroup:
    """Fit and calibrate a group; rows are raw, in the order of the traders."""
    chosen = sorted(sorted(range(len(traders)), key=lambda i: _hash(traders[i]))[:SAMPLE])
    members, sample = tuple(traders[i] for i in chosen), rows[chosen]
    scaling = Scaling.of(sample)
    models = _models(members, scaling.apply(sample), create)
    scores = _out_of_fold(models, members, scaling.apply(sample))
    return _group(members, sample, scores, scaling, lambda: models)


def restore(
    traders: Sequence[str], rows: Matrix, scores: Matrix, create: Callable[[], Detector]
) -> PeerGroup:
    """Bring back a group from its stored rows; it is fitted again when it first scores."""
    scaling = Scaling.of(rows)

    def again() -> tuple[Detector, ...]:
        scaled = scaling.apply(rows)
        models = _models(traders, scaled, create)
        _expect_same(_out_of_fold(models, traders[:_PROBES], scaled[:_PROBES]), scores[:_PROBES])
        return models

    return _group(tuple(traders), rows, scores, scaling, again)


def _expect_same(again: Matrix, scores: Matrix) -> None:
    if not np.allclose(again, scores, rtol=1e-7, atol=1e-9):
        raise SurveillanceError(
            f"expected the detector to score as when it was fitted ({scores[:3].tolist()}), was "
            f"{again[:3].tolist()}: a library has changed"
        )


def fold(trader: str) -> int:
    """Return the fold of a trader, the same for ever."""
    return int(_hash(trader)[-8:], 16) % FOLDS


def _hash(trader: str) -> str:
    return hashlib.sha256(trader.encode()).hexdigest()


def _models(
    traders: Sequence[str], scaled: Matrix, create: Callable[[], Detector]
) -> tuple[Detector, ...]:
    folds = np.array([fold(trader) for trader in traders])
    models = tuple(create() for _ in range(FOLDS))
    for index, model in enumerate(models):
        model.fit(scaled[folds != index])
    return models


def _out_of_fold(models: Sequence[Detector], traders: Sequence[str], scaled: Matrix) -> Matrix:
    folds = np.array([fold(trader) for trader in traders])
    scores = np.zeros(len(traders))
    for index, model in enumerate(models):
        if (folds == index).any():
            scores[folds == index] = model.score(scaled[folds == index])
    return scores


def _group(
    traders: tuple[str, ...],
    rows: Matrix,
    scores: Matrix,
    scaling: Scaling,
    fit: Callable[[], tuple[Detector, ...]],
) -> PeerGroup:
    return PeerGroup(
        traders=traders,
        rows=rows,
        scores=scores,
        scaling=scaling,
        calibration=Calibration.of(scores),
        own=dict(zip(traders, scores.tolist(), strict=True)),
        fit=fit,
    )
