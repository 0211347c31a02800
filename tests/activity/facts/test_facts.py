"""Derived facts: what each says, and that it never hangs on where the view begins."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.asking import Asked, Use
from surveillance.activity.catalogue import TABLES
from surveillance.activity.demand import asked
from surveillance.activity.facts import (
    facts,
    order_life,
    reach_of,
    relations,
    sources_of,
    usual_sizes,
)
from surveillance.activity.fronts import OWNED
from surveillance.activity.lake import Lake
from surveillance.activity.lake.engine import SPILL
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.activity.valuation import PEGGED
from surveillance.canonical import canonical
from surveillance.model import Window
from surveillance.times import HOUR, SECOND
from tests.given.activities import DAY
from tests.given.depth import deep

Rows = list[dict[str, Any]]
END = START + timedelta(hours=60)


def rows_of(name: str, tables: dict[str, Rows], window: Window) -> Rows:
    with sample_view(tables, window) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f'select * from "{name}"').to_pylist()
    return rows


def fact(name: str, **tables: Rows) -> Rows:
    return rows_of(name, tables, Window(START - timedelta(days=40), END))


# --- The promise that lets rules of different lookbacks share a fact ---

TRADERS = st.sampled_from("ABC")
HOURS = st.sampled_from([0, 22, 23, 24, 25, 47])
MOMENTS = st.builds(
    lambda hour, micro: hour * HOUR + micro,
    HOURS,
    st.sampled_from([0, 1, SECOND, HOUR - SECOND, HOUR - 1]),
)
EVENTS = st.sampled_from(["new", "new", "fill", "cancel", "replace"])
ORDERS = st.lists(
    st.tuples(MOMENTS, st.integers(0, 4), TRADERS, EVENTS, st.integers(1, 9)), max_size=14
)
TRADES = st.lists(
    st.tuples(MOMENTS, TRADERS, TRADERS, st.integers(0, 4), st.integers(0, 4)), max_size=12
)


def messages(orders: list[Any]) -> Iterator[dict[str, Any]]:
    """Let every order enter first and once, as a venue does."""
    entered: set[int] = set()
    for seq, (at, number, who, event, quantity) in enumerate(sorted(orders)):
        first = number not in entered
        kind = "new" if first else "replace" if event == "new" else event
        entered.add(number)
        yield {
            "at": f"{at}us",
            "seq": seq,
            "order_id": f"o{number}",
            "trader_id": who,
            "event": kind,
            "quantity": quantity,
        }


def activity(orders: list[Any], trades: list[Any]) -> dict[str, Rows]:
    return {
        "orders": list(messages(orders)),
        "trades": [
            {
                "at": f"{at}us",
                "trade_id": f"t{n}",
                "buyer_id": buyer,
                "seller_id": seller,
                "buy_order_id": f"o{buy}",
                "sell_order_id": f"o{sell}",
            }
            for n, (at, buyer, seller, buy, sell) in enumerate(trades)
        ],
        "accounts": [
            {"at": "-90d", "trader_id": "A", "owner_id": "X"},
            {"at": "-90d", "trader_id": "B", "owner_id": "X"},
        ],
    }


REACHING: dict[timedelta, list[str]] = {}
for each, told in facts().items():
    if told.TABLE.time:
        REACHING.setdefault(reach_of([each]), []).append(each)


@pytest.mark.parametrize("reach", REACHING, ids=str)
@settings(max_examples=deep(2, 1), deadline=None)
@given(
    ORDERS,
    TRADES,
    st.sampled_from([0, 24 * HOUR, 24 * HOUR + 1, 25 * HOUR]),
)
def test_a_fact_of_a_longer_view_cut_to_a_later_start_is_that_of_the_shorter(
    reach: timedelta, orders: list[Any], trades: list[Any], cut: int
) -> None:
    """Facts that reach as far are made in one view, as what they are made of is the same."""
    start = START + timedelta(microseconds=cut)
    long, short = (
        seen(REACHING[reach], activity(orders, trades), window, start)
        for window in (Window(START - timedelta(days=30), END), Window(start - reach, END))
    )
    assert [name for name in long if long[name] != short[name]] == []


OWN: dict[timedelta, list[str]] = {}
"""Facts by how far they look back on anything but rates."""
for each, told in facts().items():
    if told.TABLE.time:
        OWN.setdefault(reach_of([each], worth=False), []).append(each)


@pytest.mark.parametrize("reach", OWN, ids=str)
@settings(max_examples=deep(2, 4), deadline=None)
@given(ORDERS, TRADES, st.sampled_from([24 * HOUR, 24 * HOUR + 1, 25 * HOUR]))
def test_a_fact_made_of_activity_since_its_reach_before_a_moment_is_that_of_all_from_then_on(
    reach: timedelta, orders: list[Any], trades: list[Any], cut: int
) -> None:
    names, start = OWN[reach], START + timedelta(microseconds=cut)
    since = asked([Use(frozenset(names), since=start - reach)])
    whole, part = (
        seen(names, activity(orders, trades), Window(START - timedelta(days=2), END), start, asks)
        for asks in (None, since)
    )
    assert [name for name in whole if whole[name] != part[name]] == []


def seen(
    names: Sequence[str],
    tables: dict[str, Rows],
    window: Window,
    start: datetime,
    asks: Asked | None = None,
) -> dict[str, Counter[str]]:
    """Make facts in a view, and return their rows from a moment on."""
    first = start.replace(tzinfo=None).isoformat()
    with sample_view(tables, window) as view:
        prepare(view.connection, names, asks)
        made = {
            name: view.arrow(
                f'select * from "{name}" where "{facts()[name].TABLE.time}" >= \'{first}\''
            ).to_pylist()
            for name in names
        }
    return {name: Counter(canonical(row) for row in rows) for name, rows in made.items()}


# --- Owners ---


def owners(*accounts: dict[str, Any]) -> dict[str, str]:
    return {row["trader_id"]: row["owner_id"] for row in fact("owners", accounts=list(accounts))}


def test_an_account_without_an_owner_is_its_own() -> None:
    assert owners({"trader_id": "A"}) == {"A": "A"}


def test_the_latest_state_of_an_account_says_who_owns_it() -> None:
    earlier = {"at": "-9d", "trader_id": "A", "owner_id": "old"}
    assert owners({"at": "1h", "trader_id": "A", "owner_id": "new"}, earlier) == {"A": "new"}


def test_owners_of_linked_accounts_are_one_under_the_smallest_name() -> None:
    owner_of = owners(
        {"trader_id": "a1", "owner_id": "P"},
        {"trader_id": "a2", "owner_id": "P"},
        {"trader_id": "b1", "owner_id": "N", "linked_to": "a2"},
        {"trader_id": "c1", "owner_id": "Q", "linked_to": "b1"},
        {"trader_id": "d1", "owner_id": "M"},
    )
    assert owner_of == {"a1": "N", "a2": "N", "b1": "N", "c1": "N", "d1": "M"}


def test_a_link_to_an_account_nobody_knows_joins_nothing() -> None:
    assert owners({"trader_id": "A", "owner_id": "X", "linked_to": "gone"}) == {"A": "X"}


LINKS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8)


@settings(max_examples=deep(5, 10), deadline=None)
@given(LINKS)
def test_owners_are_joined_exactly_along_links(links: list[tuple[int, int]]) -> None:
    linked = dict(links)
    owner_of = owners(
        *(
            {"trader_id": f"t{n}", "linked_to": f"t{linked[n]}" if n in linked else None}
            for n in range(8)
        )
    )
    group = list(range(8))
    for _ in range(8):
        for account, other in linked.items():
            group[account] = group[other] = min(group[account], group[other])
    assert owner_of == {f"t{n}": f"t{group[n]}" for n in range(8)}


def test_tables_of_traders_show_the_owner_too() -> None:
    tables: dict[str, Rows] = {
        "accounts": [{"trader_id": "A", "owner_id": "X"}],
        "transfers": [{"at": "1s", "trader_id": "A"}, {"at": "2s", "trader_id": "B"}],
    }
    with sample_view(tables, Window(START, END)) as view:
        prepare(view.connection, [])
        rows = view.arrow("select trader_id, owner_id from transfers order by ts").to_pylist()
        assert all("owner_id" in view.arrow(f"from {name}").column_names for name in OWNED)
    assert [tuple(row.values()) for row in rows] == [("A", "X"), ("B", "B")]


# --- Mids ---


def mids(**tables: Rows) -> dict[int, tuple[Any, ...]]:
    start = int(START.timestamp())
    prices = ("bid", "ask", "mid", "is_quoted")
    return {r["second"] - start: tuple(r[name] for name in prices) for r in fact("mids", **tables)}


def quote(at: str, side: str, price: str, **more: Any) -> dict[str, Any]:
    return {"at": at, "side": side, "price": Decimal(price), "level": 0} | more


def test_a_second_shows_the_best_prices_that_were_known_when_it_began() -> None:
    prices = mids(
        book=[quote("1s", "buy", "99"), quote("1s", "sell", "102"), quote("3s", "sell", "100.5")]
    )
    assert 1 not in prices
    assert prices[2] == prices[3] == (99, 102, Decimal("100.5"), True)
    assert prices[4] == (99, Decimal("100.5"), Decimal("99.75"), True)


def test_the_last_of_a_second_counts_and_deeper_levels_do_not() -> None:
    prices = mids(
        book=[
            quote("1s", "buy", "90", seq=2),
            quote("1s", "buy", "99", seq=3),
            quote("1s", "buy", "98", seq=4, level=1),
            quote("1s", "sell", "101"),
        ]
    )
    assert prices[2] == (99, 101, 100, True)


def test_where_a_side_is_empty_the_last_trade_stands_in() -> None:
    prices = mids(
        book=[
            quote("1s", "buy", "99"),
            quote("1s", "sell", "101"),
            quote("5s", "sell", "101", quantity=0),
        ],
        trades=[
            {"at": "2s", "price": 98},
            {"at": "7s", "trade_id": "b", "price": 50, "is_block": True},
        ],
    )
    assert prices[5] == (99, 101, 100, True)
    assert prices[6] == prices[8] == (99, None, 98, False)


def test_a_price_that_nobody_renewed_for_an_hour_says_nothing() -> None:
    prices = mids(trades=[{"at": "10s", "price": 98}])
    assert (min(prices), max(prices)) == (11, 3610)


def test_a_price_stands_until_another_comes_or_an_hour_ends_or_it_says_nothing_more() -> None:
    trades = [{"at": "58m", "price": 98}, {"at": "59m", "trade_id": "b", "price": 99}]
    rows = sorted(fact("prevailing", trades=trades), key=lambda row: int(row["first"]))
    start = int(START.timestamp())
    assert [(row["first"] - start, row["stop"] - start, row["mid"]) for row in rows] == [
        (3481, 3541, 98), (3541, 3600, 99), (3600, 7081, 99), (7081, 7141, 99)
    ]  # fmt: skip


# --- Fills ---


def test_a_trade_is_seen_from_both_sides() -> None:
    trade = {"at": "1s", "buyer_id": "A", "seller_id": "B", "price": 7, "quantity": 3}
    named = {"buy_order_id": "a", "sell_order_id": "b", "taker_side": "sell"}
    buy, sell = sorted(fact("fills", trades=[trade | named]), key=lambda row: str(row["side"]))
    columns = ("trader_id", "counterparty_id", "order_id", "is_taker")
    assert [buy[name] for name in columns] == ["A", "B", "a", False]
    assert [sell[name] for name in columns] == ["B", "A", "b", True]
    assert (buy["signed_quantity"], sell["signed_quantity"]) == (3, -3)
    assert (buy["signed_notional"], sell["signed_notional"]) == (21, -21)
    assert not buy["is_block"]


def test_a_side_whose_trader_is_not_known_has_no_row() -> None:
    (only,) = fact("fills", trades=[{"at": "1s", "seller_id": "B"}])
    assert (only["trader_id"], only["counterparty_id"]) == ("B", None)


@settings(max_examples=deep(4, 8), deadline=None)
@given(TRADES)
def test_everything_bought_was_sold(trades: list[Any]) -> None:
    sides = fact("fills", **activity([], trades))
    assert len(sides) == 2 * len(trades)
    assert sum(row["signed_quantity"] for row in sides) == 0
    assert sum(row["signed_notional"] for row in sides) == 0


# --- The life of an order ---


def life(*messages: dict[str, Any]) -> dict[str, Any]:
    orders = [{"order_id": "o", "trader_id": "A", **message} for message in messages]
    (only,) = fact("order_life", orders=orders)
    return only


def test_an_order_that_still_stands_has_no_end() -> None:
    order = life({"at": "1s", "quantity": 5, "price": 7})
    assert (order["ended_at"], order["end_reason"], order["filled"]) == (None, None, 0)
    assert (order["quantity"], order["displayed"], order["notional"]) == (5, 5, 35)


@pytest.mark.parametrize("event", ["cancel", "expire", "reject"])
def test_an_order_ends_when_it_is_taken_away(event: str) -> None:
    order = life({"at": "1s", "quantity": 5}, {"at": "9s", "event": event, "reason": "because"})
    assert order["ended_at"] == (START + timedelta(seconds=9)).replace(tzinfo=None)
    assert (order["end_reason"], order["reason"]) == (event, "because")


@pytest.mark.parametrize("last", [{"quantity": 3}, {"quantity": 1, "remaining": 0}])
def test_an_order_ends_when_it_is_filled(last: dict[str, Any]) -> None:
    order = life(
        {"at": "1s", "quantity": 5},
        {"at": "2s", "event": "fill", "quantity": 2},
        {"at": "3s", "event": "fill", **last},
    )
    assert (order["end_reason"], order["filled"]) == ("fill", 2 + last["quantity"])
    assert order["ended_at"] == order["last_fill_at"] > order["first_fill_at"]


def test_a_partly_filled_order_that_is_cancelled_keeps_what_was_filled() -> None:
    order = life(
        {"at": "1s", "quantity": 5, "price": 100},
        {"at": "2s", "event": "fill", "quantity": 2},
        {"at": "3s", "event": "replace", "quantity": 9, "price": 1},
        {"at": "4s", "event": "cancel", "quantity": 7},
    )
    assert (order["end_reason"], order["filled"], order["replaces"]) == ("cancel", 2, 1)
    assert (order["quantity"], order["price"]) == (5, 100)


def test_an_order_entered_before_the_view_has_no_row() -> None:
    assert fact("order_life", orders=[{"at": "1s", "order_id": "o", "event": "cancel"}]) == []


def test_its_value_counts_the_multiplier_of_its_instrument() -> None:
    orders = [{"at": "1s", "order_id": "o", "trader_id": "A", "quantity": 2, "price": 10}]
    instruments = [{"at": "-9d", "instrument": "X", "multiplier": Decimal("0.01")}]
    (order,) = fact("order_life", orders=orders, instruments=instruments)
    assert order["notional"] == Decimal("0.2")


def test_an_order_and_its_fills_belong_to_the_owner() -> None:
    accounts = [{"trader_id": "A", "owner_id": "X"}]
    orders = [{"at": "1s", "order_id": "o", "trader_id": "A"}]
    assert fact("order_life", orders=orders, accounts=accounts)[0]["owner_id"] == "X"


# --- What an owner shows on each side ---


def test_an_order_moved_where_none_is_entered_is_shown() -> None:
    orders = [
        {"at": "0s", "order_id": "o", "trader_id": "A", "event": "replace", "quantity": 3},
        {"at": "1h", "order_id": "p", "trader_id": "A", "side": "sell", "quantity": 2},
    ]
    shown = [(row["bid"], row["offered"]) for row in fact("shown_sides", orders=orders)]
    assert shown == [(3, 0), (0, 2)]


# --- Finding them ---


def test_every_fact_is_a_table_that_says_what_its_rows_are() -> None:
    assert facts()
    for name, each in facts().items():
        table = each.TABLE
        assert table.name == name
        assert table.name not in TABLES
        assert table.fact
        assert set(table.key) <= set(table.schema)
        assert not table.time or table.time in table.schema
        assert all(column.meaning for column in table.columns)
        assert set(each.READS) <= set(relations())


@pytest.mark.parametrize("is_planned", [True, False])
def test_facts_of_nothing_are_empty_but_for_what_is_promised_and_have_their_columns(
    is_planned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So where there is nothing they need not be planned at all."""
    if is_planned:
        monkeypatch.setattr("surveillance.activity.preparing._has_any", lambda *_: True)
    with sample_view({}, Window(START, END)) as view:
        prepare(view.connection, facts())
        rows = {name: view.arrow(f'select * from "{name}"').to_pylist() for name in facts()}
        described = {
            name: dict(row[:2] for row in view.connection.execute(f'describe "{name}"').fetchall())
            for name in facts()
        }
    assert {name for name in rows if rows[name]} == {
        name for name, fact in facts().items() if hasattr(fact, "PROMISED")
    }
    assert described == {name: fact.TABLE.schema for name, fact in facts().items()}
    coins = [(row["currency"], row["usd"], row["is_fixed"]) for row in rows["rates"]]
    assert sorted(coins) == [(coin, 1, True) for coin in PEGGED]


