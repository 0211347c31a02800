"""What a move changes: nothing if there is none, and calls and puts alike but for the forward."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.activity.pricing import Option, value
from surveillance.stress.moves import (
    GRID,
    NO_MOVE,
    Move,
    Position,
    Priced,
    changed,
    lost_beyond,
)
from tests.given.stresses import position

CENTS = st.decimals("-1000000", "1000000", places=2)
STRIKES = st.floats(10, 200)
VOLS = st.floats(0.05, 3)
YEARS = st.floats(0.005, 2)
MOVES = st.builds(Move, st.decimals("-0.6", "0.6", places=3), st.decimals("-0.5", "1", places=3))


def option(right: str, strike: float, years: float, vol: float, size: Decimal) -> Position:
    priced = Priced(Option(right, strike, years), 100.0, vol)
    return position(size, "7.5", priced=priced)


@given(CENTS, STRIKES, YEARS, VOLS, st.sampled_from(["call", "put"]))
def test_without_a_move_everything_is_worth_its_mark_exactly(
    worth: Decimal, strike: float, years: float, vol: float, right: str
) -> None:
    held = [position(worth=worth), option(right, strike, years, vol, Decimal("3.7"))]
    assert changed(held, NO_MOVE) == 0
    assert [each.worth_after(NO_MOVE) for each in held] == [worth, Decimal("7.5")]
    assert lost_beyond(held, NO_MOVE) == 0


@given(STRIKES, YEARS, VOLS, MOVES)
def test_a_call_less_a_put_moves_as_the_forward_does(
    strike: float, years: float, vol: float, move: Move
) -> None:
    size = Decimal("2.5")
    call, put = (option(right, strike, years, vol, size) for right in ("call", "put"))
    forward = position(size, size * 100)
    parity = call.change(move) - put.change(move)
    assert parity == pytest.approx(forward.change(move), abs=Decimal("0.00001"))


@given(CENTS, MOVES)
def test_a_future_moves_with_its_price_and_not_with_volatility(worth: Decimal, move: Move) -> None:
    assert position(worth=worth).change(move) == worth * move.price


@given(STRIKES, YEARS, VOLS, MOVES)
def test_a_long_option_loses_no_more_than_the_model_says_it_is_worth(
    strike: float, years: float, vol: float, move: Move
) -> None:
    held = option("call", strike, years, vol, Decimal(1))
    now = value(Option("call", strike, years), 100.0, vol).worth
    assert float(held.change(move)) >= -now - 1e-6
    assert held.fund_loss(move) == 0


def test_the_fund_pays_what_each_position_loses_beyond_its_own_margin() -> None:
    fall = Move(Decimal("-0.2"), Decimal(0))
    long = position("1", "1000", margin=Decimal(50))
    short = position("-1", "-1000", margin=Decimal(500))
    unknown = position("1", "1000")
    assert [each.fund_loss(fall) for each in (long, short, unknown)] == [150, 0, 0]
    assert changed([long, short], fall) == 0
    assert lost_beyond([long, short], fall) == 150


def test_the_grid_has_no_move_in_its_middle_and_goes_both_ways() -> None:
    assert NO_MOVE in GRID
    assert {move.price for move in GRID} == {-move.price for move in GRID}
