"""Whose id it is: of an instrument, of a venue, of a trader or of a day, and of no second one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.given.drop import Drop

SHARED = """
    ts, trader_id, owner_id
    2026-01-01, p, P
    2026-01-01, q, P
"""
NUMBERED_BY_PAIR = """
    ts, trade_id, instrument, price, quantity, buyer_id, seller_id
    2026-03-02T07:00:00Z, 1, SOL-USDT, 150, 3, p, q
    2026-03-02T07:00:10Z, 2, SOL-USDT, 150, 3, q, p
    2026-03-02T07:02:00Z, 1, {other}, 0.5, 8, x, y
    2026-03-02T07:02:10Z, 2, {other}, 0.5, 8, y, z
"""
BAIT = """
    ts, order_id, instrument, trader_id, event, side, price, quantity, depth
    2026-03-02T07:00:01Z, {bait}, DOT-USDT, liar, new, sell, 5.1, 900, 1000
    2026-03-02T07:00:02Z, {real}, DOT-USDT, liar, new, buy, 5.0, 2,
    2026-03-02T07:00:03Z, {real}, DOT-USDT, liar, fill, buy, 5.0, 2,
    2026-03-02T07:00:05Z, {bait}, DOT-USDT, liar, cancel, sell, 5.1, 900,
    2026-03-02T07:00:01Z, {bait}, {other}, plain, new, sell, 0.7, 4,
    2026-03-02T07:00:02Z, {real}, {other}, plain, new, buy, 0.6, 2,
    2026-03-02T07:00:03Z, {real}, {other}, plain, fill, buy, 0.6, 2,
    2026-03-02T07:04:00Z, {bait}, {other}, plain, fill, sell, 0.7, 4,
"""
FILLS = """
    ts, trade_id, instrument, price, quantity, buyer_id, seller_id, buy_order_id, sell_order_id
    2026-03-02T07:00:03Z, a, DOT-USDT, 5.0, 2, liar, n, {real}, n-1
    2026-03-02T07:00:03Z, b, {other}, 0.6, 2, plain, n, {real}, n-2
    2026-03-02T07:04:00Z, c, {other}, 0.7, 4, n, plain, n-3, {bait}
