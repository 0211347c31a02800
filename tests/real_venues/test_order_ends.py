"""Who took an order away: its trader, or the venue, a prevention, the clock, a lost connection."""

import pytest

from tests.given.drop import Drop

ORDERS = """
    ts, order_id, instrument, trader_id, event, side, price, quantity, depth, reason, ended_by
    2026-03-02T11:00:01Z, big, XRP-USDT, m, new, buy, 0.50, 80000, 90000, ,
    2026-03-02T11:00:02Z, tiny, XRP-USDT, m, new, sell, 0.51, 100, , ,
    2026-03-02T11:00:03Z, tiny, XRP-USDT, m, fill, sell, 0.51, 100, , ,
    2026-03-02T11:00:04Z, big, XRP-USDT, m, {event}, buy, 0.50, 80000, 90000, {reason}, {by}
"""
TRADES = """
    ts, trade_id, instrument, price, quantity, buyer_id, seller_id, sell_order_id
    2026-03-02T11:00:03Z, f, XRP-USDT, 0.51, 100, n, m, tiny
"""


@pytest.mark.parametrize(
    ("event", "reason", "by", "ended"),
    [
        ("cancel", "", "", "cancel"),
        ("cancel", "USER_REQUEST", "", "cancel"),
        ("cancel", "SELF_TRADE_PREVENTION", "trader", "cancel"),
        ("cancel", "Self-Trade prevented (EXPIRE_TAKER)", "", "self_trade_prevention"),
        ("cancel", "code 17", "self_trade_prevention", "self_trade_prevention"),
        ("cancel", "STP", "", "self_trade_prevention"),
        ("cancel", "cancelled on disconnect", "", "disconnect"),
        ("cancel", "heartbeat lost", "", "disconnect"),
        ("cancel", "liquidation of the account", "", "venue"),
        ("cancel", "", "venue", "venue"),
        ("cancel", "GTD reached", "", "expiry"),
        ("expire", "", "", "expire"),
    ],
)
def test_only_what_its_trader_pulled_or_let_expire_is_held_against_the_trader(
    shop: Drop, event: str, reason: str, by: str, ended: str
) -> None:
    shop.land(orders=ORDERS.format(event=event, reason=reason, by=by), trades=TRADES)

    assert shop.refused() == []
    assert shop.rows("select end_reason from order_life where order_id = 'big'") == [(ended,)]
    meant = ended in ("cancel", "expire", "expiry")
    assert shop.subjects("spoofing") == (["m"] if meant else [])


def test_an_order_that_was_reduced_is_still_there(shop: Drop) -> None:
    reduced = ORDERS.replace("reason, ended_by", "remaining").replace(", ,", ",")
    told = reduced.replace(", {reason}, {by}", ", 79000").format(event="cancel")
    shop.land(orders=told, trades=TRADES)

    assert shop.rows("select ended_at from order_life where order_id = 'big'") == [(None,)]
    assert shop.subjects("spoofing") == []


@pytest.mark.parametrize(
    ("event", "reason", "by"),
    [
        ("reject", "", "venue"),
        ("reject", "post only", "venue"),
        ("reject", "STP", "self_trade_prevention"),
    ],
)
def test_an_order_that_was_refused_was_not_taken_away_by_its_trader(
    shop: Drop, event: str, reason: str, by: str
) -> None:
    shop.land(orders=ORDERS.format(event=event, reason=reason, by=""), trades=TRADES)

    assert shop.rows(f"select ended_by from orders where event = '{event}'") == [(by,)]
    assert shop.subjects("spoofing") == []
