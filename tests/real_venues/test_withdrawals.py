"""What a venue takes back: judged no more from then on, and seen by whoever looks at before."""

import pytest

from surveillance.times import parse_time
from tests.given.drop import LATER, PULLED, Drop

SHARED = """
    ts, trader_id, owner_id
    2026-01-01, east, Fund
    2026-01-01, west, Fund
"""
HEAD = "ts, trade_id, instrument, price, quantity, buyer_id, seller_id\n"
CROSS = "2026-03-02T14:00Z, x-1, ETH-USDT, 2500, 3, east, west\n"
PLAIN = "2026-03-02T14:01Z, x-2, ETH-USDT, 2500, 0.1, east, someone\n"
AFTER = parse_time("2026-03-05")


@pytest.fixture
def crossed(shop: Drop) -> Drop:
    """A day on which one owner met himself, and another trade."""
    shop.land(accounts=SHARED, trades=HEAD + CROSS + PLAIN)
    return shop


def withdraw(shop: Drop, trade: str = "x-1") -> None:
    """Take a trade back, by its ids alone."""
    head = HEAD.replace("seller_id", "seller_id, withdrawn")
    shop.land(trades=f"{head}2026-03-02T14:00Z, {trade}, ETH-USDT, , , , , true", at=LATER)


def test_a_busted_trade_is_judged_no_more_and_is_seen_before(crossed: Drop) -> None:
    withdraw(crossed)

    assert crossed.refused() == []
    assert crossed.subjects("self_matched_trades", AFTER) == []
    assert crossed.rows("select trade_id from trades", AFTER) == [("x-2",)]
    assert crossed.subjects("self_matched_trades", PULLED) == ["Fund"]


def test_a_bust_in_the_very_file_of_the_trade_takes_it_back(shop: Drop) -> None:
    head = HEAD.replace("seller_id", "seller_id, withdrawn")
    lines = f"{CROSS.rstrip()}, \n{PLAIN.rstrip()}, \n{CROSS.rstrip()}, true\n"
    counts = shop.land(accounts=SHARED, trades=head + lines)

    assert counts["trades"].quarantined == 0
    assert shop.rows("select trade_id from trades") == [("x-2",)]
    assert shop.subjects("self_matched_trades") == []


def test_a_bust_of_another_trade_changes_nothing_for_this_one(crossed: Drop) -> None:
    another = PLAIN.replace("14:01Z, x-2", "14:02Z, x-3")
    crossed.land(trades=HEAD + another, at=LATER)
    withdraw(crossed, trade="x-2")

    assert crossed.subjects("self_matched_trades", AFTER) == ["Fund"]


def test_an_export_that_is_told_again_does_not_bring_a_busted_trade_back(crossed: Drop) -> None:
    withdraw(crossed)
    crossed.land(accounts=SHARED, trades=HEAD + CROSS + PLAIN, at=AFTER)

    assert crossed.rows("select trade_id from trades", AFTER) == [("x-2",)]


def test_a_bust_that_is_taken_back_itself_puts_the_trade_in_force_again(crossed: Drop) -> None:
    withdraw(crossed)
    head = HEAD.replace("seller_id", "seller_id, withdrawn")
    crossed.land(accounts=SHARED, trades=f"{head}{CROSS.rstrip()}, false\n", at=AFTER)

    assert crossed.subjects("self_matched_trades", AFTER) == ["Fund"]
    assert crossed.subjects("self_matched_trades", LATER) == []


@pytest.mark.parametrize("quantity", ["0.2", "0.05"])
def test_a_corrected_size_is_what_is_judged_from_then_on(crossed: Drop, quantity: str) -> None:
    mended = CROSS.replace(", 3,", f", {quantity},")
    crossed.land(trades=HEAD + mended + PLAIN, at=LATER)

    [(size,)] = crossed.rows("select quantity from trades where trade_id = 'x-1'", AFTER)
    assert str(size).rstrip("0") == quantity
    assert crossed.subjects("self_matched_trades", AFTER) == []
    assert crossed.subjects("self_matched_trades", PULLED) == ["Fund"]


def test_a_correction_to_other_people_is_refused_by_name(crossed: Drop) -> None:
    crossed.land(trades=HEAD + CROSS.replace("west", "stranger"), at=LATER)

    assert crossed.refused() == ["seller_id: expected a revision to keep west, was stranger"]
    assert crossed.subjects("self_matched_trades", AFTER) == ["Fund"]


def test_a_row_of_a_bust_in_the_feed_of_trades_is_one_select_away(shop: Drop) -> None:
    feed = """
        ts, what, id, of, pair, px, qty, b, s
        2026-03-02T14:00Z, trade, x-1, , ETH-USDT, 2500, 3, east, west
        2026-03-02T14:01Z, trade, x-2, , ETH-USDT, 2500, 0.1, east, someone
        2026-03-02T14:20Z, cancel, x-3, x-1, ETH-USDT, 2500, -3, east, west
    """
    select = """
        select ts, _line as seq, coalesce(of, id) as trade_id, pair as instrument, px as price,
          case when what = 'trade' then qty end as quantity, b as buyer_id, s as seller_id,
          what = 'cancel' as withdrawn
        from trades
    """
    shop.land({"trades": select}, accounts=SHARED, trades=feed)

    assert shop.refused() == []
    assert shop.rows("select trade_id from trades") == [("x-2",)]


def test_an_order_that_a_venue_takes_back_was_never_there(shop: Drop) -> None:
    head = "ts, seq, order_id, instrument, trader_id, event, side, price, quantity"
    entry = "2026-03-02T14:00Z, 1, o, ETH-USDT, east, new, buy, 9, 1"
    shop.land(orders=f"{head}\n{entry}")
    assert shop.rows("select order_id from order_life") == [("o",)]

    shop.land(orders=f"{head}, withdrawn\n{entry}, true", at=LATER)
    assert shop.rows("select order_id from order_life", AFTER) == []


def test_a_transfer_that_is_taken_back_is_screened_no_more(shop: Drop) -> None:
    listed = "ts, address, category, source\n2026-01-01, 0xdead, sanctioned, OFAC"
    head = "ts, transfer_id, trader_id, direction, asset, amount, usd, kind, address"
    sent = "2026-03-02T14:00Z, w, east, out, USDT, 5000, 5000, chain, 0xdead"
    shop.land(address_labels=listed, transfers=f"{head}\n{sent}")
    assert shop.subjects("sanctioned_address") == ["east"]

    shop.land(transfers=f"{head}, withdrawn\n{sent}, true", at=LATER)
    assert shop.subjects("sanctioned_address", AFTER) == []
