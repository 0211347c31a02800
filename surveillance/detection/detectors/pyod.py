"""PyOD's models behind the contract: those that score each row alone and fit the same again.

ECOD and COPOD put the batch that is scored into the distribution they score against: the same
trader alone and among a thousand differed by up to a quarter, so they are refused; ``tails`` is
the same idea against frozen peers. Models on torch, xgboost or worker processes are not listed.
"""

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from surveillance.detection.scaling import Matrix, cut
from surveillance.detection.threads import one_thread
from surveillance.errors import SurveillanceError
from surveillance.model import Scalar

MODELS = {
    "gmm": "GMM",
    "hbos": "HBOS",
    "iforest": "IForest",
    "inne": "INNE",
    "kde": "KDE",
    "knn": "KNN",
    "loda": "LODA",
    "lof": "LOF",
    "mcd": "MCD",
    "ocsvm": "OCSVM",
    "pca": "PCA",
    "sampling": "Sampling",
}
"""Module in ``pyod.models`` to class; each passes the contract suite."""

REFUSED = {
    "ecod": "scores a row by the batch it stands in; use tails",
    "copod": "scores a row by the batch it stands in; use tails",
    "suod": "starts worker processes",
}
_OURS = {"random_state", "n_jobs", "verbose", "contamination"}
_DIGITS = 10
_SEARCH = "brute"
"""In fifteen features a tree looks at nearly everybody, three times as slowly; distances are the
same. As a setting of its own PyOD will soon not take it any more."""


def create(name: str, settings: Mapping[str, Scalar], seed: int) -> "PyodDetector":
    """Return the model in ``pyod.models.<name>`` with its settings, and the seed if it takes one.

    Raises:
        SurveillanceError: the model has no such setting, or the setting is ours to make.
    """
    model = getattr(import_module(f"pyod.models.{name}"), MODELS[name])
    known = inspect.signature(model).parameters
    open_to_rules = sorted(set(known) - _OURS)
    if strange := sorted(set(settings) - set(open_to_rules)):
        offered = ", ".join(open_to_rules)
        raise SurveillanceError(f"expected settings of {name} from {offered}; was {strange}")
    chance = {"random_state": seed} if "random_state" in known else {}
    detector = model(**settings, **chance)
    if name == "knn" and "algorithm" not in settings:
        detector.neigh_.set_params(algorithm=_SEARCH)
    return PyodDetector(detector)


class PyodDetector:
    """One model of PyOD, on one thread."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def fit(self, rows: Matrix) -> None:
        """Fit the model; what PyOD refuses is a fault of the settings."""
        try:
            with one_thread():
                self._model.fit(rows)
        except (ValueError, IndexError) as wrong:
            raise SurveillanceError(
                f"expected settings that fit {len(rows)} rows, was {wrong}"
            ) from wrong

    def score(self, rows: Matrix) -> Matrix:
        """Return the model's score of each row to ten digits."""
        with one_thread():
            scores = np.asarray(self._model.decision_function(rows), dtype=np.float64)
        return cut(scores, _DIGITS)
