"""Climbs of a best price, and what else who climbed did."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
BOOK: Rows = [
    {"at": "1s", "times": 20, "apart": "60s", "level": 0, "side": "sell", "price": 103},
    *({"at": f"{1 + 60 * n}s", "level": 0, "side": "buy", "price": 100 + n} for n in range(3)),
]
STEPS: Rows = [
    {"at": f"{30 + 60 * n}s", "order_id": f"s{n}", "trader_id": "A", "price": 100.5 + n}
    for n in range(3)
]
GONE: Rows = [{**step, "at": f"{80 + 60 * n}s", "event": "cancel"} for n, step in enumerate(STEPS)]
SOLD = {"at": "200s", "trade_id": "t", "seller_id": "A", "buyer_id": "B", "price": 102,
        "quantity": 9}  # fmt: skip


def climbs(*orders: dict[str, Any], trades: Rows, **tables: Rows) -> Rows:
    rows = {"orders": [*STEPS, *orders], "trades": trades, "book": BOOK, **tables}
    with sample_view(rows, Window(START, START + timedelta(hours=1))) as view:
        prepare(view.connection, ["climbs"])
        made: Rows = view.arrow("select * from climbs order by ts, owner_id").to_pylist()
    return made


def test_a_climb_is_told_with_its_last_step() -> None:
    (row,) = climbs(*GONE, trades=[SOLD])
    assert (row["owner_id"], row["side"], row["steps"], row["onward"]) == ("A", "buy", 3, 1)
    assert (row["price_set"], row["stayed"], row["one_sided"], row["turned"]) == (1, 0, 1, 1)
    assert row["moved"] == pytest.approx(1.5 / 102.5)
    assert row["settled_at"] - row["ts"] == timedelta(minutes=15)
    assert (row["order_ids"], row["trade_ids"]) == (["s0", "s1", "s2"], ["t"])


def test_steps_that_stay_and_trades_on_their_own_side_are_told() -> None:
    bought = {**SOLD, "trade_id": "u", "seller_id": "B", "buyer_id": "A", "quantity": 3}
    asks = {"at": "40s", "order_id": "ask", "trader_id": "A", "side": "sell", "price": 103}
    (row,) = climbs(asks, trades=[SOLD, bought])
    assert (row["stayed"], row["one_sided"], row["turned"]) == (1, 0.5, 0.5)


def test_betterings_of_others_take_a_part_of_the_price() -> None:
    others = [{**step, "order_id": f"o{n}", "trader_id": "C"} for n, step in enumerate(STEPS)]
    rows = climbs(*others, trades=[SOLD])
    assert [(row["owner_id"], row["price_set"]) for row in rows] == [("A", 0.5)]


def test_who_does_not_sell_climbs_for_nothing() -> None:
    assert climbs(*GONE, trades=[{**SOLD, "seller_id": "C"}]) == []


def test_an_account_of_the_same_hand_may_sell() -> None:
    logins = [{"at": f"{n}m", "trader_id": who, "device_id": "d"} for n, who in enumerate("AZ", 1)]
    rows = climbs(*GONE, trades=[{**SOLD, "seller_id": "Z"}], logins=logins)
    assert [(row["owner_id"], row["others"]) for row in rows] == [("A", "Z"), ("Z", "A")]


def test_a_step_of_long_before_says_nothing_of_whether_the_first_goes_on() -> None:
    later = [
        {**step, "at": f"{1830 + 60 * n}s", "order_id": f"l{n}", "price": 103.5 + n}
        for n, step in enumerate(STEPS)
    ]
    book: Rows = [
        {"at": "30m", "times": 10, "apart": "30s", "level": 0, "side": "sell", "price": 110},
        *(
            {"at": f"{1801 + 60 * n}s", "level": 0, "side": "buy", "price": 103 + n}
            for n in range(3)
        ),
    ]
    sold = {**SOLD, "at": "2000s", "price": 105}
    (row,) = climbs(*later, trades=[sold], book=[*BOOK, *book])
    assert (row["steps"], row["onward"], row["order_ids"]) == (3, 1, ["l0", "l1", "l2"])
