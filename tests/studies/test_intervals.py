"""Intervals: the published values, and what an interval must never do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.studies.intervals import clopper_pearson, enough, wilson

COUNTS = st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_values_of_newcombe(found: int, of: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 1998, 17:857, Table I, method 3."""
    assert wilson(found, of) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_clopper_and_pearson_give_the_values_of_newcombe(
    found: int, of: int, low: float, high: float
) -> None:
    """The same table, method 5."""
    assert clopper_pearson(found, of) == pytest.approx((low, high), abs=1e-4)


@given(COUNTS)
def test_an_interval_holds_its_share_and_stays_between_nothing_and_all(
    counted: tuple[int, int],
) -> None:
    found, of = counted
    for interval in (wilson(found, of), clopper_pearson(found, of)):
        assert interval is not None
        assert 0 <= interval[0] <= round(found / of, 4) <= interval[1] <= 1


@given(COUNTS)
def test_the_exact_interval_is_no_narrower_than_the_score_interval_is_by_much(
    counted: tuple[int, int],
) -> None:
    exact, score = clopper_pearson(*counted), wilson(*counted)
    assert exact is not None
    assert score is not None
    assert exact[1] - exact[0] >= score[1] - score[0] - 0.03


def test_nothing_counted_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert clopper_pearson(0, 0) is None


@pytest.mark.parametrize(
    ("population", "sample"), [(0, 0), (1, 1), (10, 10), (100, 50), (1000, 88), (10**6, 97)]
)
def test_a_sample_is_as_large_as_cochran_says(population: int, sample: int) -> None:
    assert enough(population) == sample
