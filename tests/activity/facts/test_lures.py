"""Orders that change while a taker is on its way to them."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
LURE = {"at": "1s", "order_id": "lure", "trader_id": "A", "side": "sell", "price": 100, "level": 0}
DEAR = {**LURE, "order_id": "dear", "price": 101, "level": 1}
GONE = {**LURE, "at": "5050ms", "event": "cancel"}
TAKER = {"at": "5100ms", "order_id": "t", "trader_id": "B", "client_ts": "5s", "price": 101}
MET = {"at": "5100ms", "trade_id": "x", "buyer_id": "B", "seller_id": "A", "buy_order_id": "t",
       "sell_order_id": "dear", "price": 101, "taker_side": "buy"}  # fmt: skip


def lures(*orders: dict[str, Any], trades: Rows | None = None) -> Rows:
    rows = {"orders": [LURE, DEAR, *orders], "trades": [MET] if trades is None else trades}
    with sample_view(rows, Window(START, START + timedelta(hours=2))) as view:
        prepare(view.connection, ["lures"])
        made: Rows = view.arrow("select * from lures order by ts").to_pylist()
    return made


def test_who_had_seen_an_offer_that_went_paid_more() -> None:
    (row,) = lures(GONE, TAKER)
    assert (row["owner_id"], row["taker_order"], row["is_worse"]) == ("A", "t", True)
    assert (row["caught"], row["spared"], row["shown"]) == (1, 0, 1)
    assert row["loss"] == row["losses"] == pytest.approx(1 / 101)
    assert (sorted(row["order_ids"]), row["trade_ids"]) == (["dear", "lure", "t"], ["x"])


def test_each_names_those_before_it_in_the_day() -> None:
    again = [{**row, "at": at, "order_id": f"{row['order_id']}2"} for row, at in (
        (LURE, "61s"), (DEAR, "61s"), (GONE, "65050ms"), ({**TAKER, "client_ts": "65s"}, "65100ms"),
    )]  # fmt: skip
    met = {**MET, "at": "65100ms", "trade_id": "x2", "buy_order_id": "t2", "sell_order_id": "dear2"}
    _, last = lures(GONE, TAKER, *again, trades=[MET, met])
    assert (last["caught"], last["trade_ids"]) == (2, ["x", "x2"])
    assert last["order_ids"] == ["dear", "dear2", "lure", "lure2", "t", "t2"]


def test_an_amendment_may_be_for_the_better() -> None:
    better = {**GONE, "event": "replace", "price": 99}
    (row,) = lures(better, TAKER, trades=[{**MET, "sell_order_id": "lure", "price": 99}])
    assert (row["is_worse"], row["caught"], row["spared"], row["losses"]) == (False, 0, 1, None)


@pytest.mark.parametrize(
    "orders",
    [
        pytest.param((GONE, {**TAKER, "client_ts": "5060ms"}), id="sent after it went"),
        pytest.param((GONE, {**TAKER, "client_ts": "500ms"}), id="sent before it came"),
        pytest.param(({**GONE, "ended_by": "venue"}, TAKER), id="taken away by the venue"),
        pytest.param(({**GONE, "order_id": "dear", "at": "5s"}, TAKER), id="not at the touch"),
    ],
)
def test_nobody_is_lured_by_what_was_not_seen_or_not_changed_by_its_owner(orders: Any) -> None:
    assert lures(*orders) == []


def test_what_another_owner_changes_lures_nobody() -> None:
    assert lures(GONE, TAKER, trades=[{**MET, "seller_id": "C"}]) == []
