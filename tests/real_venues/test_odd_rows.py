"""Lines that never became rows, ids of nothing, and rows that only take others back."""

import pytest

from surveillance.model import Outcome
from tests.given.drop import LATER, Drop

LISTED = "ts, address, category, source\n2026-01-01, 0xdead, sanctioned, OFAC"
SENT = """
    ts, transfer_id, trader_id, direction, asset, amount, usd, kind, address
    2026-03-02T09:00Z, w, ann, out, USDC, 50, 50, chain, 0xdead
"""
TRADED = """
    ts, trade_id, instrument, price, quantity
    2026-03-02T09:00Z, t, BTC-EUR, 1, 1
"""


@pytest.mark.parametrize("line", ["half", "half, a line", "{", '"a"'])
def test_a_line_that_was_set_aside_fails_no_rule(shop: Drop, line: str) -> None:
    shop.land(address_labels=LISTED, transfers=f"{SENT}{line}")

    assert len(shop.refused()) == 1
    assert shop.verdict("sanctioned_address").outcome is Outcome.HIT


@pytest.mark.parametrize("blank", ['""', '" "', '"   "'])
def test_an_id_of_blanks_is_none(shop: Drop, blank: str) -> None:
    shop.land(trades=f"{TRADED}2026-03-02T09:00Z, {blank}, BTC-EUR, 2, 2")

    assert shop.refused() == ["trade_id: expected a value, was empty"]
    assert shop.rows("select trade_id from trades") == [("t",)]


def test_a_trader_of_blanks_is_nobody(shop: Drop) -> None:
    told = TRADED.replace("quantity", "quantity, buyer_id").replace("1, 1", '1, 1, "  "')
    shop.land(trades=told)

    assert shop.rows("select buyer_id from trades") == [(None,)]


def test_a_row_that_takes_another_back_needs_no_columns_but_those_of_ids(shop: Drop) -> None:
    shop.land(trades=TRADED)
    shop.land(
        trades="ts, trade_id, instrument, withdrawn\n2026-03-02T09:00Z, t, BTC-EUR, true", at=LATER
    )

    assert shop.refused() == []
    assert shop.rows("select trade_id from trades") == []


def test_a_row_that_takes_nothing_back_needs_them_all(shop: Drop) -> None:
    shop.land(trades="ts, trade_id, instrument, withdrawn\n2026-03-02T09:00Z, t, BTC-EUR, false")

    assert shop.refused() == [
        "price: expected a value, was no column; quantity: expected a value, was no column"
    ]
