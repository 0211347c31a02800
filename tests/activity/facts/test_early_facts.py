"""Facts about announcements: what moved a price, and who had dealt or withdrawn before."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveillance.activity.facts import reach_of
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.canonical import canonical
from surveillance.model import Window
from tests.given.depth import deep

Rows = list[dict[str, Any]]
TERMS: Rows = [{"at": "-90d", "instrument": "X", "underlying": "T", "kind": "spot"}]
END = START + timedelta(days=9)


def rows_of(name: str, begin: datetime, tables: dict[str, Rows]) -> Rows:
    with sample_view(tables, Window(begin, END)) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f"select * from {name} order by all").to_pylist()
    return rows


def fact(name: str, **tables: Rows) -> Rows:
    return rows_of(name, START - timedelta(days=30), tables)


def announced(at: str, event_id: str = "e", **more: Any) -> dict[str, Any]:
    return {"at": at, "event_id": event_id, "kind": "listing", "asset": "T"} | more


def tape(at: str, price: int, times: int = 60) -> dict[str, Any]:
    """Others' trades, one a minute, that say what the price is."""
    return {
        "at": at, "times": times, "apart": "1m", "trade_id": f"{at}{{n}}", "buyer_id": "C",
        "seller_id": "M", "price": price,
    }  # fmt: skip


def dealt(at: str, side: str, quantity: int, price: int = 100) -> dict[str, Any]:
    ends = {"buyer_id": "B", "seller_id": "M"}
    if side == "sell":
        ends = {"buyer_id": "M", "seller_id": "B"}
    return {"at": at, "trade_id": f"b{at}", "quantity": quantity, "price": price} | ends


UP = [tape("71h", 100), tape("72h", 110)]


def early(*trades: dict[str, Any], events: Rows | None = None, **more: Rows) -> Rows:
    tables = {"instruments": TERMS, "events": events or [announced("72h", known_at="60h")], **more}
    dealings = fact("early_dealings", trades=[*UP, *trades], **tables)
    return [row for row in dealings if row["owner_id"] == "B"]


def test_an_announcement_tells_how_far_it_moved_the_price_and_who_knew_since_when() -> None:
    (row,) = fact(
        "announcements", instruments=TERMS, events=[announced("72h", known_at="60h")], trades=UP
    )
    assert (row["instrument"], row["is_listing"], round(row["move"], 9)) == ("X", True, 0.1)
    assert row["ts"] - row["known_at"] == timedelta(hours=12)


@pytest.mark.parametrize(
    ("kind", "known", "days"),
    [
        ("delisting", {}, 7),
        ("listing", {"known_at": "-30d"}, 7),
        ("hack", {"known_at": "-30d"}, 2),
        ("hack", {"known_at": "71h"}, 1 / 24),
    ],
)
def test_a_listing_is_secret_for_a_week_at_most_and_all_else_for_two_days(
    kind: str, known: dict[str, str], days: float
) -> None:
    events = [announced("72h", kind=kind, **known)]
    (row,) = fact("announcements", instruments=TERMS, events=events, trades=UP)
    assert row["ts"] - row["known_at"] == timedelta(days=days)


@pytest.mark.parametrize(
    "event",
    [
        announced("72h", kind="news"),
        announced("72h", kind="social", known_at="60h"),
        announced("72h", kind="hack", known_at="72h"),
        announced("72h", asset="U"),
        announced("4290m", known_at="60h"),
    ],
)
def test_what_nobody_knew_before_or_what_moved_nothing_is_left_out(event: dict[str, Any]) -> None:
    assert fact("announcements", instruments=TERMS, events=[event], trades=UP) == []


def test_a_position_is_what_was_taken_while_it_was_secret() -> None:
    (row,) = early(
        dealt("50h", "buy", 7),
        dealt("61h", "buy", 10),
        dealt("63h", "sell", 2),
        dealt("64h", "buy", 4),
        dealt("73h", "sell", 8, 110),
    )
    assert [row[name] for name in ("good", "bad", "earlier", "unwound")] == [1400, 200, 700, 880]
    assert row["gain"] == 120
    assert row["started_at"] == (START + timedelta(hours=61)).replace(tzinfo=None)
    assert row["trade_ids"] == ["b61h", "b64h", "b73h"]


def test_what_it_turned_over_before_it_last_stood_flat_does_not_count() -> None:
    (row,) = early(dealt("61h", "buy", 10), dealt("62h", "sell", 10), dealt("64h", "buy", 4))
    assert (row["good"], row["bad"]) == (400, 0)


def test_who_bought_only_before_anybody_knew_has_no_row() -> None:
    assert early(dealt("50h", "buy", 7), dealt("73h", "sell", 7)) == []


def test_before_a_fall_it_is_a_sale_that_gains() -> None:
    fall = [announced("80h", known_at="75h", kind="delisting")]
    lower = [tape("79h", 110), tape("80h", 99), dealt("76h", "sell", 3, 110)]
    (row,) = early(*lower, events=fall)
    assert (row["good"], round(row["gain"], 2)) == (330, 33)