def test_facts_are_traced_to_the_tables_they_are_made_of() -> None:
    assert sources_of(["crosses", "logins"]) == {
        "trades",
        "orders",
        "instruments",
        "accounts",
        "logins",
    }
    assert reach_of(["crosses"]) >= reach_of(["order_life"]) > reach_of(["fills"])
    assert reach_of(["fills"]) == timedelta(days=1)
    assert reach_of(["owners"]) == timedelta(0)


def test_facts_are_made_once_and_in_the_order_they_need() -> None:
    tables = activity([], [(0, "A", "B", 0, 0)])
    with sample_view(tables, Window(START, END)) as view:
        prepare(view.connection, ["crosses"])
        view.connection.execute("delete from fills")
        prepare(view.connection, ["crosses", "fills"])
        assert view.arrow("select * from fills").num_rows == 0


@settings(max_examples=deep(3, 8), deadline=None)
@given(ORDERS, TRADES, st.integers(1, 3))
def test_lives_of_orders_are_the_same_in_parts_and_by_grouping(
    orders: list[Any], trades: list[Any], at_once: int
) -> None:
    whole = Counter(canonical(row) for row in fact("order_life", **activity(orders, trades)))
    changes = ((usual_sizes, "_AT_ONCE", at_once), (order_life, "_repeats", lambda *_: True))
    for module, name, value in changes:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, value)
            lives = fact("order_life", **activity(orders, trades))
        assert Counter(canonical(row) for row in lives) == whole


