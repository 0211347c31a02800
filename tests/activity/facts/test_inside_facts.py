"""Facts about swings of prices, about who follows whom, and about whose accounts are one hand's."""

from datetime import timedelta
from typing import Any

from surveillance.activity.facts import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
QUIET: Rows = [
    {"at": "1h", "times": 120, "apart": "60s", "trade_id": "q{n}", "quantity": 1, "price": 100}
]
UP: Rows = [{"at": "181m", "times": 10, "apart": "60s", "trade_id": "u{n}", "price": 110}]
BACK: Rows = [{"at": "191m", "times": 60, "apart": "60s", "trade_id": "b{n}", "price": 101}]


def fact(name: str, **tables: Rows) -> Rows:
    window = Window(START - timedelta(days=9), START + timedelta(days=3))
    with sample_view(tables, window) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f"select * from {name} order by all").to_pylist()
    return rows


def led(times: int, apart: str, after: str, follower: str = "F") -> Rows:
    """A leader's purchases, and a follower's seconds after each."""
    shared = {"times": times, "apart": apart, "seller_id": "M", "taker_side": "buy"}
    return [
        {"at": "1h", "trade_id": "l{n}", "buyer_id": "L", **shared},
        {"at": after, "trade_id": "f{n}", "buyer_id": follower, **shared},
    ]


def test_a_price_that_ran_up_and_came_back_is_a_swing_with_what_it_gave_back() -> None:
    (swing,) = [row for row in fact("price_swings", trades=QUIET + UP + BACK) if
                row["direction"] == "up"]  # fmt: skip
    assert swing["size"] == 0.1 or abs(swing["size"] - 0.1) < 1e-9
    assert abs(swing["retraced"] - 0.9) < 1e-9
    assert swing["ts"] - swing["began_at"] <= timedelta(hours=1)


def test_a_price_that_stays_gives_nothing_back() -> None:
    stays = [{**BACK[0], "price": 110}]
    (swing,) = fact("price_swings", trades=QUIET + UP + stays)
    assert (swing["direction"], swing["retraced"]) == ("up", 0)


def test_options_have_no_swings() -> None:
    terms: Rows = [{"instrument": "X", "kind": "option"}]
    assert fact("price_swings", trades=QUIET + UP + BACK, instruments=terms) == []


def test_a_follower_repeats_a_leader_and_never_the_other_way_round() -> None:
    (row,) = fact("shadowing", trades=led(5, "10m", "3603s"))
    assert (row["leader_id"], row["follower_id"]) == ("L", "F")
    assert (row["moves"], row["repeated"], row["reversed"]) == (5, 5, 0)
    assert row["gap_us"] == 5 * 3_000_000


def test_who_trades_later_than_ten_seconds_follows_nobody() -> None:
    assert fact("shadowing", trades=led(5, "10m", "3611s")) == []


def test_who_trades_all_the_time_meets_a_leader_by_chance() -> None:
    busy = {"at": "55m", "times": 300, "apart": "11s", "trade_id": "z{n}", "buyer_id": "F"}
    trades = [*led(5, "10m", "3611s"), {**busy, "seller_id": "M", "taker_side": "buy"}]
    (row,) = [each for each in fact("shadowing", trades=trades) if each["leader_id"] == "L"]
    assert row["by_chance"] > 0.8 * row["repeated"]


def test_accounts_that_are_tied_are_a_hand_on_every_day_with_a_position() -> None:
    logins: Rows = [{"at": "1h", "times": 2, "trader_id": "A{n}", "device_id": "d"}]
    positions: Rows = [
        {"at": "2h", "trader_id": "A0", "quantity": 1},
        {"at": "26h", "trader_id": "A0", "quantity": 1},
    ]
    hands = fact("hands", logins=logins, positions=positions)
    assert {row["ts"].day for row in hands} == {START.day, START.day + 1}
    assert {(row["tie"], row["trader_id"]) for row in hands} == {("link", "A0"), ("link", "A1")}
    assert any("signed in from device d" in reason for row in hands for reason in row["reasons"])


def test_a_rhythm_is_a_hand_from_the_next_day_on() -> None:
    positions: Rows = [
        {"at": "2h", "trader_id": "L", "quantity": 1},
        {"at": "26h", "trader_id": "L", "quantity": 1},
    ]
    hands = fact("hands", trades=led(8, "60m", "3604s"), positions=positions)
    assert {row["ts"].day for row in hands} == {START.day + 1}
    assert {(row["hand"], row["trader_id"]) for row in hands} == {
        ("rhythm L", "L"), ("rhythm L", "F"),
    }  # fmt: skip


def test_a_device_of_many_is_an_office_and_no_hand() -> None:
    logins: Rows = [{"at": "1h", "times": 9, "trader_id": "A{n}", "device_id": "d"}]
    positions: Rows = [{"at": "26h", "trader_id": "A0", "quantity": 1}]
    assert fact("hands", logins=logins, positions=positions) == []
