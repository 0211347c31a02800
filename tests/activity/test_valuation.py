"""Worth is exact, however many places prices and sizes have."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.valuation import product, quote_of, sized, worth
from tests.given.depth import deep

NUMBERS = st.builds(
    lambda whole, places: Decimal(whole).scaleb(-places),
    st.integers(0, 10**14),
    st.integers(0, 18),
)
CONTRACTS = st.sampled_from([Decimal(text) for text in ("1", "0.01", "100", "0.000001")])


def asked(sql: str, *values: Decimal) -> Decimal | None:
    """Return what SQL makes of numbers named p, q and c."""
    named = ", ".join(
        f"cast('{value}' as decimal(38, 18)) as {name}"
        for name, value in zip("pqc", values, strict=False)
    )
    rows = f"(select *, {sized('q', 'c') if len(values) == 3 else 'q'} as s from (select {named}))"
    with duckdb.connect() as connection:
        answer: Decimal | None = connection.execute(f"select {sql} from {rows}").fetchall()[0][0]
    return answer


def rounded(value: Decimal, places: int) -> Decimal:
    """Round half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@settings(max_examples=deep(60), deadline=None)
@given(NUMBERS, NUMBERS)
def test_a_product_is_rounded_once(left: Decimal, right: Decimal) -> None:
    with localcontext(prec=100):
        expected = rounded(left * right, 6)
    assert asked(product("p", "q"), left, right) == expected


@settings(max_examples=deep(60), deadline=None)
@given(NUMBERS, NUMBERS, CONTRACTS)
def test_worth_is_price_times_size_times_contract(
    price: Decimal, size: Decimal, contract: Decimal
) -> None:
    with localcontext(prec=100):
        expected = rounded(price * rounded(size * contract, 18), 6)
    assert asked(worth("p", "s"), price, size, contract) == expected


def test_a_spread_that_is_sold_below_nothing_counts_by_its_size() -> None:
    assert asked(worth("p", "s"), Decimal(-5), Decimal(10), Decimal(1)) == 50


@pytest.mark.parametrize(
    ("symbol", "currency"),
    [
        ("BTCUSDT", "USDT"),
        ("ZRXETH", "ETH"),
        ("BTC-USDT-SWAP", "USDT"),
        ("XBTUSD", "USD"),
        ("BNBUSD", "USD"),
        ("BNB-BUSD", "BUSD"),
        ("BTC_EUR", "EUR"),
        ("ETH", "USD"),
        ("INST-003", "USD"),
    ],
)
def test_a_symbol_says_in_what_it_is_quoted_or_it_is_in_dollars(symbol: str, currency: str) -> None:
    with duckdb.connect() as connection:
        (answer,) = connection.execute(f"select {quote_of(repr(symbol))}").fetchall()[0]
    assert answer == currency
