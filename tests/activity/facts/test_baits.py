"""Size shown against a trade of the same hand, and what became of it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from surveillance.activity.facts import reach_of
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
CROWD: Rows = [
    {"at": "-50m", "times": 60, "apart": "50s", "order_id": "c{n}", "trader_id": "C", "quantity": 4}
]
WALL = {"order_id": "wall", "trader_id": "A", "side": "sell", "price": 101, "quantity": 40}
SMALL = {"order_id": "small", "trader_id": "A", "side": "buy", "price": 100, "quantity": 2}
SHOWN: Rows = [{"at": "1s", **WALL}, {"at": "2s", **SMALL}]
GONE = {"at": "8s", **WALL, "event": "cancel"}
BOUGHT: Rows = [
    {"at": "5s", "trade_id": "t", "buyer_id": "A", "seller_id": "B", "buy_order_id": "small",
     "quantity": 2, "price": 100}
]  # fmt: skip


def baits(**tables: Rows) -> Rows:
    return baits_of(START - timedelta(days=2), tables)


def baits_of(start: datetime, tables: dict[str, Rows]) -> Rows:
    with sample_view(tables, Window(start, START + timedelta(days=2))) as view:
        prepare(view.connection, ["baits"])
        rows: Rows = view.arrow("select * from baits order by ts, owner_id").to_pylist()
    return rows


def bait(*more: dict[str, Any], trades: Rows = BOUGHT, **tables: Rows) -> dict[str, Any]:
    (row,) = baits(orders=[*CROWD, *SHOWN, *more], trades=trades, **tables)
    return row


def test_size_that_goes_three_seconds_after_a_small_trade_of_its_owner_is_a_bait() -> None:
    row = bait(GONE)
    assert (row["owner_id"], row["others"], row["side"]) == ("A", None, "sell")
    assert (row["shown"], row["opposed"], row["filled"]) == (40, 2, 2)
    assert (row["withdrawn"], row["traded"], row["returned"]) == (1, 0, 0)
    assert (row["delay"], row["gap"], row["levels"], row["occasion"]) == (3, 3, 1, 1)
    assert row["usual_times"] == pytest.approx(10)
    assert (row["order_ids"], row["trade_ids"]) == (["small", "wall"], ["t"])
    assert row["settled_at"] - row["ts"] == timedelta(seconds=100)


def test_size_that_stays_is_none() -> None:
    assert baits(orders=[*CROWD, *SHOWN], trades=BOUGHT) == []


def test_what_goes_in_parts_is_weighed_by_time() -> None:
    parts = (
        {**GONE, "at": f"{6 + n}s", "quantity": 10, "remaining": 30 - 10 * n} for n in range(4)
    )
    row = bait(*parts)
    assert (row["withdrawn"], row["delay"], row["gap"]) == (1, 2.5, 1)


def test_replacing_it_with_a_small_order_takes_it_away() -> None:
    row = bait({**GONE, "event": "replace", "quantity": 2})
    assert (row["withdrawn"], row["delay"]) == (0.95, 3)


def test_moving_it_far_off_takes_it_away_and_a_tick_does_not() -> None:
    assert bait({**GONE, "event": "replace", "price": 110})["withdrawn"] == 1
    near = {**GONE, "event": "replace", "price": 100.9}
    assert baits(orders=[*CROWD, *SHOWN, near], trades=BOUGHT) == []


def test_what_an_earlier_one_was_moved_to_neither_shows_nor_hides_the_next() -> None:
    moved = {**GONE, "event": "replace", "price": 130}
    earlier = {"order_id": "earlier"}
    row = bait({**WALL, **earlier, "at": "-400s"}, {**moved, **earlier, "at": "-300s"}, moved)
    assert (row["shown"], row["withdrawn"], row["delay"]) == (40, 1, 3)


def test_what_is_cancelled_where_it_was_moved_was_gone_before() -> None:
    row = bait({**GONE, "event": "replace", "price": 130}, {**GONE, "at": "55s"})
    assert (row["withdrawn"], row["delay"]) == (1, 3)


def test_moving_it_with_the_market_takes_nothing_away() -> None:
    up = {"at": "6s", "trade_id": "u", "buyer_id": "K", "seller_id": "L", "quantity": 1}
    moved = {**GONE, "event": "replace", "price": 104.5}
    assert bait(moved)["withdrawn"] == 1
    rows = baits(orders=[*CROWD, *SHOWN, moved], trades=[*BOUGHT, {**up, "price": 103.5}])
    assert rows == []


def test_news_that_was_known_before_it_was_shown_is_none() -> None:
    def is_news(at: str) -> Any:
        return bait(GONE, events=[{"at": at, "event_id": "e", "kind": "listing"}])["is_news"]

    assert [is_news(at) for at in ("0s", "6s", "9s", "45s")] == [False, True, True, False]


def test_trades_of_others_say_what_is_usual_where_nobody_else_has_ordered() -> None:
    def times(count: int) -> Any:
        crowd = {"at": "-30m", "times": count, "apart": "9s", "trade_id": "c{n}",
                 "buyer_id": "C", "seller_id": "D", "quantity": 5}  # fmt: skip
        (row,) = baits(orders=[*SHOWN, GONE], trades=[crowd, *BOUGHT])
        return row["usual_times"]

    own = {"at": "-20m", "times": 9, "apart": "9s", "trade_id": "o{n}", "buyer_id": "A",
           "seller_id": "D", "quantity": 1}  # fmt: skip
    (alone,) = baits(orders=[*SHOWN, GONE], trades=[own, *BOUGHT])
    assert (times(5), times(4), alone["usual_times"]) == (pytest.approx(8), None, None)


def test_as_much_at_about_the_same_price_within_ten_seconds_was_never_away() -> None:
    again = {**WALL, "order_id": "again", "quantity": 38, "price": 100.8}
    assert baits(orders=[*CROWD, *SHOWN, GONE, {"at": "16s", **again}], trades=BOUGHT) == []
    row = bait(GONE, {"at": "25s", **again})
    assert (row["withdrawn"], row["returned"]) == (1, 0.95)


def test_what_is_moved_and_trades_a_moment_later_was_meant() -> None:
    again = {**WALL, "order_id": "again", "quantity": 38, "price": 100.8}
    met = {"at": "40s", "trade_id": "u", "buyer_id": "D", "seller_id": "A",
           "sell_order_id": "again", "quantity": 38, "price": 100.8}  # fmt: skip
    trades = [*BOUGHT, met]
    assert baits(orders=[*CROWD, *SHOWN, GONE, {"at": "9s", **again}], trades=trades) == []
    late = bait(GONE, {"at": "25s", **again}, trades=trades)
    assert (late["withdrawn"], late["returned"]) == (1, 0.95)


def test_what_the_venue_takes_away_is_no_withdrawal() -> None:
    assert baits(orders=[*CROWD, *SHOWN, {**GONE, "ended_by": "disconnect"}], trades=BOUGHT) == []


def test_letting_it_expire_is_one() -> None:
    assert bait({**GONE, "event": "expire"})["withdrawn"] == 1


def test_an_iceberg_that_is_meant_counts_by_what_it_shows_and_by_what_fills() -> None:
    hidden: Rows = [
        {"at": "1s", **WALL},
        {"at": "2s", **SMALL, "quantity": 30, "displayed": 1},
        GONE,
    ]
    (row,) = baits(orders=[*CROWD, *hidden], trades=[{**BOUGHT[0], "quantity": 6}])
    assert (row["shown"], row["opposed"], row["filled"]) == (40, 1, 6)


def test_what_of_it_trades_is_told_by_messages_or_by_trades_alone() -> None:
    sold = {"at": "4s", "trade_id": "s", "buyer_id": "K", "seller_id": "A", "quantity": 10}
    told = {"at": "4s", **WALL, "event": "fill", "quantity": 10, "remaining": 30, "trade_id": "s"}
    by_trades = bait(GONE, trades=[*BOUGHT, {**sold, "sell_order_id": "wall"}])
    by_both = bait(told, GONE, trades=[*BOUGHT, {**sold, "sell_order_id": "wall"}])
    assert by_trades["traded"] == by_both["traded"] == 0.25


def test_layers_are_counted_by_price() -> None:
    layers: Rows = [
        {"at": "1s", "times": 3, "order_id": "l{n}", "trader_id": "A", "side": "sell",
         "price": "10{n}", "quantity": 10},
        {"at": "7s", "times": 3, "order_id": "l{n}", "trader_id": "A", "side": "sell",
         "event": "cancel", "quantity": 10},
    ]  # fmt: skip
    (row,) = baits(orders=[*CROWD, {"at": "2s", **SMALL}, *layers], trades=BOUGHT)
    assert (row["shown"], row["levels"], row["orders"]) == (30, 3, 3)


def test_accounts_of_one_device_are_one_hand_and_each_owner_has_a_row() -> None:
    shown = [{"at": "1s", **WALL}, {"at": "2s", **SMALL, "trader_id": "A2"}, GONE]
    logins = [{"at": "-3h", "trader_id": each, "device_id": "phone"} for each in ("A", "A2")]
    rows = baits(orders=[*CROWD, *shown], trades=[{**BOUGHT[0], "buyer_id": "A2"}], logins=logins)
    assert [(row["owner_id"], row["others"]) for row in rows] == [("A", "A2"), ("A2", "A")]


def test_sizes_of_products_of_one_coin_are_compared_in_coin() -> None:
    instruments: Rows = [
        {"at": "-9d", "instrument": "A-SPOT", "underlying": "A", "kind": "spot", "quote": "USD"},
        {"at": "-9d", "instrument": "A-PERP", "underlying": "A", "kind": "perpetual",
         "quote": "USD", "settlement": "linear", "contract_value": 0.1, "value_currency": "A"},
    ]  # fmt: skip
    wall = {**WALL, "instrument": "A-PERP", "quantity": 400}
    orders: Rows = [
        {"at": "1s", **wall},
        {"at": "2s", **SMALL, "instrument": "A-SPOT"},
        {"at": "8s", **wall, "event": "cancel"},
    ]
    trades: Rows = [{**BOUGHT[0], "instrument": "A-SPOT"}]
    (row,) = baits(orders=orders, trades=trades, instruments=instruments)
    assert (row["instrument"], row["shown_in"]) == ("A-SPOT", "A-PERP")
    assert (row["shown"], row["opposed"]) == (Decimal(40), Decimal(2))


def test_earlier_occasions_of_twelve_hours_count() -> None:
    def often(row: dict[str, Any]) -> dict[str, Any]:
        names = ("order_id", "trade_id", "buy_order_id")
        numbered = {name: row[name] + "{n}" for name in names if name in row}
        return {**row, **numbered, "times": 3, "apart": "7h"}

    orders = [often(row) for row in (*SHOWN, GONE)]
    rows = baits(orders=[*CROWD, *orders], trades=[often(BOUGHT[0])])
    assert [row["occasion"] for row in rows] == [1, 2, 2]


def test_where_nobody_else_orders_nothing_is_usual() -> None:
    (row,) = baits(orders=[*SHOWN, GONE], trades=BOUGHT)
    assert (row["usual_times"], row["book_share"]) == (None, None)


def test_news_of_the_minutes_before_is_known() -> None:
    news = {"at": "7s", "event_id": "e", "kind": "news", "instrument": "X"}
    assert bait(GONE, events=[news])["is_news"]
    assert not bait(GONE, events=[{**news, "instrument": "Y"}])["is_news"]
    assert not bait(GONE, events=[{**news, "at": "60s"}])["is_news"]


def test_a_row_never_depends_on_where_the_view_begins() -> None:
    orders = [*CROWD, {**SHOWN[0], "at": "-14m"}, {**SHOWN[1], "at": "-11h"}, GONE]
    tables = {"orders": orders, "trades": BOUGHT}
    (long,) = baits_of(START - timedelta(days=9), tables)
    (short,) = baits_of(START - reach_of(["baits"]), tables)
    assert long == short
