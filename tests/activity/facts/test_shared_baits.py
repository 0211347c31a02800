"""Walls, and whose trades they served."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
EVERY = {"times": 3, "apart": "10m"}
WALL = {**EVERY, "at": "1s", "order_id": "wall{n}", "trader_id": "A", "side": "sell",
        "quantity": 50, "price": 101, "depth": 100}  # fmt: skip
GONE = {**WALL, "at": "7s", "event": "cancel"}
REAL = {**EVERY, "at": "2s", "order_id": "real{n}", "trader_id": "B", "side": "buy",
        "quantity": 2, "price": 100}  # fmt: skip
BOUGHT = {**EVERY, "at": "5s", "trade_id": "t{n}", "buyer_id": "B", "seller_id": "C{n}",
          "buy_order_id": "real{n}", "quantity": 2}  # fmt: skip
CROWD = {"times": 30, "apart": "1m"}
OTHERS = {**CROWD, "at": "15s", "order_id": "d{n}", "trader_id": "D{n}", "quantity": 2}
TRADES = [BOUGHT, {**CROWD, "at": "20s", "trade_id": "s{n}", "buyer_id": "D{n}",
                   "seller_id": "E{n}", "buy_order_id": "d{n}", "quantity": 2}]  # fmt: skip


def fact(name: str, *orders: dict[str, Any], trades: Rows = TRADES, **tables: Rows) -> Rows:
    rows = {"orders": [REAL, OTHERS, *orders], "trades": trades, **tables}
    window = Window(START - timedelta(hours=1), START + timedelta(hours=6))
    with sample_view(rows, window) as view:
        prepare(view.connection, [name])
        made: Rows = view.arrow(f"select * from {name} order by ts, owner_id").to_pylist()
    return made


def test_a_large_order_that_goes_is_a_wall_until_the_end_of_its_minute() -> None:
    first, second, third = fact("walls", WALL, GONE)
    assert (first["order_id"], first["book_share"], first["one_sided"]) == ("wall0", 0.5, 1)
    assert (first["traded"], first["is_own"]) == (0, False)
    assert first["settled_at"] - first["ended_at"] == timedelta(seconds=53)
    assert (second["order_id"], third["order_id"]) == ("wall1", "wall2")


def test_a_wall_may_stand_for_minutes_or_expire_and_must_be_taken_away() -> None:
    assert len(fact("walls", {**WALL, "at": "-5m"}, {**GONE, "event": "expire"})) == 3
    assert fact("walls", WALL) == []
    assert fact("walls", {**WALL, "at": "-20m", "times": 1}, {**GONE, "times": 1}) == []
    assert fact("walls", WALL, {**GONE, "ended_by": "venue"}) == []


def test_a_wall_replaced_by_little_or_moved_far_is_gone_and_one_that_comes_back_is_not() -> None:
    little = {**GONE, "event": "replace", "remaining": 5}
    away = {**GONE, "event": "replace", "price": 104}
    for lowered in (little, away):
        assert [row["ended_at"].second for row in fact("walls", WALL, lowered)] == [7, 7, 7]
    assert fact("walls", WALL, {**little, "remaining": 30}, {**away, "price": 102}) == []
    again = {**WALL, "at": "12s", "order_id": "again{n}"}
    assert [row["is_back"] for row in fact("walls", WALL, GONE, again)] == [True] * 3
    assert not any(row["is_back"] for row in fact("walls", WALL, GONE, {**again, "at": "18s"}))


def test_what_of_a_wall_traded_is_known_from_trades_too() -> None:
    sold = {**EVERY, "at": "6s", "trade_id": "w{n}", "buyer_id": "F", "seller_id": "A",
            "sell_order_id": "wall{n}", "quantity": 4}  # fmt: skip
    assert [row["traded"] for row in fact("walls", WALL, GONE, trades=[sold])] == [0.08] * 3
    assert fact("walls", WALL, GONE, trades=[{**sold, "quantity": 9}]) == []


@pytest.mark.parametrize(("gone", "within"), [("7s", 5), ("33s", 30), ("100s", 120)])
def test_walls_that_go_later_are_counted_apart(gone: str, within: int) -> None:
    rows = fact("shared_baits", WALL, {**GONE, "at": gone})
    assert {row["within"] for row in rows} == {within}
    assert max(row["met"] for row in rows) == 3


def test_who_shows_as_much_on_the_other_side_has_none() -> None:
    assert fact("walls", WALL, GONE, {**WALL, "order_id": "bid{n}", "side": "buy"}) == []


def test_a_wall_of_a_hand_that_trades_meanwhile_is_its_own() -> None:
    logins = [{"at": f"{n}m", "trader_id": who, "device_id": "d"} for n, who in enumerate("AB", 1)]
    assert {row["is_own"] for row in fact("walls", WALL, GONE, logins=logins)} == {True}


def test_two_who_meet_are_told_from_the_second_time_on_with_what_chance_would_give() -> None:
    rows = fact("shared_baits", WALL, GONE)
    named = [(row["owner_id"], row["part"], row["partners"], row["met"]) for row in rows]
    assert named == [
        ("A", "showed", "B", 2), ("B", "traded", "A", 2),
        ("A", "showed", "B", 3), ("B", "traded", "A", 3),
    ]  # fmt: skip
    last = rows[-1]
    assert (last["ratio"], last["served"], last["main"]) == (25, 1, 1)
    assert last["beyond"] == pytest.approx((3 + 20) / 3)
    assert last["lift"] == pytest.approx(17280)
    assert last["order_ids"] == ["real0", "real1", "real2", "wall0", "wall1", "wall2"]
    assert last["trade_ids"] == ["t0", "t1", "t2"]


def test_more_trades_of_its_own_make_a_meeting_likelier() -> None:
    more = {**OTHERS, "trader_id": "B", "order_id": "more{n}"}
    also = {**TRADES[1], "buyer_id": "B", "trade_id": "more{n}", "buy_order_id": "more{n}"}
    last = fact("shared_baits", WALL, GONE, more, trades=[BOUGHT, also])[-1]
    assert last["lift"] == pytest.approx(17280 / (2 * 20.5))
    assert last["beyond"] == 1


def test_walls_that_serve_their_own_hand_are_left_out() -> None:
    own = {**BOUGHT, "at": "6s", "trade_id": "o{n}", "buyer_id": "A", "buy_order_id": None}
    assert fact("shared_baits", WALL, GONE, trades=[*TRADES, own]) == []


@pytest.mark.parametrize(("quantity", "quoted"), [(2, 1), (1, 0)])
def test_who_rests_as_much_on_the_other_side_is_told(quantity: int, quoted: float) -> None:
    other = {**REAL, "at": "3s", "order_id": "upper{n}", "side": "sell", "quantity": quantity}
    last = fact("shared_baits", WALL, GONE, {**other, "price": 102})[-1]
    assert last["quoted"] == quoted
