"""From scores to probabilities that are not too small, and what can be found by them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detection.detectors.calibration import CERTAIN, FARTHER, Calibration, grade
from surveillance.detection.scaling import Matrix
from surveillance.model import ALERT_LINE

WEEKS = 3


def calibrated(scores: Matrix) -> Calibration:
    """Calibrate by the scores of traders, one row a trader and one column a week."""
    return Calibration.of(scores.ravel(), np.repeat(np.arange(len(scores)), scores.shape[1]))


def of_one_week(scores: Matrix) -> Calibration:
    return calibrated(scores[:, np.newaxis])


def test_what_is_seen_of_a_few_is_bounded_by_clopper_and_pearson() -> None:
    calibration = of_one_week(np.arange(50, dtype=np.float64))
    assert calibration.p_value(25.0) == pytest.approx(0.624, abs=0.001)
    assert calibration.p_value(60.0) == pytest.approx(1 - 0.05 ** (1 / 50))
    assert calibration.p_value(0.0) == 1


def test_who_is_odd_every_week_is_one_odd_peer() -> None:
    scores = np.zeros((50, WEEKS))
    scores[7] = 9.0
    once = np.zeros((50, 1))
    once[7] = 9.0
    assert calibrated(scores).p_value(9.0) == pytest.approx(calibrated(once).p_value(9.0))


def test_nobody_is_evidence_that_they_themselves_are_ordinary() -> None:
    scores = np.random.default_rng(1).gamma(6, size=(300, WEEKS))
    usual = calibrated(scores)
    scores[7] = 500.0
    assert calibrated(scores).p_value(500.0, owner=7) == pytest.approx(
        usual.p_value(500.0, owner=7), rel=0.5
    )


@pytest.mark.parametrize("persistence", [0.0, 0.7, 0.95])
@pytest.mark.parametrize("kind", ["normal", "log-normal", "power law"])
def test_p_values_of_the_ordinary_are_not_too_small(kind: str, persistence: float) -> None:
    shares: dict[float, list[float]] = {0.05: [], 0.01: [], 0.001: []}
    for seed in range(12):
        chance = np.random.default_rng(seed)
        always = chance.normal(size=(250, 1)) * persistence
        drawn = always + chance.normal(size=(250, WEEKS + 1)) * (1 - persistence**2) ** 0.5
        scores = {
            "normal": drawn, "log-normal": np.exp(drawn), "power law": np.exp(drawn**2 / 4),
        }[kind]  # fmt: skip
        calibration = calibrated(scores[:, :WEEKS])
        found = [calibration.p_value(value, own) for own, value in enumerate(scores[:, -1])]
        for line, share in shares.items():
            share.append(float(np.mean(np.array(found) <= line)))
    assert np.mean(shares[0.05]) <= 0.05
    assert np.mean(shares[0.01]) <= 0.01
    assert np.mean(shares[0.001]) <= 0.001


def test_beyond_the_strangest_the_tail_goes_on_and_reaches_a_budget() -> None:
    scores = np.random.default_rng(2).gamma(6, size=(400, WEEKS))
    calibration = calibrated(scores)
    p_values = [calibration.p_value(value) for value in np.linspace(0, 200, 400).tolist()]
    assert p_values == sorted(p_values, reverse=True)
    assert p_values[-1] < 1e-3 < calibration.p_value(float(scores.max()))


def test_a_tail_says_no_more_than_a_tenth_of_what_ranks_do() -> None:
    scores = np.random.default_rng(2).gamma(6, size=100)
    assert of_one_week(scores).p_value(1e6) == pytest.approx((1 - 0.05 ** (1 / 100)) / FARTHER)


def test_a_cluster_of_its_own_far_out_is_as_likely_as_it_is_large() -> None:
    scores = np.random.default_rng(1).gamma(6, size=1000)
    scores[:20] += 4000.0
    assert of_one_week(scores).p_value(float(scores[:20].min()), owner=0) > 0.02


def test_scores_without_a_tail_fall_back_to_ranks() -> None:
    assert of_one_week(np.ones(500)).tail is None
    assert of_one_week(np.arange(20, dtype=np.float64)).tail is None


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
