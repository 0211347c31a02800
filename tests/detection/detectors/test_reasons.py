"""What drives a score."""

import numpy as np
import pytest

from surveillance.detection.detectors.reasons import TOP, explain
from surveillance.detection.scaling import Matrix

NAMES = ("a", "b", "c", "d")


def weighted(rows: Matrix) -> Matrix:
    return np.asarray(np.abs(rows) @ np.array([4.0, 2.0, 1.0, 1.0]))


def test_each_feature_has_the_share_that_its_return_to_the_median_takes_away() -> None:
    row = np.array([1.0, -1.0, 1.0, 1.0])
    reasons = explain(weighted, row, row * 10, NAMES, [5.0, 6.0, 7.0, 8.0])
    assert [(r.feature, r.value, r.peer_median, r.share) for r in reasons] == [
        ("a", 10.0, 5.0, 0.5),
        ("b", -10.0, 6.0, 0.25),
        ("c", 10.0, 7.0, 0.125),
    ]
    assert len(reasons) == TOP


def test_a_feature_that_is_not_known_is_never_a_reason() -> None:
    row = np.array([0.0, 1.0, 0.0, 0.0])
    reasons = explain(weighted, row, np.array([np.nan, 1.0, np.nan, np.nan]), NAMES, [0.0] * 4)
    assert [reason.feature for reason in reasons] == ["b"]


def test_where_no_single_feature_lowers_the_score_the_furthest_is_named() -> None:
    row = np.array([0.5, 3.0, 0.0, 1.0])
    reasons = explain(lambda rows: np.ones(len(rows)), row, row, NAMES, [0.0] * 4)
    assert reasons[0].feature == "b"
    assert sum(reason.share for reason in reasons) == pytest.approx(1.0, abs=1e-3)