@settings(max_examples=deep(3, 8), deadline=None)
@given(ORDERS, TRADES)
def test_a_fact_has_what_was_asked_of_it_and_the_rest_is_empty(
    orders: list[Any], trades: list[Any]
) -> None:
    tables, window = activity(orders, trades), Window(START - timedelta(days=40), END)
    large = [("quantity >= 5", frozenset(["quantity"])), ("filled > 0", frozenset(["filled"]))]
    use = Use(frozenset(["order_life"]), frozenset(["quantity", "filled"]), {"order_life": [large]})
    with sample_view(tables, window) as view:
        prepare(view.connection, ["order_life"], asked([use]))
        lives = view.arrow("select * from order_life order by order_key").to_pylist()
        assert view.arrow("select * from usual_sizes").num_rows == 0
    wanted = {"ts", "seq", "order_key", "instrument", "trader_id", "owner_id", "quantity", "filled"}
    wanted |= {"order_id", "side", "price", "ended_at", "end_reason"}  # the picture of a hit
    whole = sorted(fact("order_life", **tables), key=lambda row: str(row["order_key"]))
    expected: Rows = [
        {name: row[name] if name in wanted else None for name in row} for row in whole
    ]
    assert canonical(of_five(lives)) == canonical(of_five(expected))


def of_five(rows: Rows) -> Rows:
    return [row for row in rows if row["quantity"] >= 5]


