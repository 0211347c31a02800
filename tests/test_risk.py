"""One formula of risk: what a part is worth, how parts combine, and what officers teach it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.model import Risk, Severity
from surveillance.risk import (
    PRIORS,
    Decisions,
    Kind,
    Part,
    Tier,
    combined,
    families,
    independent,
    of_grade,
    of_score,
    precision,
    tier,
)

CHANCES = st.lists(st.floats(0, 0.99), min_size=1, max_size=8)


def part(probability: float, family: Risk = Risk.KYC_AML) -> Part:
    return Part(Kind.HIT, family, "fan_in", probability, 1, "fan_in: it was")


@given(CHANCES)
def test_many_parts_are_more_than_the_strongest_and_less_than_certain(chances: list[float]) -> None:
    assert max(chances) - 1e-12 <= combined(chances) <= independent(chances) + 1e-12
    assert combined(chances) < 1


def test_a_hundred_hits_of_one_rule_are_no_certainty() -> None:
    assert combined([0.2] * 100) == pytest.approx(0.3496, abs=1e-4)


@given(st.floats(40, 100), st.floats(40, 100), st.floats(0.05, 0.9))
def test_a_higher_score_is_never_less_likely(one: float, other: float, precise: float) -> None:
    low, high = sorted((one, other))
    assert of_score(low, precise) <= of_score(high, precise) <= 0.99


def test_a_near_miss_counts_for_less_than_a_hit_and_a_middling_grade_for_next_to_nothing() -> None:
    assert of_score(40, 0.4) == 0
    assert of_score(49.99, 0.4) < 0.2 < of_score(50, 0.4) == pytest.approx(0.3)
    assert of_grade(10, 0.4) == pytest.approx(0.004)
    assert of_grade(50, 0.4) == of_score(50, 0.4)


def test_families_are_apart_and_without_parts_nothing() -> None:
    of = families([part(0.4), part(0.2, Risk.MANIPULATION)])
    expected = {Risk.MANIPULATION: 0.2, Risk.FRONT_RUNNING: 0.0, Risk.KYC_AML: 0.4}
    assert of == pytest.approx(expected)


def test_a_rule_without_decisions_has_the_precision_of_its_severity() -> None:
    assert {each: precision(each, Decisions()) for each in Severity} == pytest.approx(PRIORS)


@pytest.mark.parametrize("truth", [0.05, 0.5, 0.9])
def test_decisions_of_officers_replace_the_prior(truth: float) -> None:
    """Simulated officers find a share of alerts productive; three hundred say nearly the truth."""
    productive = int(np.random.default_rng(5).binomial(300, truth))
    assert precision(Severity.MEDIUM, Decisions(300, productive)) == pytest.approx(truth, abs=0.06)


def test_what_is_said_of_a_rule_comes_true_as_often_as_it_is_said() -> None:
    """Of fifty rules with 40 decisions each, what is expected is what later decisions bring."""
    chance = np.random.default_rng(7)
    truths = chance.beta(1, 3, size=50)
    seen, later = chance.binomial(40, truths), chance.binomial(400, truths) / 400
    said = [precision(Severity.MEDIUM, Decisions(40, int(each))) for each in seen]
    prior = np.full(50, PRIORS[Severity.MEDIUM])
    assert abs(np.mean(said) - later.mean()) < 0.03
    assert np.mean((said - later) ** 2) < np.mean((prior - later) ** 2) / 4


@pytest.mark.parametrize(
    ("score", "critical", "rating", "expected"),
    [
        (3.0, False, "", Tier.STANDARD),
        (3.0, False, "high", Tier.HEIGHTENED),
        (20.0, False, "low", Tier.HEIGHTENED),
        (50.0, False, "", Tier.ENHANCED),
        (3.0, True, "", Tier.ENHANCED),
    ],
)
def test_the_tier_follows_from_score_critical_hits_and_rating(
    score: float, critical: bool, rating: str, expected: Tier
) -> None:
    watched, reasons = tier(score, [part(score / 100)], critical, rating)
    assert watched is expected
    assert reasons
    assert 3 <= watched.review_months <= 36
