"""Hours of wide prices that were one hand's, and what was usual."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]


def prices(at: str, bid: float, ask: float, **other: Any) -> Rows:
    return [
        {"at": at, "level": 0, "side": side, "price": price, **other}
        for side, price in (("buy", bid), ("sell", ask))
    ]


def quotes(name: str, at: str, bid: float, ask: float, gone: str = "", *, who: str = "A") -> Rows:
    rows = [
        {"at": at, "order_id": f"{name}{side}", "trader_id": who, "side": side, "price": price}
        for side, price in (("buy", bid), ("sell", ask))
    ]
    return rows + [{**row, "at": gone, "event": "cancel"} for row in rows if gone]


BOOK = prices("-11h", 99.5, 100.5, times=12, apart="1h") + prices("1s", 98, 102)
BEFORE = quotes("was", "-11h", 99.5, 100.5, "-6h")
NOW = quotes("now", "1s", 98, 102)
PAID = {"at": "5m", "times": 4, "apart": "16m", "trade_id": "t{n}", "buyer_id": "C{n}",
        "seller_id": "A", "price": 102, "quantity": 3, "taker_side": "buy"}  # fmt: skip


def spreads(*orders: dict[str, Any], **tables: Rows) -> Rows:
    rows = {"book": BOOK, "orders": [*orders], "trades": [PAID], **tables}
    with sample_view(rows, Window(START - timedelta(hours=12), START + timedelta(hours=2))) as view:
        prepare(view.connection, ["wide_spreads"])
        made: Rows = view.arrow("select * from wide_spreads order by ts, owner_id").to_pylist()
    return made


def test_prices_four_times_as_far_apart_are_told_with_who_held_and_who_paid_them() -> None:
    (row,) = spreads(*BEFORE, *NOW)
    assert (row["owner_id"], row["others"], row["spread"]) == ("A", None, 0.04)
    assert (row["wider"], row["widened"]) == (pytest.approx(4), pytest.approx(4))
    assert (row["at_best"], row["restless"], row["is_news"]) == (1, 0, False)
    assert (row["fills"], row["notional"]) == (4, 4 * 306)
    assert row["order_ids"] == ["nowbuy", "nowsell"]
    assert row["settled_at"] - row["ts"] == timedelta(hours=1)


def test_who_quotes_as_ever_has_widened_nothing() -> None:
    (row,) = spreads(*quotes("far", "-5h", 98, 102))
    assert row["widened"] == pytest.approx(1)


def test_the_best_prices_of_two_are_nobodys_unless_one_hand_has_both() -> None:
    both = [{**row, "trader_id": "B"} if row["side"] == "sell" else row for row in [*BEFORE, *NOW]]
    assert spreads(*both) == []
    logins = [{"at": f"{n}m", "trader_id": who, "device_id": "d"} for n, who in enumerate("AB", 1)]
    rows = spreads(*both, logins=logins)
    assert [(row["owner_id"], row["others"]) for row in rows] == [("A", "B"), ("B", "A")]


def test_what_became_public_is_told() -> None:
    news = [{"at": "2m", "event_id": "e", "kind": "maintenance"}]
    (row,) = spreads(*BEFORE, *NOW, events=news)
    assert row["is_news"]
