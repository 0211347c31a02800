"""Who presses a price, or feels for what is hidden, or takes most of a day: rows in, rows out."""

from datetime import timedelta
from typing import Any

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]


def fact(name: str, **tables: Rows) -> Rows:
    window = Window(START - timedelta(days=8), START + timedelta(days=1))
    with sample_view(tables, window) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f"select * from {name} order by ts, owner_id").to_pylist()
    return rows


def taken(buyer: str, **other: Any) -> dict[str, Any]:
    row = {"at": "1h", "trade_id": f"{buyer}{{n}}", "buyer_id": buyer, "seller_id": "M"}
    return row | {"taker_side": "buy", "price": 100, "quantity": 10} | other


def test_a_day_ends_at_noon_and_at_midnight() -> None:
    rows = fact("volume_parts", trades=[taken("A"), taken("B", quantity=30)])
    assert [(row["owner_id"], row["share"]) for row in rows] == [
        ("A", 0.25), ("A", 0.25), ("B", 0.75), ("B", 0.75),
    ]  # fmt: skip
    ends = sorted({row["settled_at"].hour for row in rows})
    assert ends == [11, 23]


def test_what_is_usual_is_the_middle_of_its_own_days_with_those_without_trades() -> None:
    others = taken("B", at="-72h", times=3, apart="24h", quantity=5)
    own = taken("A", at="-71h", times=2, apart="24h", trade_id="h{n}")
    rows = fact("volume_parts", trades=[others, own, taken("A", at="13h", quantity=40)])
    last = [row for row in rows if row["owner_id"] == "A" and row["settled_at"].hour == 23][-1]
    assert last["usual"] == 1000
    assert rows[0]["usual"] is None


def test_one_device_is_one_hand() -> None:
    logins = [
        {"at": f"{minute}m", "trader_id": who, "kind": "login", "device_id": "phone"}
        for minute, who in enumerate("ABABAB")
    ]
    rows = fact("volume_parts", trades=[taken("A"), taken("B"), taken("C")], logins=logins)
    first = [row for row in rows if row["settled_at"].hour == 11]
    assert [(row["owner_id"], row["others"], round(row["share"], 3)) for row in first] == [
        ("A", "B", 0.667), ("B", "A", 0.667), ("C", None, 0.333),
    ]  # fmt: skip


def stray(**other: Any) -> dict[str, Any]:
    return {"kind": "constituent", "apart": "60s", "value": 100} | other


def test_positions_before_two_strays_count_together() -> None:
    marks = [
        stray(at="0s", times=200, constituent="a"),
        stray(at="0s", times=200, constituent="b"),
        stray(at="0s", times=30, constituent="c"),
        stray(at="30m", times=5, constituent="c", value=110),
        stray(at="35m", times=85, constituent="c"),
        stray(at="2h", times=5, constituent="c", value=110),
        stray(at="0s", times=30, constituent="", kind="index"),
        stray(at="30m", times=5, constituent="", kind="index", value=103),
        stray(at="35m", times=85, constituent="", kind="index"),
        stray(at="2h", times=5, constituent="", kind="index", value=103),
    ]
    trades = [taken("A", at=at, trade_id=at, quantity=200) for at in ("20m", "110m")]
    rows = fact("stray_positions", marks=marks, trades=trades,
                instruments=[{"instrument": "X", "underlying": "U"}])  # fmt: skip
    assert [(row["owner_id"], row["times"], row["closed"]) for row in rows] == [
        ("A", 1, 0), ("A", 2, 0),
    ]  # fmt: skip


def test_pings_count_on_average_and_the_large_order_may_wait() -> None:
    ping = {"trader_id": "A", "quantity": 0.5, "price": "{n}"}
    orders = [
        {"at": "-30m", "times": 20, "apart": "60s", "order_id": "d{n}", "trader_id": "D{n}",
         "quantity": 10, "price": 99},
        {"at": "1s", "times": 9, "apart": "2s", "order_id": "p{n}", **ping},
        {"at": "1s", "times": 9, "apart": "2s", "order_id": "p{n}", **ping, "event": "expire"},
        {"at": "20s", "order_id": "met", **ping, "price": 102},
        {"at": "20s", "order_id": "met", **ping, "event": "fill", "remaining": 0},
        {"at": "45s", "order_id": "big", "trader_id": "A", "quantity": 200, "price": 102},
    ]  # fmt: skip
    trade = taken("A", seller_id="H", price=102)
    trades = [
        trade | {"at": "20s", "trade_id": "t1", "buy_order_id": "met", "quantity": 0.5},
        trade | {"at": "45s", "trade_id": "t2", "buy_order_id": "big", "quantity": 200},
    ]
    (row,) = fact("searches", orders=orders, trades=trades)
    assert (row["owner_id"], row["pings"], row["tiny"], row["jump"]) == ("A", 10, 0.05, 400)
    assert row["met"] == 0.1
