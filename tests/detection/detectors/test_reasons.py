"""What drives a score."""

import numpy as np

from surveillance.detection.detectors.reasons import LEAST, Reason, explain
from surveillance.detection.scaling import Matrix

NAMES = ("a", "b", "c", "d")


def why(row: Matrix, raw: Matrix, line: float = 0.5) -> tuple[Reason, ...]:
    """Explain a row that is strange while its weighted sum is above a line."""
    medians = [5.0, 6.0, 7.0, 8.0]
    return explain(weighted, lambda score: score > line, row, raw, NAMES, medians, lambda *_: 0.9)


def weighted(rows: Matrix) -> Matrix:
    return np.asarray(np.abs(rows) @ np.array([4.0, 2.0, 1.0, 1.0]))


def test_each_feature_has_the_share_that_its_return_to_the_median_takes_away() -> None:
    row = np.array([1.0, -1.0, 1.0, 1.0])
    assert [(r.feature, r.value, r.peer_median, r.share) for r in why(row, row * 10)] == [
        ("a", 10.0, 5.0, 0.5),
        ("b", -10.0, 6.0, 0.25),
        ("c", 10.0, 7.0, 0.125),
        ("d", 10.0, 8.0, 0.125),
    ]


def test_as_many_are_named_as_make_it_strange_and_a_few_at_least() -> None:
    row = np.array([1.0, -1.0, 1.0, 1.0])
    assert len(why(row, row, line=4.5)) == LEAST
    assert len(why(row, row, line=1.5)) == LEAST
    assert len(why(row, row, line=0.5)) == 4


def test_a_feature_that_is_not_known_is_never_a_reason() -> None:
    row = np.array([0.0, 1.0, 0.0, 0.0])
    reasons = why(row, np.array([np.nan, 1.0, np.nan, np.nan]))
    assert [reason.feature for reason in reasons] == ["b"]


def test_where_no_single_feature_lowers_the_score_the_furthest_is_named() -> None:
    row = np.array([0.5, 3.0, 0.0, 1.0])
    reasons = explain(
        lambda rows: np.ones(len(rows)), lambda _: True, row, row, NAMES, [0.0] * 4, lambda *_: 0.9
    )
    assert [reason.feature for reason in reasons] == ["b", "d", "a"]
