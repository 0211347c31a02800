"""A group of traders who are each other's measure: fitted fold by fold, and calibrated.

Traders fall into folds by a hash of their id. The model of a fold is fitted on the other folds
and scores everybody who falls into it, whether they were there at the fit or came later; so no
trader is ever judged by a model that learned from them, and the scores they are compared with
come about in the same way (cross-conformal). A trader has a row for each week of the fit. What
happens to a market in a week shows in everybody, and whoever is judged later has nobody of their
own week among those they are compared with: so the scores for calibration are of models that have
not seen that week either.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from surveillance.detection.detectors.calibration import Calibration
from surveillance.detection.detectors.contract import Detector
from surveillance.detection.scaling import Matrix, Scaling
from surveillance.errors import SurveillanceError

Places = npt.NDArray[np.int64]

FOLDS = 5
SAMPLE = 4_000
"""A larger group is fitted on so many rows, of the traders whose ids hash lowest: of 3,000 on ranks
alone hold one false alert of 1,000, and every row more is one that everybody is compared with."""
REFERENCES = 1_500
"""A model is fitted on so many of these at most: everybody who is scored is compared with each."""
AWAY = 4
"""Weeks are left out in so many turns at most, for each takes a model of its own."""
_PROBES = 20
_FAR = 1000
"""Whoever is far beyond all peers stands so many times as far from the middle as the farthest."""
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Power:
    """What a group can find at a budget: scores from ``least``, likely beyond ``quantile``."""

    least: float
    quantile: float


@dataclass(frozen=True)
class PeerGroup:
    """A fitted group: the trader of each row, the raw rows, and what each scored unseen.

    ``probes`` are what the first rows score by the models of the folds, and ``fit`` gives these; a
    group that is restored is fitted when it first scores.
    """

    traders: tuple[str, ...]
    rows: Matrix
    scores: Matrix
    probes: Matrix
    scaling: Scaling
    calibration: Calibration
    places: Mapping[str, int]
    """The place of each trader among those that it is calibrated by."""
    farthest: float
    """What one scores who is far beyond all peers in every feature."""
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

    @property
    def size(self) -> int:
        """Return how many traders it has."""
        return len(self.places)

    def p_value(self, trader: str, score: float) -> float:
        """Return what the probability that a peer scores at least this much is at most.

        What the trader was themselves in the weeks of the fit is no evidence for them.
        """
        return self.calibration.p_value(score, self.places.get(trader))

    def power(self, line: float) -> Power | None:
        """Return what can be found at a p-value, or nothing where even the farthest has more."""
        p_value, high = self.calibration.p_value, self.farthest
        if p_value(high) > line:
            return None
        low = float(self.scores.min())
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if p_value(middle) <= line else (middle, high)
        return Power(high, round(1 - self.calibration.likeliest(high), 6))

    def beyond(self, feature: int, value: float) -> float:
        """Return the share of known rows that lie on the same side of a value as their middle."""
        column = self.rows[:, feature]
        known = column[~np.isnan(column)]
        is_high = value >= self.scaling.centres[feature]
        nearer = known < value if is_high else known > value
        return float(nearer.mean()) if len(known) else 0.0


def fit(
    traders: Sequence[str],
    windows: Places,
    rows: Matrix,
    width: int,
    create: Callable[[], Detector],
) -> PeerGroup:
    """Fit and calibrate a group; rows are raw, in the order of the traders, each of a window.

    What lies beyond ``width`` in a row are the same features in the window before.
    """
    chosen = sorted(sorted(range(len(traders)), key=lambda i: _hash(traders[i]))[:SAMPLE])
    members, sample = tuple(traders[i] for i in chosen), rows[chosen]
    scaling = _scaling(sample, width)
    scaled = scaling.apply(sample)
    models = _models(members, scaled, create)
    scores = _unseen(models, members, windows[chosen] % AWAY, scaled, create)
    probes = _out_of_fold(models, members[:_PROBES], scaled[:_PROBES])
    far = scaling.apply(beyond(sample, width)[np.newaxis])
    farthest = min(float(model.score(far)[0]) for model in models)
    return _group(members, sample, scores, probes, scaling, farthest, lambda: models)


def beyond(rows: Matrix, width: int) -> Matrix:
    """Return the row of one who is far beyond every peer in every feature, and was not before."""
    known = np.nan_to_num(rows, nan=0.0)
    middle = np.median(known, axis=0)
    farthest = np.abs(known - middle).max(axis=0)
    row = middle + _FAR * np.where(farthest > 0, farthest, 1.0)
    row[width:] = middle[width:]
    return np.asarray(row)


def _scaling(rows: Matrix, width: int) -> Scaling:
    """Scale by what is usual now, in the window before as well."""
    now, windows = Scaling.of(rows[:, :width]), rows.shape[1] // width
    return Scaling(now.centres * windows, now.spreads * windows)


def restore(
    traders: Sequence[str],
    rows: Matrix,
    width: int,
    scores: Matrix,
    probes: Matrix,
    farthest: float,
    create: Callable[[], Detector],
) -> PeerGroup:
    """Bring back a group from its stored rows; it is fitted again when it first scores."""
    scaling = _scaling(rows, width)

    def again() -> tuple[Detector, ...]:
        scaled = scaling.apply(rows)
        models = _models(traders, scaled, create)
        _expect_same(_out_of_fold(models, traders[:_PROBES], scaled[:_PROBES]), probes)
        return models

    return _group(tuple(traders), rows, scores, probes, scaling, farthest, again)


def _expect_same(again: Matrix, scores: Matrix) -> None:
    if not np.allclose(again, scores, rtol=1e-7, atol=1e-9):
        raise SurveillanceError(
            f"expected the detector to score as when it was fitted ({scores[:3].tolist()}), was "
            f"{again[:3].tolist()}: a library has changed"
        )


def fold(trader: str) -> int:
    """Return the fold of a trader, the same for ever."""
    return int(_hash(trader)[-8:], 16) % FOLDS


def _folds(traders: Sequence[str]) -> Places:
    return np.array([fold(trader) for trader in traders], dtype=np.int64)


def _hash(trader: str) -> str:
    return hashlib.sha256(trader.encode()).hexdigest()


def _models(
    traders: Sequence[str], scaled: Matrix, create: Callable[[], Detector]
) -> tuple[Detector, ...]:
    folds = _folds(traders)
    return tuple(_fitted(traders, scaled, folds != fold, create) for fold in range(FOLDS))


def _fitted(
    traders: Sequence[str], scaled: Matrix, mask: npt.NDArray[np.bool_],
    create: Callable[[], Detector],
) -> Detector:  # fmt: skip
    """Fit a model to some rows; of many, to those of the traders whose ids hash lowest."""
    rows = np.flatnonzero(mask)
    if len(rows) > REFERENCES:
        rows = np.sort(sorted(rows.tolist(), key=lambda i: _hash(traders[i]))[:REFERENCES])
    model = create()
    model.fit(scaled[rows])
    return model


def _unseen(
    models: Sequence[Detector], traders: Sequence[str], turns: Places, scaled: Matrix,
    create: Callable[[], Detector],
) -> Matrix:  # fmt: skip
    """Score each row by a model that has seen neither its trader nor, if may be, its week."""
    folds, scores = _folds(traders), _out_of_fold(models, traders, scaled)
    for fold, turn in product(range(FOLDS), np.unique(turns).tolist()):
        here, others = (folds == fold) & (turns == turn), (folds != fold) & (turns != turn)
        if here.any() and 3 * others.sum() >= (folds != fold).sum():
            scores[here] = _fitted(traders, scaled, others, create).score(scaled[here])
    return scores


def _out_of_fold(models: Sequence[Detector], traders: Sequence[str], scaled: Matrix) -> Matrix:
    folds = _folds(traders)
    scores = np.zeros(len(traders))
    for index, model in enumerate(models):
        if (folds == index).any():
            scores[folds == index] = model.score(scaled[folds == index])
    return scores


def _group(
    traders: tuple[str, ...],
    rows: Matrix,
    scores: Matrix,
    probes: Matrix,
    scaling: Scaling,
    farthest: float,
    fit: Callable[[], tuple[Detector, ...]],
) -> PeerGroup:
    places = {trader: place for place, trader in enumerate(sorted(set(traders)))}
    owners = np.array([places[trader] for trader in traders])
    calibration = Calibration.of(scores, owners)
    return PeerGroup(traders, rows, scores, probes, scaling, calibration, places, farthest, fit)
