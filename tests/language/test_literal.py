"""Values become literals that mean exactly the value."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.language import emit, expression, literal
from surveillance.model import Scalar
from tests.given.depth import deep
from tests.given.relations import TRADES, asked


@settings(max_examples=deep(100), deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_any_text_comes_back_from_the_engine_as_it_was(text: str) -> None:
    assert asked(f"select {emit(literal(text))}") == [(text,)]


@settings(max_examples=deep(60), deadline=None)
@given(st.decimals(-(10**9), 10**9, places=8) | st.integers(-(10**17), 10**17))
def test_any_number_comes_back_exactly(number: Decimal | int) -> None:
    shown = asked(f"select ({emit(literal(number))})::varchar")[0][0]
    assert Decimal(shown) == number


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (-3, "-3"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        ("a'b", "'a''b'"),
    ],
)
def test_a_value_is_written_plainly(value: Scalar, written: str) -> None:
    assert emit(literal(value)) == written


def test_a_parameter_is_a_value_and_never_text_of_the_query() -> None:
    shown = expression("$x", TRADES, parameters={"x": "1; drop table trades --"})
    assert shown.sql() == "'1; drop table trades --'"


def test_a_negative_parameter_keeps_its_sign_in_a_difference() -> None:
    assert asked(f"select {expression('1 -$x', TRADES, parameters={'x': -2}).sql()}") == [(3,)]
