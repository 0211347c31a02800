"""Facts about swings of prices, who follows or sandwiches whom, and accounts of one hand."""

from datetime import timedelta
from typing import Any

from surveillance.activity.preparing import prepare
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
    row, wider = fact("shadowing", trades=led(5, "10m", "3603s"))
    assert (row["within"], wider["within"], wider["repeated"]) == (10, 60, 5)
    assert (row["leader_id"], row["follower_id"]) == ("L", "F")
    assert (row["moves"], row["repeated"], row["reversed"]) == (5, 5, 0)
    assert row["gap_us"] == 5 * 3_000_000


def test_who_trades_later_than_a_minute_follows_nobody() -> None:
    assert [row["within"] for row in fact("shadowing", trades=led(5, "10m", "3611s"))] == [60]
    assert fact("shadowing", trades=led(5, "10m", "3661s")) == []


def test_a_follower_in_another_product_of_the_underlying_follows() -> None:
    trades: Rows = [{**row, "instrument": row["buyer_id"]} for row in led(5, "10m", "3603s")]
    terms: Rows = [{"instrument": name, "kind": "spot", "underlying": "U"} for name in "LF"]
    assert {row["repeated"] for row in fact("shadowing", trades=trades, instruments=terms)} == {5}
    assert fact("shadowing", trades=trades) == []


def test_who_trades_all_the_time_meets_a_leader_by_chance() -> None:
    busy = {"at": "55m", "times": 300, "apart": "11s", "trade_id": "z{n}", "buyer_id": "F"}
    trades = [*led(5, "10m", "3611s"), {**busy, "seller_id": "M", "taker_side": "buy"}]
    rows = fact("shadowing", trades=trades)
    (row,) = [each for each in rows if each["leader_id"] == "L" and each["within"] == 10]
    assert row["by_chance"] > 0.8 * row["repeated"]


def test_a_week_of_following_adds_up_and_says_who_subscribed() -> None:
    days = [{**row, "at": f"{int(row['at'][:-1]) + 86400 * day}s" if row["at"] != "1h" else
             f"{1 + 24 * day}h", "trade_id": f"{row['trade_id']}-{day}"}
            for day in (0, 1) for row in led(5, "10m", "3603s")]  # fmt: skip
    (row,) = fact("followings", trades=days)
    assert (row["moves"], row["repeated"], row["subscribed"]) == (10, 10, False)
    assert (row["since"].day, row["ts"].day, row["seconds"]) == (START.day, START.day + 1, 3)
    accounts: Rows = [{"trader_id": "F", "copies": "X"}, {"trader_id": "L", "copies": "X"}]
    assert [row["subscribed"] for row in fact("followings", trades=days, accounts=accounts)] == [
        True
    ]


def swap(name: str, position: int, trader: str, given: str, amounts: tuple[int, int]) -> Rows:
    other = {"USDC": "T", "T": "USDC", "DAI": "T"}[given]
    return [{
        "at": "1h", "tx_hash": name, "block": 7, "position": position, "log_index": 0,
        "trader_id": trader, "pool": "P", "asset_in": given, "asset_out": other,
        "amount_in": amounts[0], "amount_out": amounts[1], "contract": "K",
    }]  # fmt: skip


def test_a_swap_there_and_back_around_anothers_is_a_sandwich_with_its_gain() -> None:
    legs = swap("a", 1, "X", "USDC", (1000, 500)) + swap("b", 3, "X", "T", (500, 1030))
    own = swap("o", 2, "Y", "USDC", (10, 5))
    victim = [{**row, "contract": None} for row in swap("v", 2, "V", "USDC", (5000, 2300))]
    (row,) = fact("sandwiches", swaps=legs + own + victim)
    assert (row["owner_id"], row["victim"], row["victims"]) == ("X", "V", 1)
    assert (round(row["better"], 9), round(row["gain_usd"], 9)) == (0.03, 30)
    assert fact("sandwiches", swaps=legs + own) == []


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
