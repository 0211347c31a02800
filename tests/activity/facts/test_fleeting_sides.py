"""Size on one side that is gone within a minute, and the day that it stands in."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
CROWD = {"at": "-30m", "times": 20, "apart": "60s", "order_id": "d{n}", "trader_id": "D",
         "quantity": 2, "price": 99}  # fmt: skip
SHOWN = {"at": "1s", "times": 6, "apart": "60s", "order_id": "b{n}", "trader_id": "A",
         "quantity": 50, "price": 99}  # fmt: skip
GONE = {**SHOWN, "at": "9s", "event": "cancel"}


def sides(*orders: dict[str, Any], **tables: Rows) -> Rows:
    window = Window(START - timedelta(hours=1), START + timedelta(hours=30))
    with sample_view({"orders": [CROWD, *orders], **tables}, window) as view:
        prepare(view.connection, ["fleeting_sides"])
        sql = "select * from fleeting_sides where owner_id <> 'D' order by ts, owner_id"
        rows: Rows = view.arrow(sql).to_pylist()
    return rows


def test_each_minute_tells_how_often_it_was_so_in_a_day() -> None:
    rows = sides(SHOWN, GONE)
    assert [row["times"] for row in rows] == [1, 2, 3, 4, 5, 6]
    last = rows[-1]
    assert (last["shown"], last["usual_times"], last["book_share"]) == (50, 25, None)
    assert (last["withdrawn"], last["touched"], last["one_sided"]) == (1, 0, 1)
    assert last["settled_at"] - last["ts"] == timedelta(minutes=2)
    assert last["order_ids"] == ["b1", "b2", "b3", "b4", "b5"]
    tomorrow = {**SHOWN, "at": "24h", "times": 1, "order_id": "t", "depth": 200}
    again = sides(SHOWN, GONE, tomorrow, {**tomorrow, "at": "86409s", "event": "cancel"})[-1]
    assert (again["times"], again["book_share"]) == (6, 0.25)
    assert again["order_ids"] == ["b2", "b3", "b4", "b5", "t"]


def test_what_stands_longer_or_is_small_at_any_moment_is_none() -> None:
    assert sides(SHOWN, {**GONE, "at": "70s"}) == []
    many = {"times": 120, "apart": "3s", "quantity": 2}
    assert sides({**SHOWN, **many}, {**GONE, **many, "at": "3s"}) == []


def test_the_other_side_and_what_trades_stand_beside_it() -> None:
    asks = {"order_id": "s{n}", "side": "sell", "quantity": 10}
    meant = {"order_id": "m{n}", "at": "20s", "quantity": 10}
    (*_, last) = sides(
        SHOWN, GONE, {**SHOWN, **asks}, {**GONE, **asks}, {**SHOWN, **meant},
        {**SHOWN, **meant, "at": "25s", "event": "fill", "remaining": 0},
    )  # fmt: skip
    assert last["touched"] == pytest.approx(10 / 60)
    assert last["withdrawn"] == pytest.approx(50 / 60)
    assert last["one_sided"] == pytest.approx(50 / 70)


def test_accounts_of_one_hand_count_together() -> None:
    logins = [{"at": f"-{n}m", "trader_id": who, "device_id": "d"} for n, who in enumerate("AB", 8)]
    half = {"trader_id": "B", "order_id": "c{n}"}
    rows = sides(SHOWN, GONE, {**SHOWN, **half}, {**GONE, **half}, logins=logins)
    assert [(row["owner_id"], row["others"], row["shown"]) for row in rows[:2]] == [
        ("A", "B", 100),
        ("B", "A", 100),
    ]
