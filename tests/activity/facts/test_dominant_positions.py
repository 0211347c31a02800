"""Who dominates a side while the other side is forced out."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
BOOK: Rows = [
    {"at": at, "times": 60, "apart": "60s", "side": side, "level": 0, "price": price}
    for at, low in (("0s", 99), ("1h", 119))
    for side, price in (("buy", low), ("sell", low + 2))
]
HELD: Rows = [
    {"at": "1h", "trader_id": "A", "quantity": 800},
    {"at": "1h", "times": 6, "apart": "0s", "trader_id": "S{n}", "quantity": -150},
    {"at": "1h", "trader_id": "B", "quantity": 100},
]
TRADES: Rows = [
    {"at": "10m", "times": 40, "apart": "1m", "trade_id": "p{n}", "buyer_id": "A",
     "seller_id": "S{n}", "taker_side": "buy", "price": 100, "quantity": 20},
    {"at": "70m", "times": 3, "apart": "60s", "trade_id": "l{n}", "buyer_id": "S{n}",
     "seller_id": "B", "taker_side": "buy", "price": 100, "quantity": 100, "is_liquidation": True},
]  # fmt: skip


def dominant(*trades: dict[str, Any], held: Rows = HELD, **tables: Rows) -> Rows:
    rows = {"book": BOOK, "positions": held, "trades": [*TRADES, *trades], **tables}
    with sample_view(rows, Window(START, START + timedelta(hours=4))) as view:
        prepare(view.connection, ["dominant_positions"])
        sql = "select * from dominant_positions order by ts, owner_id"
        made: Rows = view.arrow(sql).to_pylist()
    return made


def test_who_holds_most_of_a_side_is_told_with_what_it_added_and_who_was_forced() -> None:
    (row,) = dominant()
    assert (row["owner_id"], row["others"], row["side"]) == ("A", None, "buy")
    assert (row["quantity"], row["holders"]) == (800, 8)
    assert row["dominant"] == pytest.approx(8 / 9)
    assert (row["run"], row["lasting"]) == (pytest.approx(0.2), 1)
    assert row["forced"] == pytest.approx(3 / 11)
    assert row["added"] == pytest.approx(8 / 11)
    assert (row["uncovered"], len(row["trade_ids"])) == (1, 40)


def test_what_it_did_in_another_product_of_the_underlying_is_told() -> None:
    terms = [{"at": "-9d", "instrument": name, "underlying": "U"} for name in ("X", "Y")]
    leg = {**TRADES[0], "trade_id": "y{n}", "instrument": "Y", "buyer_id": "Z", "seller_id": "A"}
    (row,) = dominant(leg, instruments=terms)
    assert row["uncovered"] == 0


def test_who_holds_the_side_that_is_forced_out_dominates_nothing() -> None:
    short = [{**row, "quantity": -row["quantity"]} for row in HELD]
    assert dominant()
    assert "A" not in {row["owner_id"] for row in dominant(held=short)}


def test_accounts_of_one_hand_hold_together() -> None:
    split = [{**HELD[0], "quantity": 400}, {**HELD[0], "trader_id": "C", "quantity": 400}]
    logins = [{"at": f"{n}m", "trader_id": who, "device_id": "d"} for n, who in enumerate("AC", 1)]
    rows = dominant(held=[*split, *HELD[1:]], logins=logins)
    assert [(row["owner_id"], row["others"], row["quantity"]) for row in rows] == [
        ("A", "C", 800),
        ("C", "A", 800),
    ]
