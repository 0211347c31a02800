"""Bursts that move a price, and what who lit them did before and after."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
QUIET: Rows = [
    {"at": "-1201m", "times": 44, "apart": "30m", "trade_id": "a{n}", "buyer_id": "C",
     "seller_id": "D", "price": 100, "taker_side": "buy"},
    {"at": "-1186m", "times": 44, "apart": "30m", "trade_id": "b{n}", "buyer_id": "C",
     "seller_id": "D", "price": 100.1, "taker_side": "sell"},
]  # fmt: skip
UP = {"at": "5s", "times": 5, "apart": "10s", "trade_id": "up{n}", "buyer_id": "A",
      "seller_id": "D", "price": 101, "quantity": 100, "taker_side": "buy"}  # fmt: skip
ON = {"at": "65s", "times": 6, "apart": "20s", "trade_id": "on{n}", "buyer_id": "F{n}",
      "seller_id": "D", "price": 102, "quantity": 20, "taker_side": "buy"}  # fmt: skip
OUT = {"at": "200s", "times": 5, "apart": "10s", "trade_id": "out{n}", "buyer_id": "F{n}",
       "seller_id": "A", "price": 102, "quantity": 80, "taker_side": "buy"}  # fmt: skip


def fact(name: str, *trades: dict[str, Any], **tables: Rows) -> Rows:
    window = Window(START - timedelta(hours=24), START + timedelta(hours=2))
    with sample_view({"trades": [*QUIET, *trades], **tables}, window) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f"select * from {name}").to_pylist()
    return sorted(rows, key=lambda row: (row["ts"], str(row.get("owner_id"))))


def test_who_takes_all_and_moves_the_price_has_a_burst_that_fades() -> None:
    (row,) = [row for row in fact("price_bursts", UP, ON, OUT) if row["hand"] == "A"]
    assert (row["side"], row["notional"]) == ("buy", 50_500)
    assert row["share"] == pytest.approx(50_500 / 50_600)
    assert row["settled_at"] - row["ts"] == timedelta(minutes=32)
    assert row["faded"] == pytest.approx(2 / 1.9)
    assert row["deviations"] > 10
    high = {**ON, "at": "310s", "times": 30, "apart": "60s", "trade_id": "high{n}"}
    (row,) = [row for row in fact("price_bursts", UP, ON, high) if row["hand"] == "A"]
    assert row["faded"] == 0


def test_what_is_usual_is_that_of_the_day_before() -> None:
    (row,) = [row for row in fact("price_bursts", UP, ON, OUT) if row["hand"] == "A"]
    assert row["heavy"] == pytest.approx(50_500 / (39 * 100) * 1170 / 2, rel=0.05)
    assert row["followed"] == pytest.approx(53_040 / (39 * 100) * 1170 / 5, rel=0.05)


def test_a_burst_without_a_move_is_none() -> None:
    assert fact("price_bursts", {**UP, "price": 100.1}) == []


def test_what_was_acquired_and_traded_back_is_that_of_the_whole_hand() -> None:
    (alone,) = fact("ignitions", UP, ON, OUT)
    assert (alone["owner_id"], alone["others"], alone["reversed"]) == ("A", None, 0.8)
    assert alone["better"] == pytest.approx(1 / 101)
    assert len(alone["trade_ids"]) == 10
    logins = [{"at": f"-{n}m", "trader_id": who, "device_id": "d"} for n, who in enumerate("AB", 9)]
    both = fact("ignitions", UP, ON, {**OUT, "seller_id": "B"}, logins=logins)
    assert [(row["owner_id"], row["others"], row["reversed"]) for row in both] == [
        ("A", "B", 0.8),
        ("B", "A", 0.8),
    ]


def test_it_tells_what_else_the_hand_did() -> None:
    terms = [
        {"at": "-90d", "instrument": name, "underlying": "U", "kind": "spot"} for name in ("X", "Y")
    ]
    leg = {**UP, "trade_id": "leg{n}", "instrument": "Y", "buyer_id": "D", "seller_id": "A"}
    quotes = [
        {"at": "-60m", "times": 9, "apart": "1m", "order_id": f"{side}{{n}}", "trader_id": "A",
         "side": side, "price": 99, "quantity": 5}
        for side in ("buy", "sell")
    ]  # fmt: skip
    bids = [{"at": "3s", "order_id": "n", "trader_id": "A", "side": "buy", "price": 99}]
    asks = [{"at": "4s", "order_id": "m", "trader_id": "A", "side": "sell", "price": 103}]
    news = [{"at": "4m", "event_id": "e", "kind": "news", "asset": "U"}]
    (row,) = fact("ignitions", UP, ON, instruments=terms)
    assert (row["uncovered"], row["quoted"], row["one_sided"], row["is_news"]) == (1, 0, 1, False)
    (row,) = fact(
        "ignitions", UP, ON, leg, instruments=terms, events=news, orders=[*quotes, *bids, *asks]
    )
    assert (row["uncovered"], row["is_news"]) == (0, True)
    assert (row["quoted"], row["one_sided"]) == (9 / 12, 0)
