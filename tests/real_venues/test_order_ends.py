"""Who took an order away: its trader, or the venue, a prevention, the clock, a lost connection."""

from textwrap import dedent

from tests.given.drop import Drop

HEAD = "ts, order_id, instrument, trader_id, event, side, price, quantity, depth, reason, ended_by"
ORDERS = """
    2026-03-02T11:00:01Z, big{n}, X{n}-USDT, m{n}, new, buy, 0.50, 80000, 90000, ,
    2026-03-02T11:00:02Z, tiny{n}, X{n}-USDT, m{n}, new, sell, 0.51, 100, , ,
    2026-03-02T11:00:03Z, tiny{n}, X{n}-USDT, m{n}, fill, sell, 0.51, 100, , ,
    2026-03-02T11:00:04Z, big{n}, X{n}-USDT, m{n}, {event}, buy, 0.50, 80000, 90000, {reason}, {by}
"""
TRADE = "2026-03-02T11:00:03Z, f{n}, X{n}-USDT, 0.51, 100, n, m{n}, tiny{n}"
TRADES = "ts, trade_id, instrument, price, quantity, buyer_id, seller_id, sell_order_id"
ENDS = (
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
)
"""What a venue says of an order's end: event, reason and by whom; and what it is taken for."""
REFUSALS = (
    ("reject", "", "", "venue"),
    ("reject", "post only", "", "venue"),
    ("reject", "STP", "", "self_trade_prevention"),
)


def land(shop: Drop, *ends: tuple[str, ...]) -> None:
    """Land a bait of each trader m0, m1 and so on, each in a market of their own, and its end."""
    orders, trades = HEAD, TRADES
    for n, (event, reason, by, *_) in enumerate(ends):
        orders += ORDERS.format(n=n, event=event, reason=reason, by=by).rstrip()
        trades += f"\n{TRADE.format(n=n)}"
    shop.land(orders=dedent(orders), trades=trades)


def test_only_what_its_trader_pulled_or_let_expire_is_held_against_the_trader(shop: Drop) -> None:
    land(shop, *ENDS)

    assert shop.refused() == []
    ended = dict(shop.rows("select order_id, end_reason from order_life where order_id ^@ 'big'"))
    assert ended == {f"big{n}": end for n, (*_, end) in enumerate(ENDS)}
    meant = {f"m{n}" for n, (*_, end) in enumerate(ENDS) if end in ("cancel", "expire", "expiry")}
    assert set(shop.subjects("spoofing")) == meant


def test_an_order_that_was_reduced_is_still_there(shop: Drop) -> None:
    head = HEAD.replace("reason, ended_by", "remaining")
    lines = ORDERS.format(n=0, event="cancel", reason="", by="79000").replace(", ,", ",")
    shop.land(orders=dedent(head + lines), trades=f"{TRADES}\n{TRADE.format(n=0)}")

    assert shop.rows("select ended_at from order_life where order_id = 'big0'") == [(None,)]
    assert shop.subjects("spoofing") == []


def test_an_order_that_was_refused_was_not_taken_away_by_its_trader(shop: Drop) -> None:
    land(shop, *REFUSALS)

    ended = dict(shop.rows("select order_id, ended_by from orders where event = 'reject'"))
    assert ended == {f"big{n}": by for n, (*_, by) in enumerate(REFUSALS)}
    assert shop.subjects("spoofing") == []
