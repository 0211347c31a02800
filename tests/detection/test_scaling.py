"""Robust scaling, and numbers cut so that a file says what was computed with."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detection.scaling import Scaling, cut, rows_of


@given(st.floats(-1e200, 1e200).filter(lambda value: value == 0 or abs(value) > 1e-200))
def test_a_number_is_cut_to_twelve_significant_digits(value: float) -> None:
    short = float(cut(np.array([value]))[0])
    assert abs(short - value) <= abs(value) * 1e-11
    assert float(cut(np.array([short]))[0]) == short


def test_a_wild_trader_moves_neither_the_middle_nor_the_spread() -> None:
    calm = np.arange(101, dtype=np.float64)[:, np.newaxis]
    wild = calm.copy()
    wild[100] = 1e12
    assert Scaling.of(wild) == Scaling.of(calm)


def test_what_is_not_known_is_in_the_middle_and_a_constant_has_no_spread() -> None:
    rows = np.array([[1.0, 7.0], [np.nan, 7.0], [3.0, 7.0]])
    scaled = Scaling.of(rows).apply(rows)
    assert scaled[1].tolist() == [0.0, 0.0]
    assert (scaled[:, 1] == 0).all()


def test_a_feature_that_is_mostly_zero_is_measured_by_its_outer_values() -> None:
    rows = np.zeros((100, 1))
    rows[:15] = 5.0
    assert Scaling.of(rows).spreads == (5.0,)


def test_nothing_known_of_a_column_scales_to_nothing() -> None:
    rows = np.full((3, 1), np.nan)
    assert Scaling.of(rows).apply(rows).tolist() == [[0.0], [0.0], [0.0]]


def test_null_and_infinity_are_not_known() -> None:
    table = pa.table({"trader_id": ["a", "b", "c"], "x": [1.0, None, float("inf")]})
    traders, rows = rows_of(table, ["x"])
    assert traders == ["a", "b", "c"]
    assert np.isnan(rows[:, 0]).tolist() == [False, True, True]
