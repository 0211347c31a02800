"""Rows written by hand, as a view: what is filled in, what is refused, what is seen."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from surveillance.activity.catalogue import TABLES
from surveillance.activity.sample import START, latest, sample_view
from surveillance.errors import SurveillanceError
from surveillance.model import Window

DAY = Window(START, START + timedelta(days=1))


def rows(table: str, *rows: dict[str, Any], window: Window = DAY) -> list[dict[str, Any]]:
    with sample_view({table: rows}, window) as view:
        found: list[dict[str, Any]] = view.arrow(f'select * from "{table}"').to_pylist()
    return found


@pytest.mark.parametrize("table", TABLES)
def test_every_table_can_be_filled_with_what_it_requires(table: str) -> None:
    (row,) = rows(table, {"at": "1s"})
    assert all(row[column.name] is not None for column in TABLES[table].columns if column.required)
    for column in TABLES[table].columns:
        assert row[column.name] is None or not column.allowed or row[column.name] in column.allowed


def test_times_are_offsets_from_one_monday() -> None:
    (row,) = rows("trades", {"at": "90m"})
    assert row["ts"] == (START + timedelta(minutes=90)).replace(tzinfo=None)
    assert START.weekday() == 0


def test_ids_are_numbered_and_keys_are_made_of_them_and_their_instrument() -> None:
    first, second, other = rows("trades", {}, {"trade_id": "a"}, {"trade_id": "a", "instrument": 7})
    assert (first["trade_id"], first["seq"]) == ("trades-1", 1)
    assert (second["trade_id"], second["seq"]) == ("a", 2)
    assert len({row["trade_key"] for row in (first, second, other)}) == 3


def test_an_instrument_settles_linear_unless_a_row_says_how() -> None:
    settled = rows("instruments", {}, {"multiplier": -1}, {"settlement": "inverse"})
    assert Counter(row["settlement"] for row in settled) == Counter(["linear", None, "inverse"])
    assert {row["settlement"] for row in settled if row["multiplier"] == -1} == {None}


def test_a_row_may_be_repeated_with_its_number() -> None:
    found = rows("orders", {"at": "1s", "times": 3, "apart": "2s", "order_id": "o{n}"})
    assert [row["order_id"] for row in found] == ["o0", "o1", "o2"]
    assert [(row["ts"] - found[0]["ts"]).total_seconds() for row in found] == [0, 2, 4]


def test_rows_keep_their_order_and_are_read_as_if_each_stood_alone() -> None:
    prices = [100, 100.5, "0.000000000000000001", 3, Decimal("7.10"), *range(250)]
    found = rows("trades", *({"price": price, "quantity": 1} for price in prices))
    assert [row["price"] for row in found] == [Decimal(str(price)) for price in prices]
    assert [row["seq"] for row in found] == list(range(1, len(prices) + 1))


def test_the_one_row_among_many_that_does_not_fit_is_named() -> None:
    many = [
        {"buyer_id": f"A{n}", "is_block": "perhaps" if n == 150 else "true"} for n in range(300)
    ]
    with pytest.raises(SurveillanceError, match=r"expected a row of trades, was .*'A150'"):
        rows("trades", *many)


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("deals", {}, "expected a table of the catalogue, was 'deals'"),
        ("trades", {"colour": "red"}, "expected columns of trades, was colour"),
        ("trades", {"trade_key": "a"}, "expected columns of trades, was trade_key"),
        ("trades", {"price": "much"}, "expected a row of trades"),
        ("trades", {"buyer_id": "A", "is_block": "perhaps"}, "expected a row of trades"),
        ("orders", {"at": "soon"}, "expected a length of time such as 500ms"),
    ],
)
def test_what_does_not_fit_the_catalogue_is_refused(
    table: str, row: dict[str, Any], message: str
) -> None:
    with pytest.raises(SurveillanceError, match=message):
        sample_view({table: [row]}, DAY)


def test_a_view_shows_its_window_and_states_of_any_age() -> None:
    offsets = ["-1us", "0s", "86399999999us", "24h"]
    assert [row["ts"] for row in rows("trades", *({"at": at} for at in offsets))] == [
        moment.replace(tzinfo=None) for moment in (DAY.start, DAY.end - timedelta(microseconds=1))
    ]
    seen = rows("accounts", {"at": "-400d", "trader_id": "A"}, {"at": "24h", "trader_id": "B"})
    assert [row["trader_id"] for row in seen] == ["A"]


def test_a_view_says_what_it_has_and_can_be_narrowed() -> None:
    rows = {"trades": [{"at": "1h", "buyer_id": "A"}]}
    with sample_view(rows, DAY) as view:
        assert view.has("trades")
        assert view.has("trades.buyer_id")
        assert not view.has("trades.seller_id")
        with view.narrow(Window(DAY.start, DAY.start + timedelta(minutes=1))) as cut:
            assert not cut.has("trades")


def test_the_last_offset_counts_repeated_rows() -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "trades": [{"at": "1m", "times": 3, "apart": "1m"}],
        "orders": [{"at": "2m"}],
    }
    assert latest(rows) == timedelta(minutes=3)
    assert latest({}) == timedelta(0)
