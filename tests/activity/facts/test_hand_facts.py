"""What one hand did over several accounts, orders, positions and products: rows in, rows out."""

from datetime import timedelta
from typing import Any

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]
PERPETUAL = {"instrument": "X", "kind": "perpetual", "underlying": "U"}


def fact(name: str, **tables: Rows) -> Rows:
    window = Window(START - timedelta(days=2), START + timedelta(days=1))
    with sample_view(tables, window) as view:
        prepare(view.connection, [name])
        order = "hand" if name == "shoves" else "owner_id"
        rows: Rows = view.arrow(f"select * from {name} order by ts, {order}").to_pylist()
    return rows


def of_one_device(*traders: str) -> Rows:
    return [
        {"at": f"{minute}m", "trader_id": who, "kind": "login", "device_id": "phone"}
        for minute, who in enumerate(traders)
    ]


def quoted(price: float, at: str = "0s", times: int = 60, **other: Any) -> Rows:
    row = {"at": at, "times": times, "apart": "60s", "level": 0, "quantity": 5, **other}
    return [
        {**row, "side": "buy", "price": price - 0.1},
        {**row, "side": "sell", "price": price + 0.1},
    ]


def owners(rows: Rows) -> list[tuple[str, str | None]]:
    return [(row["owner_id"], row["others"]) for row in rows]


# --- Orders for each trade ---


def entered(trader: str, times: int, at: str = "1h") -> Rows:
    row = {"times": times, "apart": "1s", "order_id": f"{trader}{at}-{{n}}", "trader_id": trader}
    return [{**row, "at": at}, {**row, "at": at, "event": "cancel"}]


def test_a_day_ends_at_noon_and_at_midnight_and_counts_what_a_hand_entered() -> None:
    orders = [*entered("A", 200), *entered("B", 200, "13h"), *entered("C", 40, "13h")]
    rows = fact("order_ratios", orders=orders, logins=of_one_device("A", "B"))
    assert {row["ts"].hour for row in rows} == {23}
    assert owners(rows) == [("A", "B"), ("B", "A")]
    assert {(row["entered"], row["withdrawn"], row["per_trade"]) for row in rows} == {(400, 1, 400)}
    assert {(row["peers"], row["usual"]) for row in rows} == {(1, 40)}
    assert [len(row["order_ids"]) for row in rows] == [200, 200]


def test_what_is_usual_is_not_known_where_nobody_else_is() -> None:
    (row, _) = fact("order_ratios", orders=entered("A", 300))
    assert (row["peers"], row["usual"], row["fills"]) == (0, None, 0)


# --- Money passed ---


def passed(buyer: str, seller: str, **other: Any) -> dict[str, Any]:
    row = {"at": "65s", "times": 2, "apart": "10m", "buyer_id": buyer, "seller_id": seller}
    return row | {"trade_id": f"{buyer}{seller}{{n}}", "price": 98, "quantity": 1000} | other


def test_passes_of_a_hand_add_up_and_each_owner_has_a_row() -> None:
    trades = [passed("A", "B"), passed("A2", "B", at="95s")]
    rows = fact("passed_gains", book=quoted(100), trades=trades, logins=of_one_device("A", "A2"))
    assert [(row["owner_id"], row["act"], row["partner"], row["passes"]) for row in rows] == [
        ("A", "gained", "B", 4), ("A2", "gained", "B", 4), ("B", "lost", "A A2", 4),
    ]  # fmt: skip
    assert {(row["one_way"], row["off_share"], row["of_gains"]) for row in rows} == {(1, 1, 1)}


def test_what_is_passed_back_and_gained_of_others_counts_too() -> None:
    trades = [
        passed("A", "B"),
        passed("B", "A", at="95s", times=1),
        passed("A", "C", at="125s", times=2),
    ]
    rows = fact("passed_gains", book=quoted(100), trades=trades)
    (row,) = [each for each in rows if (each["owner_id"], each["partner"]) == ("A", "B")]
    assert (round(row["one_way"], 3), round(row["off_share"], 3), row["of_gains"]) == (
        0.667, 0.667, 0.5,
    )  # fmt: skip


def test_owners_of_one_hand_pass_to_one_another() -> None:
    rows = fact(
        "passed_gains", book=quoted(100), trades=[passed("A", "B")], logins=of_one_device("A", "B")
    )
    assert [(row["owner_id"], row["act"]) for row in rows] == [("A", "gained"), ("B", "lost")]


# --- Positions above a limit ---


LIMITED: Rows = [{"instrument": "X", "position_limit": 100}]


def held(trader: str, at: str, quantity: float = 60) -> dict[str, Any]:
    return {"at": at, "trader_id": trader, "instrument": "X", "quantity": quantity}


