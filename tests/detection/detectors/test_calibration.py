"""From scores to probabilities and a list with a stated error rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detection.detectors.calibration import CERTAIN, Calibration, discoveries, grade
from surveillance.model import ALERT_LINE


def judged(scores: np.ndarray[tuple[int], np.dtype[np.float64]], rate: float = 0.1) -> list[int]:
    calibration = Calibration.of(scores)
    p_values = np.array([calibration.p_value(score, score) for score in scores.tolist()])
    accepted, _ = discoveries(p_values, rate)
    return [int(index) for index in np.argsort(p_values)[:accepted]]


def test_below_the_tail_a_p_value_is_a_rank() -> None:
    calibration = Calibration.of(np.arange(100, dtype=np.float64))
    assert calibration.p_value(50.0) == 51 / 101
    assert calibration.p_value(50.0, own=50.0) == 50 / 100


def test_ranks_alone_never_discover_anybody_in_their_own_population() -> None:
    ranks = np.arange(1, 501) / 500
    assert discoveries(ranks, 0.5)[0] == 0


def test_benjamini_hochberg_accepts_up_to_the_last_value_under_its_line() -> None:
    accepted, line = discoveries(np.array([0.9, 0.001, 0.06, 0.03, 0.5]), 0.15)
    assert accepted == 3
    assert line == pytest.approx(0.09)


@pytest.mark.parametrize("kind", ["nearly normal", "gamma", "exponential"])
def test_in_clean_populations_hardly_anybody_is_picked(kind: str) -> None:
    picked = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        shape = {"exponential": 1.0, "gamma": 6.0, "nearly normal": 1e4}[kind]
        picked += bool(judged(chance.gamma(shape, size=1000)))
    assert picked <= 60 * 0.2


def test_planted_scores_are_picked_and_few_others_with_them() -> None:
    false_shares, shares_found = [], []
    for seed in range(30):
        scores = np.random.default_rng(seed).gamma(6, size=1000)
        scores[:6] = 40.0
        picked = judged(scores)
        false_shares.append(sum(index >= 6 for index in picked) / max(1, len(picked)))
        shares_found.append(sum(index < 6 for index in picked) / 6)
    assert np.mean(false_shares) <= 0.1
    assert np.mean(shares_found) >= 0.8


def test_the_strangest_cannot_stretch_the_tail_over_themselves() -> None:
    scores = np.random.default_rng(1).gamma(6, size=1000)
    far, further = scores.copy(), scores.copy()
    far[:10], further[:10] = 40.0, 4000.0
    assert Calibration.of(far).tail == Calibration.of(further).tail


def test_scores_without_a_tail_fall_back_to_ranks() -> None:
    assert Calibration.of(np.ones(500)).tail is None
    assert Calibration.of(np.arange(20, dtype=np.float64)).tail is None


@given(st.floats(1e-12, 1), st.floats(1e-12, 1), st.floats(1e-9, 0.4))
def test_a_grade_falls_as_the_p_value_grows_and_crosses_the_alert_line_at_the_cut(
    p_value: float, other: float, line: float
) -> None:
    low, high = sorted((p_value, other))
    assert 0 <= grade(high, line) <= grade(low, line) <= 100
    assert (grade(p_value, line) >= ALERT_LINE) == (p_value <= line)


def test_what_is_certain_is_a_hundred_and_the_cut_is_the_alert_line() -> None:
    assert grade(CERTAIN, 1e-3) == 100
    assert grade(1e-3, 1e-3) == ALERT_LINE
    assert grade(1.0, 1e-3) == 0
