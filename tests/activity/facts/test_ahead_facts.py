"""Facts about dealing ahead and about reference times: rows in, rows out."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from surveillance.activity.facts.ahead import likely, nearest, rarest, rate
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window
from surveillance.times import DAY, HOUR, MINUTE, SECOND

Rows = list[dict[str, Any]]

CLIENT = {"trader_id": "C", "side": "buy", "price": 100}
USUAL = {
    "at": "-45m", "times": 40, "apart": "1m", "order_id": "u{n}", "trader_id": "D", "quantity": 1,
}  # fmt: skip
ACCOUNTS = [{"at": "-5d", "trader_id": "S", "kind": "staff"}]


def fact(name: str, **tables: Rows) -> Rows:
    with sample_view(
        tables, Window(START - timedelta(days=6), START + timedelta(hours=30))
    ) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f'select * from "{name}" order by all').to_pylist()
    return rows


def order(at: str, name: str, quantity: int, **other: object) -> dict[str, object]:
    return CLIENT | {"at": at, "order_id": name, "quantity": quantity} | other


def bought(at: str, name: str, quantity: int, **other: object) -> dict[str, object]:
    row = {"at": at, "trade_id": f"t-{name}", "buy_order_id": name, "quantity": quantity}
    return row | {"buyer_id": "C", "seller_id": "M", "price": 100} | other


def bid(at: str, trader: str, quantity: int, price: float) -> dict[str, object]:
    return bought(at, f"{trader}{at}", quantity, buyer_id=trader, price=price)


# --- Reference times ---


def test_an_event_of_an_asset_takes_the_price_of_all_that_trades_on_it_but_options() -> None:
    closes = fact(
        "closes",
        events=[{"at": "8h", "kind": "fixing", "asset": "U"}],
        instruments=[
            {"at": "0h", "instrument": "S", "underlying": "U", "kind": "spot"},
            {"at": "0h", "instrument": "P", "underlying": "U", "kind": "perpetual"},
            {"at": "0h", "instrument": "O", "underlying": "U", "kind": "option"},
        ],
    )
    assert [(row["instrument"], row["kinds"]) for row in closes] == [
        ("P", "fixing"),
        ("S", "fixing"),
    ]


def test_other_events_take_no_price() -> None:
    assert fact("closes", events=[{"at": "8h", "kind": "news", "instrument": "X"}]) == []


# --- Pushes into them ---

CLOSE = [{"at": "8h", "kind": "fixing", "instrument": "X"}]
DAY_OF_TRADES = {
    "at": "1h", "times": 40, "apart": "10m", "trade_id": "d{n}", "buyer_id": "B", "seller_id": "E",
    "quantity": 2, "price": 100,
}  # fmt: skip


def test_who_pays_more_each_time_presses_and_who_is_paid_more_has_no_row() -> None:
    (push,) = fact(
        "closing_pushes",
        events=CLOSE,
        trades=[
            DAY_OF_TRADES, bid("28530s", "A", 10, 100), bid("28600s", "A", 10, 101),
            bid("28700s", "A", 10, 103),
        ],
    )  # fmt: skip
    assert (push["owner_id"], push["side"], push["acts"]) == ("A", "buy", 3)
    assert (push["took"], push["share"], push["size"]) == (1, pytest.approx(30 / 30), 5)
    assert push["moved"] == pytest.approx(103 / 100.5 - 1)
    assert push["settled_at"] == push["closes"] + timedelta(minutes=30)


def test_of_one_price_nobody_is_known_to_press() -> None:
    flat = [bid(f"{28500 + 60 * number}s", "A", 10, 100) for number in range(4)]
    assert fact("closing_pushes", events=CLOSE, trades=[DAY_OF_TRADES, *flat]) == []


def test_small_trades_beside_the_large_ones_are_no_part_of_it() -> None:
    large = [bid(f"{28530 + 60 * number}s", "A", 10, 100 + number) for number in range(4)]
    (push,) = fact(
        "closing_pushes",
        events=CLOSE,
        trades=[DAY_OF_TRADES, *large, bid("28550s", "A", 1, 90)],
    )
    assert (push["acts"], push["took"], len(push["trade_ids"])) == (4, 1, 4)


# --- Clients' large orders ---


def test_slices_of_a_parent_are_one_order_that_is_half_done_in_the_middle() -> None:
    slices = [order(f"{10 + number}m", f"s{number}", 10, parent_id="p") for number in range(6)]
    fills = [bought(f"{610 + 60 * number}s", f"s{number}", 10) for number in range(6)]
    (whole,) = fact("client_orders", orders=[USUAL, *slices], trades=fills)
    assert (whole["client_order"], whole["quantity"], whole["large"]) == ("p", 60, 60)
    assert whole["ts"] == (START + timedelta(minutes=10)).replace(tzinfo=None)
    assert whole["half_at"] - whole["first_fill_at"] == timedelta(minutes=2)


def test_usual_orders_without_a_pause_are_one_large_one_and_after_a_pause_another() -> None:
    at = [0, 60, 120, 600, 660, 720]
    small = [order(f"{second}s", f"s{second}", 1) for second in at]
    fills = [bought(f"{second + 1}s", f"s{second}", 1) for second in at]
    found = fact("client_orders", orders=[USUAL, *small], trades=fills)
    assert [(row["client_order"], row["quantity"]) for row in found] == [("s0", 3), ("s600", 3)]


def test_where_nothing_is_usual_no_order_is_large() -> None:
    assert (
        fact("client_orders", orders=[order("1m", "o", 90)], trades=[bought("2m", "o", 90)]) == []
    )


def test_staff_and_the_house_are_no_clients() -> None:
    kind = [{"at": "-1d", "trader_id": "C", "kind": "house"}]
    orders, trades = [USUAL, order("1m", "o", 90)], [bought("2m", "o", 90)]
    assert fact("client_orders", orders=orders, trades=trades, accounts=kind) == []


# --- Who may know ---


def test_who_is_tied_to_staff_may_know_and_a_brokers_clients_may_not() -> None:
    broker = [{"at": "-5d", "trader_id": f"K{n}", "owner_id": "BROKER"} for n in range(12)]
    rows = fact(
        "insiders",
        accounts=[
            *ACCOUNTS,
            {"at": "-5d", "trader_id": "R", "kind": "client", "linked_to": "S"},
            *broker, {"at": "-5d", "trader_id": "T", "kind": "staff", "owner_id": "BROKER"},
        ],
        rfqs=[{"at": "1h", "rfq_id": "r", "trader_id": "C", "dealers": "D W"}],
    )  # fmt: skip
    assert {row["trader_id"]: row["access"] for row in rows} == {
        "D": None, "W": None, "R": "tied to staff", "S": "staff", "T": "staff",
    }  # fmt: skip


# --- Dealing ahead ---


def dealt(*trades: dict[str, object], accounts: Rows = ACCOUNTS) -> Rows:
    rows = fact(
        "ahead",
        accounts=accounts,
        orders=[USUAL, order("10m", "big", 90)],
        trades=[bought("620s", "big", 90), *trades],
    )
    return [row for row in rows if row["ahead"]]


def test_a_position_is_judged_by_the_accounts_own_rate() -> None:
    (row,) = dealt(bid("602s", "S", 9, 100))
    observed = 55 * 60
    entered = 1 - np.exp(-0.5 / observed * 2)
    assert row["odds"] == pytest.approx(entered * (1 - np.log(entered)), rel=1e-3)
    assert (row["waited"], row["size"], row["closed"]) == (2, 0.1, 0)
    assert (row["hits"], row["seen"], row["unusual"]) == (1, 1, None)


def test_leaving_soon_after_makes_it_odder() -> None:
    out = bid("631s", "M", 9, 101) | {"seller_id": "S", "sell_order_id": "out"}
    (row,) = dealt(bid("602s", "S", 9, 100), out)
    assert (row["closed"], row["left_after"]) == (1, 11)
    assert row["odds"] < 1e-4
    assert row["trade_ids"] == ["t-M631s", "t-S602s"]


def test_what_the_client_takes_over_has_the_markup_that_it_pays() -> None:
    to_client = bought("615s", "big", 60, seller_id="S", price=102) | {
        "trade_id": "over", "sell_order_id": "z",
    }  # fmt: skip
    rows = dealt(bid("602s", "S", 30, 100), bid("604s", "S", 30, 102), to_client)
    (row,) = rows
    assert (row["delivered"], row["closed"]) == (pytest.approx(6120 / 6060), 1)
    assert row["markup"] == pytest.approx(1 / 101)


def test_what_no_client_takes_over_has_no_markup() -> None:
    (row,) = dealt(bid("602s", "S", 9, 100), bid("631s", "M", 9, 101) | {"seller_id": "S"})
    assert (row["delivered"], row["markup"]) == (None, None)


def test_a_position_of_three_thousandths_of_a_very_large_order_is_seen() -> None:
    rows = fact(
        "dealings_ahead",
        accounts=ACCOUNTS,
        orders=[USUAL, order("10m", "big", 1000)],
        trades=[bought("620s", "big", 1000), bid("602s", "S", 3, 100)],
    )
    assert rows
    assert all(row["size"] == pytest.approx(0.003) for row in rows)


def test_who_covers_what_it_sold_stands_ahead_of_nobody() -> None:
    sold = bought("605s", "big", 9, seller_id="S") | {"trade_id": "x"}
    assert dealt(sold, bid("607s", "S", 9, 100)) == []


def test_who_deals_all_the_time_is_near_by_accident() -> None:
    often = [bid(f"{second}s", "S", 9, 100) for second in range(-1700, 1500, 20)]
    assert dealt(*often) == []


# --- Chance ---


def test_a_rate_is_never_nothing_and_that_of_the_busiest_time_counts() -> None:
    now, start = 2 * DAY, 0
    none = np.array([], dtype=np.int64)
    assert rate(none, now, start) == 0.5 / DAY
    assert rate(none, 6 * HOUR, start) == 0.5 / (6 * HOUR)
    assert rate(np.array([now - 2 * MINUTE]), now, start) == 1 / (5 * MINUTE)
    assert rate(none, 0, start) == float("inf")


def test_a_chance_grows_with_time_and_is_never_quite_nothing() -> None:
    assert likely(0.5 / HOUR, 0) > 0
    assert likely(0.5 / HOUR, SECOND) < likely(0.5 / HOUR, MINUTE) < 1
    assert likely(float("inf"), SECOND) == 1


def test_one_decision_is_of_the_occasion_that_it_is_nearest_to() -> None:
    far = {"decision": ("X", True, 1), "odds": 0.02}
    near = {"decision": ("X", True, 1), "odds": 0.001}
    other = {"decision": ("X", True, 9), "odds": 0.01}
    assert list(nearest([far, near, other])) == [near, other]


def _stood(occasion: str, odds: float, ahead: bool = True) -> dict[str, object]:
    return {"occasion": occasion, "odds": odds, "ahead": ahead, "worth": 1}


def test_three_that_were_less_near_are_odder_than_one_that_was_very_near() -> None:
    rows = [_stood("a", 1e-5), _stood("b", 0.004), _stood("c", 0.005)]
    found = rarest(rows[0], rows, 10)
    assert (found["hits"], found["occasions"]) == (3, ["a", "b", "c"])
    assert found["chance"] < 1e-4


def test_a_choice_of_two_counts_doubles_the_chance() -> None:
    rows = [_stood("a", 1e-5), _stood("b", 0.05)]
    both, alone = (rarest(rows[0], some, 10)["chance"] for some in (rows, rows[:1]))
    assert both == 2 * alone


def test_who_stood_against_one_as_near_is_told_so() -> None:
    rows = [_stood("a", 0.001, ahead=False), _stood("b", 0.002)]
    found = rarest(rows[1], rows, 10)
    assert (found["hits"], found["against"], found["occasions"]) == (1, 1, ["b"])
    assert rarest(rows[0], rows, 10)["chance"] == 1