def test_accounts_that_are_reported_hours_apart_are_added_up() -> None:
    ties = of_one_device("A", "B")
    positions = [held("A", "2h"), held("B", "5h"), held("A", "6h")]
    rows = fact("joint_positions", instruments=LIMITED, positions=positions, logins=ties)
    assert [(row["ts"].hour, row["over_limit"], row["largest"]) for row in rows] == [
        (5, 1.2, 0.6), (5, 1.2, 0.6),
    ]  # fmt: skip
    assert owners(rows) == [("A", "B"), ("B", "A")]


def test_positions_add_up_exactly_in_whatever_order_they_come() -> None:
    each = {"A": 47.7, "B": 44.0, "C": 38.2, "D": 33.2}
    positions = [held(who, "2h", quantity) for who, quantity in each.items()]
    ties = of_one_device(*each)
    rows = fact("joint_positions", instruments=LIMITED, positions=positions, logins=ties)
    assert {(row["accounts"], row["over_limit"]) for row in rows} == {(4, 1.631)}


def test_a_report_of_more_than_six_hours_ago_and_a_closed_position_are_none() -> None:
    ties = of_one_device("A", "B")
    old = [held("A", "2h"), held("B", "9h")]
    assert fact("joint_positions", instruments=LIMITED, positions=old, logins=ties) == []
    closed = [held("A", "2h"), held("A", "3h", 0), held("B", "4h")]
    assert fact("joint_positions", instruments=LIMITED, positions=closed, logins=ties) == []


# --- Drives, marks and liquidations ---


def driven(buyer: str = "A") -> Rows:
    taken = {"buyer_id": buyer, "seller_id": "C{n}", "taker_side": "buy", "price": 101}
    return [
        {"at": "1192s", "times": 4, "apart": "1s", "trade_id": "p{n}", "quantity": 100, **taken}
    ]


JUMP = [*quoted(100, times=19), *quoted(102, "1198s", 30)]


def forced(seller: str, **other: Any) -> dict[str, Any]:
    row = {"at": "21m", "trade_id": "l", "buyer_id": "V", "seller_id": seller, "taker_side": "buy"}
    return row | {"price": 102, "quantity": 90, "is_liquidation": True} | other


def test_one_owner_of_a_hand_drives_and_another_closes_against_the_liquidated() -> None:
    rows = fact(
        "hunts",
        book=JUMP,
        trades=[*driven(), forced("B")],
        logins=of_one_device("A", "B"),
        liquidations=[{"at": "21m", "liquidation_id": "q", "trader_id": "V", "quantity": 90}],
    )
    assert owners(rows) == [("A", "B"), ("B", "A")]
    assert {(row["pushed"], row["liquidated"], row["netted"]) for row in rows} == {
        (40400, 9180, 9180)
    }
    assert {tuple(row["liquidation_ids"]) for row in rows} == {("q",)}


def test_whoever_is_liquidated_the_other_way_or_in_the_hand_is_no_prey() -> None:
    book, ties = JUMP, of_one_device("A", "V")
    own = fact("hunts", book=book, trades=[*driven(), forced("B")], logins=ties)
    other = forced("V", buyer_id="B", taker_side="sell")
    assert own == fact("hunts", book=book, trades=[*driven(), other]) == []


def shoved(usual: int, **other: Rows) -> Rows:
    before = {"at": "0s", "times": 14, "apart": "60s", "trade_id": "o{n}", "buyer_id": "C"}
    taken = before | {"seller_id": "D", "taker_side": "buy", "price": 100, "quantity": usual}
    return fact("shoves", book=quoted(100, times=30), trades=[taken, *driven()], **other)


def test_who_throws_many_times_the_usual_at_a_book_is_told_though_it_does_not_move() -> None:
    (shove,) = shoved(1)
    assert (shove["hand"], shove["side"], shove["took"], shove["moved"]) == ("A", "buy", 40400, 0)
    assert (round(shove["heavy"]), shove["share"], shove["rested"]) == (346, 1, None)
    assert shoved(60) == []


def test_a_put_that_was_sold_goes_the_way_of_a_perpetual_that_is_driven_up() -> None:
    put = {"instrument": "O", "kind": "option", "underlying": "U", "option_kind": "put"}
    other = {"at": "10m", "trade_id": "o", "instrument": "O", "buyer_id": "D", "seller_id": "A"}
    trade = other | {"taker_side": "sell", "price": 100, "quantity": 100}
    both = {"book": JUMP, "instruments": [PERPETUAL, put]}
    (row,) = fact("driven_products", trades=[*driven(), trade], **both)
    assert (row["product"], row["built"], row["one_way"], row["times"]) == ("O", 10_000, 1, 1)
    bought = trade | {"buyer_id": "A", "seller_id": "D", "taker_side": "buy"}
    assert fact("driven_products", trades=[*driven(), bought], **both) == []


