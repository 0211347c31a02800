"""Floods of messages, and what is usual of others."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
QUOTES = {"at": "10s", "times": 120, "apart": "50ms", "order_id": "q{n}", "trader_id": "A",
          "price": "{n}"}  # fmt: skip


def floods(*orders: dict[str, Any], **tables: Rows) -> Rows:
    window = Window(START - timedelta(hours=24), START + timedelta(hours=1))
    with sample_view({"orders": list(orders), **tables}, window) as view:
        prepare(view.connection, ["floods"])
        rows: Rows = view.arrow("select * from floods order by ts, owner_id").to_pylist()
    return rows


def test_a_flood_is_told_once_when_it_pauses() -> None:
    (row,) = floods(QUOTES)
    assert (row["seconds"], row["messages"], row["peak"], row["share"]) == (6, 120, 20, 1)
    assert (row["fills"], row["variety"], row["deviations"]) == (0, 1, None)
    assert row["ts"] - row["began_at"] == timedelta(seconds=6)
    assert row["settled_at"] - row["ts"] == timedelta(seconds=5)
    assert len(row["order_ids"]) == 120


def test_one_that_goes_on_over_a_minute_is_told_at_its_end_too() -> None:
    rows = floods({**QUOTES, "at": "56s"})
    assert [(row["seconds"], row["messages"]) for row in rows] == [(4, 80), (6, 120)]


def test_one_and_the_same_order_again_and_again_has_no_variety() -> None:
    (row,) = floods({**QUOTES, "price": 99})
    assert row["variety"] == pytest.approx(1 / 120)


def test_how_unusual_it_is_hangs_on_what_others_send() -> None:
    crowd = {"at": "-1h", "times": 1800, "apart": "2s", "order_id": "c{n}", "trader_id": "C"}
    (row,) = floods(QUOTES, crowd)
    assert row["deviations"] == pytest.approx((20 - 0.5) / 0.5)
    (own,) = floods(QUOTES, {**crowd, "trader_id": "A"})
    assert own["deviations"] is None


def test_accounts_of_one_hand_count_together() -> None:
    logins = [{"at": f"-{n}m", "trader_id": who, "device_id": "d"} for n, who in enumerate("AB", 8)]
    half = {**QUOTES, "times": 60, "apart": "100ms"}
    also = {**half, "trader_id": "B", "order_id": "r{n}"}
    assert floods(half, also) == []
    rows = floods(half, also, logins=logins)
    assert [(row["owner_id"], row["others"], row["messages"]) for row in rows] == [
        ("A", "B", 120),
        ("B", "A", 120),
    ]
    assert {len(row["order_ids"]) for row in rows} == {60}
