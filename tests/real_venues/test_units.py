"""Sizes and worth: of meme coins and of satoshis, of contracts that settle in the coin."""

from decimal import Decimal

import pytest

from tests.given.drop import Drop

SHARED = """
    ts, trader_id, owner_id
    2026-01-01, desk-1, Desk
    2026-01-01, desk-2, Desk
    2026-01-01, other, Other
"""
LISTED = """
    ts, address, category, source
    2026-01-01, 0xdead, sanctioned, OFAC
"""
MET_TWICE = """
    ts, trade_id, instrument, price, quantity, buyer_id, seller_id
    2026-03-02T09:00Z, 1, {instrument}, {price}, {quantity}, desk-1, {other}
    2026-03-02T09:01Z, 2, {instrument}, {price}, {quantity}, {other}, desk-1
"""
ONE_CONTRACT = """
    ts, trade_id, instrument, price, quantity, buyer_id, seller_id
    2026-03-02T09:00Z, c, {instrument}, {price}, {quantity}, {buyer}, {seller}
"""


@pytest.mark.parametrize(
    ("price", "quantity"),
    [
        ("0.000000000001", "12345678901234567890"),
        ("7.25", "0.000001234567890123"),
        ("812345.678901234567890123", "60000"),
    ],
    ids=["a meme coin", "dust", "both large"],
)
def test_a_trade_of_any_size_lands_as_it_was_told_and_is_judged(
    shop: Drop, price: str, quantity: str
) -> None:
    told = MET_TWICE.format(instrument="DOGWIF", price=price, quantity=quantity, other="desk-2")
    counts = shop.land(accounts=SHARED, trades=told)

    assert counts["trades"].quarantined == 0
    rows = shop.rows("select distinct price, quantity from trades")
    assert rows == [(Decimal(price), Decimal(quantity))]
    assert shop.subjects("self_matched_trades") == ["Desk"]


def test_the_same_size_between_strangers_is_nobodys_fault(shop: Drop) -> None:
    told = MET_TWICE.format(
        instrument="DOGWIF", price="0.000000000001", quantity="12345678901234567890", other="other"
    )
    shop.land(accounts=SHARED, trades=told)

    assert shop.subjects("self_matched_trades") == []


@pytest.mark.parametrize("amount", ["98765432109876543210", "0.000000000000000003"])
def test_a_withdrawal_of_any_size_is_screened(shop: Drop, amount: str) -> None:
    moved = f"""
        ts, transfer_id, trader_id, direction, asset, amount, usd, kind, address
        2026-03-02T09:00Z, w, desk-1, out, SHIB, {amount}, 777, chain, 0xDEAD
        2026-03-02T09:05Z, v, other, out, SHIB, {amount}, 777, chain, 0xbeef
    """
    shop.land(transfers=moved, address_labels=LISTED)

    assert shop.rows("select distinct amount from transfers") == [(Decimal(amount),)]
    assert shop.refused() == []
    assert shop.subjects("sanctioned_address") == ["desk-1"]


def worth(shop: Drop, terms: dict[str, str], price: str, quantity: str) -> list[Decimal]:
    """Return what a trade between two accounts of one owner is worth to both, in USD."""
    columns = ", ".join(["ts", "instrument", *terms])
    values = ", ".join(["2026-01-01", "DERIV", *terms.values()])
    told = ONE_CONTRACT.format(
        instrument="DERIV", price=price, quantity=quantity, buyer="desk-1", seller="desk-2"
    )
    shop.land(accounts=SHARED, instruments=f"{columns}\n{values}", trades=told)
    return [value for (value,) in shop.rows("select distinct notional from fills")]


@pytest.mark.parametrize("price", ["1800", "95000.5"])
def test_an_inverse_contract_is_worth_its_size_whatever_the_price(shop: Drop, price: str) -> None:
    inverse = {"kind": "future", "underlying": "ETH", "quote": "USD", "multiplier": "-10"}

    assert worth(shop, inverse, price, "7") == [Decimal(70)]


def test_a_linear_contract_of_the_same_numbers_is_worth_price_times_size(shop: Drop) -> None:
    linear = {
        "kind": "future", "underlying": "ETH", "quote": "USD", "settlement": "linear",
        "multiplier": "10",
    }  # fmt: skip

    assert worth(shop, linear, "1800", "7") == [Decimal(126_000)]


def test_a_contract_that_nobody_says_how_it_settles_is_worth_nothing_known(shop: Drop) -> None:
    unknown = {"kind": "perpetual", "underlying": "ETH", "quote": "USD", "multiplier": "10"}

    assert worth(shop, unknown, "1800", "7") == [None]


def test_a_quanto_is_worth_price_times_size_in_its_own_currency(shop: Drop) -> None:
    quanto = {
        "kind": "perpetual", "underlying": "ETH", "quote": "USD", "settlement": "quanto",
        "settlement_currency": "BTC", "contract_value": "0.000001", "value_currency": "BTC",
    }  # fmt: skip
    coin = "ts, instrument, kind, underlying, quote\n2026-01-01, BTCUSD, spot, BTC, USD"
    index = {"marks": "select ts, instrument, 'index' as kind, '' as constituent, value from marks"}
    marks = "ts, instrument, value\n2026-03-02T08:59Z, BTCUSD, 50000"
    shop.land(index, marks=marks, instruments=coin)

    # 3000 x 40 contracts of 0.000001 BTC a point are 0.12 BTC.
    assert worth(shop, quanto, "3000", "40") == [Decimal(6_000)]
