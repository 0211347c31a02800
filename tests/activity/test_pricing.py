"""Options valued by Black's formula: known values, parity, and what a price says of volatility."""

import pytest

from surveillance.activity.pricing import Option, implied, value

YEARS = 0.25


def test_a_value_is_that_of_the_book() -> None:
    # Hull, Options, Futures and Other Derivatives, example 18.2 (without interest): 20 for a
    # future of 20, four months, volatility 25 %: 1.151.
    put = value(Option("put", 20.0, 4 / 12), 20.0, 0.25)
    assert put.worth == pytest.approx(1.1509, abs=1e-3)


@pytest.mark.parametrize("strike", [60.0, 100.0, 170.0])
def test_a_call_less_a_put_is_the_forward_less_the_strike(strike: float) -> None:
    call, put = (value(Option(right, strike, YEARS), 100.0, 0.6) for right in ("call", "put"))
    assert call.worth - put.worth == pytest.approx(100.0 - strike, abs=1e-9)
    assert call.delta - put.delta == pytest.approx(1.0)
    assert (call.gamma, call.vega, call.theta) == pytest.approx((put.gamma, put.vega, put.theta))


def test_sensitivities_are_what_worth_changes_by() -> None:
    option = Option("call", 100.0, YEARS)
    now = value(option, 104.0, 0.5)
    up, down = value(option, 104.52, 0.5), value(option, 103.48, 0.5)
    assert (up.worth - down.worth) / 1.04 == pytest.approx(now.delta, rel=1e-4)
    assert up.delta - down.delta == pytest.approx(now.gamma, rel=1e-3)
    assert value(option, 104.0, 0.51).worth - now.worth == pytest.approx(now.vega, rel=1e-2)
    later = value(Option("call", 100.0, YEARS - 1 / 365), 104.0, 0.5)
    assert later.worth - now.worth == pytest.approx(now.theta, rel=1e-2)


@pytest.mark.parametrize("right", ["call", "put"])
@pytest.mark.parametrize("strike", [80.0, 100.0, 130.0])
def test_the_volatility_of_a_worth_gives_that_worth(right: str, strike: float) -> None:
    option = Option(right, strike, YEARS)
    worth = value(option, 100.0, 0.7).worth
    assert implied(option, 100.0, worth) == pytest.approx(0.7, rel=1e-6)


@pytest.mark.parametrize("worth", [0.0, 19.9, 20.0, 100.0, 101.0])
def test_a_price_outside_of_what_it_can_be_worth_says_no_volatility(worth: float) -> None:
    assert implied(Option("call", 80.0, YEARS), 100.0, worth) is None


def test_what_has_expired_is_worth_its_payoff() -> None:
    over = value(Option("put", 100.0, 0.0), 90.0, 0.5)
    assert (over.worth, over.delta, over.vega) == (10.0, -1.0, 0.0)
    assert implied(Option("put", 100.0, 0.0), 90.0, 12.0) is None