def marked(value: float, at: str, times: int, kind: str = "mark") -> dict[str, Any]:
    return {"at": at, "times": times, "apart": "60s", "kind": kind, "value": value}


def test_a_mark_strays_by_what_its_premium_rose_and_withdrawals_of_the_hand_count_for_an_hour() -> (
    None
):
    marks = [marked(100, "0s", 40, "index"), marked(100, "0s", 20), marked(102, "20m", 20)]
    paid = [
        {"at": f"{minute}m", "trader_id": "B", "direction": "out", "usd": 100, "transfer_id": name}
        for name, minute in (("in time", 75), ("late", 85))
    ]
    rows = fact(
        "mark_pushes", book=JUMP, trades=driven(), marks=marks, transfers=paid,
        logins=of_one_device("A", "B"),
    )  # fmt: skip
    assert owners(rows) == [("A", "B"), ("B", "A")]
    assert {(row["gap"], row["withdrawn"], *row["transfer_ids"]) for row in rows} == {
        (0.02, 100, "in time")
    }


def test_a_mark_without_an_index_has_not_strayed() -> None:
    assert fact("mark_pushes", book=JUMP, trades=driven(), marks=[marked(102, "0s", 40)]) == []


# --- Expiries ---


def settling(buyer: str, **call: Any) -> Rows:
    instruments = [
        {"instrument": "C", "kind": "option", "underlying": "U", "expires_at": "3h", **call},
        PERPETUAL,
    ]
    taken = {"buyer_id": buyer, "seller_id": "M", "taker_side": "buy", "price": 100, "quantity": 10}
    return fact(
        "settlement_pushes",
        instruments=instruments,
        positions=[
            {"at": "2h", "instrument": "C", "trader_id": "A", "quantity": -50},
            {"at": "2h", "instrument": "X", "trader_id": "A", "quantity": 20, "delta": 20},
        ],
        trades=[
            {
                "at": "150m",
                "times": 3,
                "apart": "5m",
                "trade_id": "p{n}",
                "instrument": "X",
                **taken,
            },
            {"at": "149m", "trade_id": "early", "instrument": "X", **taken},
        ],
        logins=of_one_device("A", "B"),
    )


def test_one_owner_holds_what_expires_and_another_takes_while_it_is_averaged() -> None:
    rows = settling("B", option_kind="put")
    assert owners(rows) == [("A", "B"), ("B", "A")]
    assert {(row["flow"], row["exposure"], row["uncovered"]) for row in rows} == {(3000, 5000, 1.4)}
    assert [row["trade_ids"] for row in rows] == [["p0", "p1", "p2"]] * 2


def test_who_takes_against_what_it_holds_has_a_negative_exposure() -> None:
    assert {row["exposure"] for row in settling("B", option_kind="call")} == {-5000}


def test_a_stranger_who_takes_holds_nothing_that_expires() -> None:
    assert settling("S", option_kind="put") == []


# --- Positions left to the fund ---


def left(**other: Rows) -> Rows:
    tables: dict[str, Rows] = {
        "instruments": [PERPETUAL, {"instrument": "F", "kind": "future", "underlying": "U"}],
        "trades": [
            {"at": "10m", "trade_id": "o", "buyer_id": "L", "seller_id": "S", "quantity": 4}
        ],
        "positions": [
            {"at": "1h", "trader_id": "L", "quantity": 4, "margin": 20},
            {"at": "1h", "trader_id": "S", "quantity": -3},
            {"at": "1h", "trader_id": "T", "instrument": "F", "quantity": -4},
        ],
        "transfers": [{"at": "80m", "trader_id": "L", "direction": "out", "usd": 60}],
        "liquidations": [
            {"at": "100m", "times": 2, "apart": "5m", "liquidation_id": "q{n}", "trader_id": "L",
             "quantity": 2, "fund_change": -30},
        ],
    }  # fmt: skip
    return fact("abandoned_positions", **tables | other)


def test_who_lost_to_the_fund_and_the_partner_it_was_opened_with_have_a_row_each() -> None:
    rows = left()
    assert [(row["owner_id"], row["act"], row["partner"]) for row in rows] == [
        ("L", "lost", "S"), ("S", "won", "S"),
    ]  # fmt: skip
    assert {
        (row["loss"], row["stripped"], row["opposite"], row["with_partner"]) for row in rows
    } == {(60, 0.75, 0.75, 1)}


def test_a_hand_wins_in_another_product_of_the_underlying() -> None:
    rows = left(logins=of_one_device("L", "T"))
    assert ("T", "won", "T", 1.0) in [
        (row["owner_id"], row["act"], row["partner"], row["opposite"]) for row in rows
    ]


def test_what_left_more_than_two_hours_before_was_no_collateral() -> None:
    early = [{"at": "-30m", "trader_id": "L", "direction": "out", "usd": 60}]
    assert left(transfers=early) == []
