"""Facts about prices: who moved them, what a trade was worth, which outside price went astray."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from surveillance.activity.facts.tape_groups import benford, lognormal, round_less
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]


def fact(name: str, **tables: Rows) -> Rows:
    with sample_view(tables, Window(START - timedelta(days=1), START + timedelta(hours=6))) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f'select * from "{name}" order by ts').to_pylist()
    return rows


def quotes(at: str, middle: int) -> Rows:
    return [
        {"at": at, "side": side, "level": 0, "price": middle + away, "quantity": 5}
        for side, away in (("buy", -1), ("sell", 1))
    ]


def test_a_move_is_shared_by_what_each_took_that_way() -> None:
    trade = {"at": "12s", "seller_id": "M", "taker_side": "buy", "price": 100}
    pushes = fact(
        "pushes",
        book=[*quotes("1s", 100), *quotes("15s", 104)],
        trades=[
            trade | {"buyer_id": "A", "quantity": 3, "trade_id": "a"},
            trade | {"buyer_id": "B", "quantity": 1, "trade_id": "b"},
            trade | {"buyer_id": "M", "seller_id": "C", "taker_side": "sell", "trade_id": "c"},
        ],
    )
    assert {row["owner_id"]: row["moved"] for row in pushes} == {
        "A": 30_000_000,
        "B": 10_000_000,
        "C": 0,
    }


def test_who_rests_moves_nothing() -> None:
    pushes = fact(
        "pushes",
        book=quotes("1s", 100),
        trades=[{"at": "12s", "buyer_id": "A", "seller_id": "M", "taker_side": "buy"}],
    )
    assert [row["owner_id"] for row in pushes] == ["A"]


@pytest.mark.parametrize(("later", "off"), [(100, 30_927_835), (97, 0), (99, 20_618_557)])
def test_a_trade_gained_what_the_market_before_and_after_agree_on(later: int, off: int) -> None:
    (markout,) = fact(
        "markouts",
        book=[*quotes("1s", 100), *quotes("100s", later)],
        trades=[{"at": "60s", "buyer_id": "A", "seller_id": "B", "price": 97, "quantity": 10}],
    )
    assert markout["off"] == off


def constituents(price_of_c: int, others: int) -> Rows:
    before = [(name, "0s", 100) for name in "abc"]
    after = [("a", "60s", others), ("b", "60s", others), ("c", "60s", price_of_c)]
    return [
        {"at": at, "kind": "constituent", "constituent": name, "value": value}
        for name, at, value in before + after
    ]


def test_a_constituent_strays_that_moved_and_not_one_that_stood_still() -> None:
    (stray,) = fact("stray_constituents", marks=constituents(104, 100))
    assert (stray["constituent"], stray["stray"]) == ("c", 40_000_000)
    assert fact("stray_constituents", marks=constituents(100, 104)) == []


def test_a_drive_is_charged_to_who_took_and_not_to_news() -> None:
    trade = {"seller_id": "M", "taker_side": "buy", "price": 100, "quantity": 30}
    trades = [{**trade, "at": "602s", "buyer_id": "A", "trade_id": "a"}]
    (drive,) = fact("drives", book=[*quotes("1s", 100), *quotes("605s", 101)], trades=trades)
    assert (drive["owner_id"], drive["side"], drive["moved"]) == ("A", "buy", 10_000_000)
    assert fact("drives", book=[*quotes("1s", 100), *quotes("650s", 101)], trades=trades) == []


def test_a_drive_tells_how_often_who_drove_showed_both_sides_before() -> None:
    order = {"trader_id": "A", "quantity": 5}
    shown = [
        {**order, "at": f"{60 * minute + 1}s", "order_id": f"{side}{minute}", "side": side}
        for minute in range(8)
        for side in ("buy", "sell")
    ]
    trade = {"buyer_id": "A", "seller_id": "M", "taker_side": "buy", "price": 100, "quantity": 30}
    tables = {"book": [*quotes("1s", 100), *quotes("605s", 101)], "orders": shown}
    (drive,) = fact("drives", trades=[{**trade, "at": "602s", "trade_id": "a"}], **tables)
    assert drive["quoted"] == 6 / 12


def test_sizes_of_one_kind_fail_the_tests_that_real_sizes_pass() -> None:
    chance = np.random.default_rng(7)
    real, fake = np.exp(chance.normal(3, 1.3, 300)), chance.uniform(40, 60, 300)
    assert benford(real) < 20.1 < benford(fake)
    real_distance, fake_distance = lognormal(real), lognormal(fake)
    assert real_distance is not None
    assert fake_distance is not None
    assert real_distance < 1.03 < fake_distance
    tidy = np.array([1.0, 2.0, 5.0, 10.0] * 50)
    fewer = round_less(fake, tidy)
    assert fewer is not None
    assert fewer > 2.33


def ran(at: str, price: int, **other: Any) -> dict[str, Any]:
    row = {"at": at, "buyer_id": "C", "seller_id": "M", "taker_side": "buy", "price": price}
    return row | {"trade_id": f"{at}-{price}", "quantity": 1} | other


def swing(back: int, left: int) -> Rows:
    quiet = ran("0s", 100, times=60, apart="60s", trade_id="q{n}")
    held = ran("10m", 100, buyer_id="A", quantity=50)
    pushed = ran("70m", 104, buyer_id="A", quantity=5)
    top = ran("71m", 110)
    out = ran("75m", 108, buyer_id="D", seller_id="A", quantity=left)
    after = ran("80m", back, times=40, apart="60s", trade_id="z{n}")
    return [quiet, held, pushed, top, out, after]


def test_who_held_a_position_before_a_swing_and_left_in_it_is_told_with_what_it_gained() -> None:
    (held,) = fact("swing_positions", trades=swing(back=100, left=50))
    assert (held["owner_id"], held["direction"], held["built"]) == ("A", "up", 5000)
    assert (held["left_part"], held["gain"], held["one_way"]) == (50 / 55, 400, 1)
    assert held["settled_at"] - held["ts"] == timedelta(minutes=121)


def test_who_kept_the_position_or_rode_a_price_that_stays_is_none_of_them() -> None:
    assert fact("swing_positions", trades=swing(back=100, left=5)) == []
    assert fact("swing_positions", trades=swing(back=110, left=50)) == []


def test_who_stays_is_told_by_its_haste_about_the_word_that_went_round() -> None:
    word = {"at": "71m", "kind": "social", "instrument": "X"}
    trades = [row | ({"quantity": 40} if row["trade_id"] == "70m-104" else {}) for row in
              swing(back=100, left=5)]  # fmt: skip
    (held,) = fact("swing_positions", trades=trades, events=[word])
    assert (held["is_ahead"], held["told"], round(held["pace"], 1)) == (True, True, 8.3)
    assert (round(held["worth"]), held["gain"]) == (500, 40)
    late = word | {"at": "69m"}
    assert fact("swing_positions", trades=trades, events=[late]) == []


def test_two_accounts_of_one_device_hold_and_push_as_one_hand() -> None:
    logins = [
        {"at": f"{minute}m", "trader_id": who, "kind": "login", "device_id": "phone"}
        for minute, who in enumerate("ABABAB")
    ]
    trades = swing(back=100, left=50)
    trades[2]["buyer_id"] = "B"
    rows = fact("swing_positions", trades=trades, logins=logins)
    assert [(row["owner_id"], row["others"], row["built"]) for row in rows] == [
        ("A", "B", 5000), ("B", "A", 5000),
    ]  # fmt: skip
