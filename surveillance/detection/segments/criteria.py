"""The first division: of which part everybody is, by criteria that everybody understands.

A criterion on a feature that is not known does not hold unless it says so. Bounds that are told in
medians are fixed when a model is made: the medians are of those whom no division before took.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from surveillance.detection.scaling import Matrix, cut
from surveillance.detection.segments.settings import Condition, SegmentSettings

Mask = npt.NDArray[np.bool_]
Columns = Mapping[str, Matrix]
"""Feature to its values, NaN where it is not known; all of one length."""
Criteria = Sequence[Mapping[str, Condition]]
Frozen = Mapping[str, Criteria]
"""Criteria by division in order, no bound in medians any more."""

_COMPARE = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}


def freeze(settings: SegmentSettings, columns: Columns, size: int) -> Frozen:
    """Return the criteria with every bound told in medians fixed."""
    left, frozen = np.ones(size, dtype=bool), {}
    for name, division in settings.divisions.items():
        frozen[name] = [
            {feature: _fixed(bound, columns[feature][left]) for feature, bound in each.items()}
            for each in division.criteria
        ]
        left &= ~holds(frozen[name], columns, size)
    return frozen


def _fixed(bound: Condition, column: Matrix) -> Condition:
    if not bound.relative:
        return bound
    known = column[~np.isnan(column)]
    middle = float(np.median(known)) if len(known) else np.inf
    value = float(cut(np.array([bound.value * middle]))[0]) if np.isfinite(middle) else 1e300
    return replace(bound, value=value, relative=False)


def divided(frozen: Frozen, columns: Columns, size: int) -> npt.NDArray[np.int64]:
    """Return for each row the place of the first division whose criteria hold."""
    masks = [holds(criteria, columns, size) for criteria in frozen.values()]
    masks[-1] = np.ones(size, dtype=bool)
    return np.asarray(np.argmax(np.stack(masks), axis=0), dtype=np.int64)


def holds(criteria: Criteria, columns: Columns, size: int, slack: float = 0.0) -> Mask:
    """Return where one set of criteria holds; bounds are eased by the share ``slack``.

    A slack below 0 tightens them. Without criteria everybody is let in.
    """
    if not criteria:
        return np.ones(size, dtype=bool)
    sets = [
        np.all([_met(bound, columns[name], slack) for name, bound in each.items()], axis=0)
        for each in criteria
    ]
    return np.asarray(np.any(sets, axis=0))


def _met(bound: Condition, column: Matrix, slack: float) -> Mask:
    eased = bound.value * (1 - slack if bound.sign.startswith(">") else 1 + slack)
    with np.errstate(invalid="ignore"):
        met = _COMPARE[bound.sign](column, eased)
    return np.asarray(met | np.isnan(column) if bound.unknown else met)
