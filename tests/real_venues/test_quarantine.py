"""Rows that nobody judged are named by every verdict that would have read them."""

import pytest

from surveillance.model import Outcome, Unjudged
from tests.given.drop import LATER, PULLED, Drop

LISTED = "ts, address, category, source\n2026-01-01, 0xdead, sanctioned, OFAC"
HEAD = "ts, transfer_id, trader_id, direction, asset, amount, usd, kind, address\n"
PLAIN = "0x" + "be" * 20
GOOD = f"2026-03-02T09:00Z, w-{{n}}, honest, out, USDC, 40, 40, chain, {PLAIN}\n"


@pytest.mark.parametrize(
    "bad",
    [
        "2026-03-02T09:10Z, w-0, rogue, out, USDC, lots, 9000, chain, 0xdead\n",
        "2026-03-02T09:10Z, w-0, , out, USDC, 9000, 9000, chain, 0xdead\n",
        "2026-03-02T09:10Z, w-0, rogue, sideways, USDC, 9000, 9000, chain, 0xdead\n",
    ],
    ids=["an amount", "a trader", "a direction"],
)
def test_a_verdict_says_how_much_of_its_window_stands_in_quarantine(shop: Drop, bad: str) -> None:
    shop.land(address_labels=LISTED, transfers=HEAD + bad + GOOD.format(n=1) + GOOD.format(n=2))
    verdict = shop.verdict("sanctioned_address")

    assert verdict.outcome is Outcome.INSUFFICIENT_DATA, "a critical rule passes nothing unseen"
    assert verdict.reason == "1 of 3 transfers of the window not judged, they are in quarantine"
    assert verdict.not_judged == (Unjudged("transfers", "they are in quarantine", 1, 3),)


def test_what_nobody_knows_the_worth_of_is_counted_by_a_rule_of_money(
    shop: Drop,
) -> None:
    odd = f"2026-03-02T09:10Z, w-0, rogue, out, SHELLS, 9000, , chain, {PLAIN}\n"
    shop.land(address_labels=LISTED, transfers=HEAD + odd + GOOD.format(n=1))

    unknown = Unjudged("transfers", "nobody knows what they are worth", 1, 2)
    assert shop.verdict("structuring").not_judged == (unknown,)
    assert shop.verdict("structuring").outcome is Outcome.NO_HIT


def test_a_cancel_of_an_order_that_nobody_entered_is_counted(shop: Drop) -> None:
    head = "ts, instrument, order_id, trader_id, event, side, type, price, quantity\n"
    entered = "2026-03-02T09:00Z, BTC-PERP, o-1, T-1, new, buy, limit, 100, 1\n"
    ended = "2026-03-02T09:0{n}Z, BTC-PERP, o-{n}, T-1, cancel, buy, limit, 100, 1\n"
    shop.land(orders=head + entered + ended.format(n=1) + ended.format(n=2))

    lost = Unjudged("orders", "the entry of their order was not seen", 1, 3)
    assert shop.verdict("quote_stuffing").not_judged == (lost,)


def test_nothing_is_said_where_all_was_judged_or_what_is_refused_is_of_another_day(
    shop: Drop,
) -> None:
    old = "2026-02-20T09:00Z, w-0, rogue, out, USDC, lots, 9, chain, 0xdead\n"
    shop.land(address_labels=LISTED, transfers=HEAD + old + GOOD.format(n=1))

    assert len(shop.refused()) == 1
    assert shop.verdict("sanctioned_address").reason == ""


def test_a_row_whose_time_is_unreadable_may_be_of_any_window_and_is_named(shop: Drop) -> None:
    odd = "soon, w-0, rogue, out, USDC, 9000, 9000, chain, 0xdead\n"
    shop.land(address_labels=LISTED, transfers=HEAD + odd + GOOD.format(n=1))

    assert "1 of 2 transfers" in shop.verdict("sanctioned_address").reason


def test_a_row_that_is_mended_is_judged_and_named_no_more(shop: Drop) -> None:
    bad = "2026-03-02T09:10Z, w-0, rogue, out, USDC, {amount}, 9000, chain, 0xdead\n"
    shop.land(address_labels=LISTED, transfers=HEAD + bad.format(amount="9k") + GOOD.format(n=1))
    shop.land(
        at=LATER, address_labels=LISTED, transfers=HEAD + bad.format(amount=9000) + GOOD.format(n=1)
    )

    assert (shop.refused(), shop.verdict("sanctioned_address").reason) == ([], "")
    assert shop.subjects("sanctioned_address") == ["rogue"]
    assert "1 of 2 transfers" in shop.verdict("sanctioned_address", PULLED).reason


def test_a_bad_value_that_a_row_can_do_without_costs_no_judgement(shop: Drop) -> None:
    odd = "2026-03-02T09:10Z, w-0, rogue, out, USDC, 9000, 9000, pigeon, 0xdead\n"
    shop.land(address_labels=LISTED, transfers=HEAD + odd + GOOD.format(n=1))

    assert shop.refused() == []
    assert len(shop.remarked()) == 1
    assert shop.subjects("sanctioned_address") == ["rogue"]