def test_announcements_of_a_week_by_which_an_owner_gained_are_counted() -> None:
    events = [announced("72h", known_at="60h"), announced("100h", "f", known_at="90h")]
    again = [
        tape("99h", 110), tape("100h", 121), dealt("95h", "buy", 300, 110),
        dealt("101h", "sell", 300, 121),
    ]  # fmt: skip
    rows = early(dealt("61h", "buy", 300), dealt("74h", "sell", 300, 110), *again, events=events)
    assert [(row["event_id"], row["times"]) for row in rows] == [("e", 1), ("f", 2)]


@pytest.mark.parametrize(
    ("access", "kind", "listing", "other"),
    [
        ("listings", None, True, True),
        (None, None, True, True),
        ("margins", None, False, True),
        ("margins", "staff", False, True),
        ("", "house", True, True),
        ("", "client", False, False),
    ],
)
def test_an_insider_is_staff_whose_work_such_events_are(
    access: str | None, kind: str | None, listing: bool, other: bool
) -> None:
    staff = [{"employee_id": "E", "trader_id": "B", "access": access}] if access != "" else []
    accounts = [{"trader_id": "B", "kind": kind}] if kind else []
    known: dict[str, Any] = {"staff": staff, "accounts": accounts}
    seen = [
        early(dealt("71h", "buy", 3), events=[announced("72h", known_at="70h", kind=of)], **known)
        for of in ("listing", "hack")
    ]
    assert [row["is_insider"] for (row,) in seen] == [listing, other]


def test_what_is_taken_is_compared_with_what_was_usual_an_hour() -> None:
    (row,) = early(dealt("50h", "buy", 13), dealt("61h", "buy", 10))
    assert row["unusual"] == pytest.approx(10 / 13 * (7 * 24 - 12) / 12)
    (new,) = early(dealt("61h", "buy", 10))
    assert new["unusual"] is None


def test_who_drives_the_price_on_after_it_is_told_from_who_takes_the_gain() -> None:
    on = dealt("4386m", "buy", 3, 115) | {"taker_side": "buy"}
    first = dealt("61h", "buy", 10)
    (takes,), (drives,) = early(first, dealt("4386m", "sell", 3, 115)), early(first, on)
    assert takes["pushed"] == 0
    assert round(drives["pushed"], 9) == round(5 / 110, 9)


def test_orders_that_rested_before_anybody_knew_and_were_withdrawn_are_told_by_side() -> None:
    order = {"trader_id": "B", "quantity": 2}
    orders = [
        {"at": "59h", "order_id": "s", "side": "sell", "price": 104, **order},
        {"at": "61h", "order_id": "s", "side": "sell", "price": 104, "event": "cancel", **order},
        {"at": "59h", "order_id": "b", "side": "buy", "price": 96, **order},
        {"at": "61h", "order_id": "b", "side": "buy", "price": 96, "event": "cancel", **order},
        {"at": "61h", "order_id": "late", "side": "sell", "price": 104, **order},
        {"at": "62h", "order_id": "late", "side": "sell", "event": "cancel", **order},
    ]
    (row,) = early(orders=orders)
    assert (row["pulled"], row["pulled_other"], row["pulled_ids"]) == (208, 192, ["s"])
    assert (row["good"], row["trade_ids"]) == (0, [])


HOURS = st.sampled_from([1, 23, 24, 25, 47, 190, 191])
DEALS = st.lists(st.tuples(HOURS, st.sampled_from("AB"), st.booleans()), max_size=9)
ANNOUNCED = st.lists(
    st.tuples(st.sampled_from([24, 26, 191, 192, 193]), st.sampled_from(["listing", "hack"])),
    min_size=1, max_size=3, unique_by=lambda event: event[0],
)  # fmt: skip


@pytest.mark.parametrize("name", ["announcements", "early_dealings", "early_withdrawals"])
@settings(max_examples=deep(3, 8), deadline=None)
@given(DEALS, ANNOUNCED, st.sampled_from([0, 1, 2, 24, 192]))
@example([(1, "A", True), (47, "A", True), (190, "A", True)], [(26, "hack"), (191, "listing")], 191)
@example([(1, "A", True), (47, "A", True), (190, "A", True)], [(26, "hack"), (192, "hack")], 192)
def test_a_longer_view_says_the_same_of_early_dealings_from_a_later_start(
    name: str, deals: list[Any], events: list[Any], cut: int
) -> None:
    start = START + timedelta(hours=cut)
    known: dict[str, Rows] = {
        "instruments": TERMS,
        "events": [announced(f"{at}h", f"e{at}", kind=of, known_at="1h") for at, of in events],
        "trades": [tape(f"{at}h", 100 + 9 * (at % 2), 6) for at in (23, 25, 26, 190, 191, 193)]
        + [
            dealt(f"{hour * 60 + n}m", "buy" if buys else "sell", 1 + n) | {"trade_id": f"d{n}"}
            | ({"buyer_id": who} if buys else {"seller_id": who})
            for n, (hour, who, buys) in enumerate(deals)
        ],
    }  # fmt: skip
    views = (START - timedelta(days=30), start - reach_of([name]))
    seen = [
        Counter(
            canonical(row)
            for row in rows_of(name, begin, known)
            if row["ts"] >= start.replace(tzinfo=None)
        )
        for begin in views
    ]
    assert seen[0] == seen[1]