"""


@pytest.mark.parametrize("other", ["ADA-USDT", "sol-usdt"])
def test_trades_of_two_pairs_with_the_same_numbers_are_four_trades(shop: Drop, other: str) -> None:
    counts = shop.land(accounts=SHARED, trades=NUMBERED_BY_PAIR.format(other=other))

    assert (counts["trades"].landed, counts["trades"].revised) == (4, 0)
    assert shop.rows("select count(*) from trades") == [(4,)]
    hits = shop.verdict("self_matched_trades").hits
    assert [(hit.subject, hit.instrument) for hit in hits] == [("P", "SOL-USDT")]


def test_trades_numbered_by_the_venue_clash_by_name_where_it_says_that_they_are(
    shop: Drop,
) -> None:
    strict = replace(shop, says="identity: {trades: venue}")
    counts = strict.land(trades=NUMBERED_BY_PAIR.format(other="ADA-USDT"))

    assert (counts["trades"].landed, counts["trades"].quarantined) == (2, 2)
    assert set(strict.refused()) == {
        "instrument: expected a revision to keep SOL-USDT, was ADA-USDT"
    }


def test_trades_numbered_from_one_each_day_stay_apart(shop: Drop) -> None:
    told = """
        ts, trade_id, instrument, price, quantity, buyer_id, seller_id
        2026-03-01T23:59:59Z, 1, SOL-USDT, 150, 3, p, q
        2026-03-02T00:00:01Z, 1, SOL-USDT, 151, 4, x, y
    """
    daily = replace(shop, says="identity: {trades: day}")
    counts = daily.land(trades=told)

    assert (counts["trades"].landed, counts["trades"].revised) == (2, 0)
    assert daily.rows("select price from trades") == [(151,)]


@pytest.mark.parametrize(("bait", "real"), [("1", "2"), ("7000000000000000001", "x")])
def test_an_order_is_its_own_markets_and_nobody_answers_for_another(
    shop: Drop, bait: str, real: str
) -> None:
    names = {"bait": bait, "real": real, "other": "XLM-USDT"}
    shop.land(orders=BAIT.format(**names), trades=FILLS.format(**names))

    lives = shop.rows(
        "select instrument, trader_id, side, quantity, end_reason from order_life "
        f"where order_id = '{bait}' order by 1"
    )
    assert lives == [
        ("DOT-USDT", "liar", "sell", 900, "cancel"),
        ("XLM-USDT", "plain", "sell", 4, "fill"),
    ]
    assert shop.subjects("spoofing") == ["liar"]


def test_orders_that_traders_number_themselves_are_apart_where_the_venue_says_so(
    shop: Drop,
) -> None:
    told = BAIT.format(bait="1", real="2", other="DOT-USDT")
    filled = FILLS.format(bait="1", real="2", other="DOT-USDT")
    own = replace(shop, says="identity: {orders: trader}")
    counts = own.land(orders=told, trades=filled)

    assert counts["orders"].quarantined == 0
    assert own.subjects("spoofing") == ["liar"]


def test_the_same_orders_are_refused_by_name_where_it_does_not(shop: Drop) -> None:
    counts = shop.land(orders=BAIT.format(bait="1", real="2", other="DOT-USDT"))

    assert counts["orders"].quarantined == 4
    assert all(reason.startswith(("trader_id: expected that of its order, ", "order_id: expected"))
               for reason in shop.refused())  # fmt: skip
    assert shop.rows("select distinct trader_id from orders") == [("liar",)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-03-02T08:00Z, 5, DOT-USDT, a, new, buy, 6, 2",
         "order_id: expected one entry of an order, the one of 2026-03-02 07:00:00, "
         "was 2026-03-02 08:00:00"),
        ("2026-03-02T08:00Z, 5, DOT-USDT, b, cancel, buy, 6, 2",
         "trader_id: expected that of its order, a, was b"),
        ("2026-03-02T08:00Z, 5, DOT-USDT, a, fill, sell, 6, 2",
         "side: expected that of its order, buy, was sell"),
    ],
    ids=["a second entry", "another trader", "another side"],
)  # fmt: skip
def test_a_message_that_makes_another_order_of_it_is_refused_in_a_later_file_too(
    shop: Drop, line: str, reason: str
) -> None:
    head = "ts, order_id, instrument, trader_id, event, side, price, quantity\n"
    shop.land(orders=f"{head}2026-03-02T07:00Z, 5, DOT-USDT, a, new, buy, 6, 2")
    shop.land(orders=f"{head}{line}\n2026-03-02T09:00Z, 5, DOT-USDT, a, cancel, buy, 6, 2")

    assert shop.refused() == [reason]
    [life] = shop.rows("select trader_id, side, quantity, end_reason from order_life")
    assert life == ("a", "buy", 2, "cancel")


STATEMENT = """
    select ts, 0 as seq, ts || market || price || size || who || occurrence(ts, market, price,
      size, who) as trade_id, market as instrument, price, size as quantity, who as buyer_id
    from trades
"""
EQUAL = "2026-03-02 06:00:00, LTC-BTC, 0.001, 5, hodler\n"
OTHER = "2026-03-02 06:01:00, LTC-BTC, 0.002, 5, hodler\n"
HEAD = "ts, market, price, size, who\n"


@pytest.mark.parametrize("again", [EQUAL * 5 + OTHER, OTHER + EQUAL * 5, EQUAL * 2 + OTHER])
def test_equal_real_rows_of_statements_stay_apart_and_overlapping_exports_stay_one(
    shop: Drop, again: str
) -> None:
    selects = {"trades": STATEMENT}
    for text in (HEAD + EQUAL * 5 + OTHER, HEAD + again):
        shop.land(selects, trades=text)

    assert shop.rows("select price, count(*) from trades group by 1 order by 2") == [
        (Decimal("0.002"), 1),
        (Decimal("0.001"), 5),
    ]