def test_of_all_who_ask_together_each_is_given_what_it_asks() -> None:
    large = Use(frozenset(["order_life"]), frozenset(["price"]), {"order_life": [[LARGE]]})
    dear = Use(frozenset(["order_life"]), frozenset(["usual"]), {"order_life": [[DEAR]]})
    every = Use(frozenset(["order_life"]))
    asks = asked([large, dear])
    assert asks["order_life"].rows == frozenset({"quantity >= 5", "price > 9"})
    assert asks["order_life"].columns >= {"price", "usual", "order_key", "ts", "seq"}
    assert "reason" not in asks["order_life"].columns
    assert "usual_sizes" in asks
    assert "usual_sizes" not in asked([large])
    assert asked([])["owners"].columns == {"trader_id", "owner_id"}
    assert asked([large, every])["order_life"].rows is None
    assert asked([large, Use(frozenset(["crosses"]))])["order_life"].rows is None


LARGE = ("quantity >= 5", frozenset(["quantity"]))
DEAR = ("price > 9", frozenset(["price"]))


def test_facts_kept_as_files_are_those_kept_in_memory_and_go_with_the_view(
    day_lake: Lake, tmp_path: Path
) -> None:
    left = shutil.ignore_patterns(SPILL)
    lake, day = Lake(shutil.copytree(day_lake.root, tmp_path / "lake", ignore=left)), DAY.day(0)
    stored = []
    for in_files in (True, False):
        with lake.view(day, day.end + timedelta(days=1)) as view:
            if not in_files:
                view.connection.execute("reset variable facts")
            prepare(view.connection, ["order_life"])
            rows = view.arrow("select * from order_life order by order_id").to_pylist()
            assert bool(list((lake.root / SPILL).rglob("*.parquet"))) is in_files
        stored.append(canonical(rows))
    assert stored[0] == stored[1]
    assert not list((lake.root / SPILL).iterdir())


@pytest.mark.parametrize(
    ("price", "quantity", "multiplier", "value"),
    [
        ("0.12345678", "3", "1", "0.370370"),
        ("101.5", "0.25", "0.001", "0.025375"),
        ("100.0001", "0.01", "0.5", "0.500001"),
        ("9999999.99", "9999.99", "0.0001", "9999989.990000"),
        ("-3.5", "2", "1", "7"),
    ],
)
def test_the_value_of_an_order_is_rounded_half_up_to_six_places(
    price: str, quantity: str, multiplier: str, value: str
) -> None:
    orders = [{"order_id": "o", "price": Decimal(price), "quantity": Decimal(quantity)}]
    instruments = [{"at": "-9d", "instrument": "X", "multiplier": Decimal(multiplier)}]
    (order,) = fact("order_life", orders=orders, instruments=instruments)
    assert order["notional"] == Decimal(value)
