"""Planted activity: later, and in a namespace of its own."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.catalogue import TABLES
from surveillance.activity.planted import planted
from surveillance.activity.sample import START, sample_view
from surveillance.errors import SurveillanceError
from surveillance.model import CANARY, Window
from surveillance.rules.inline import Example
from tests.given.activities import plain, shipped

WEEK = timedelta(weeks=1)
LATER = Window(START + WEEK - timedelta(days=400), START + WEEK + timedelta(days=400))
NAMED = ("trader_id", "owner_id", "buyer_id", "seller_id", "order_id", "trade_id", "transfer_id",
         "buy_order_id", "sell_order_id", "parent_id", "counterparty_id", "instrument")  # fmt: skip
EXAMPLES = [
    pytest.param(example, id=f"{name}: {example.name}")
    for name, entry in plain(shipped()).entries.items()
    for example in entry.rule.examples
    if example.expect
]


def rows(tables: dict[str, Any], table: str) -> list[dict[str, Any]]:
    with sample_view(planted(tables, WEEK), LATER) as view:
        rows: list[dict[str, Any]] = view.arrow(f"select * from {table} order by ts").to_pylist()
    return rows


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_id_of_a_planted_episode_is_outside_the_namespace(example: Example) -> None:
    tables = planted(example.given, WEEK)
    with sample_view(tables, LATER) as view:
        for table in tables:
            for name in set(NAMED) & set(TABLES[table].schema):
                rows = view.arrow(f"select distinct {name} as id from {table}").to_pylist()
                ids = [row["id"] for row in rows if row["id"] is not None]
                assert [each for each in ids if not each.startswith(CANARY)] == [], (table, name)


def test_rows_are_later_and_so_are_the_times_in_them() -> None:
    [row] = rows({"address_labels": [{"at": "1h", "address": "0xbad", "valid_until": "2d"}]},
                 "address_labels")  # fmt: skip
    moved = (START + WEEK).replace(tzinfo=None)
    assert (row["ts"], row["valid_until"]) == (
        moved + timedelta(hours=1),
        moved + timedelta(days=2),
    )
    assert row["address"] == "0xbad"


def test_ids_that_were_left_out_are_still_one_a_row() -> None:
    trades = rows({"trades": [{"at": "1s", "times": 3, "buyer_id": "A"}]}, "trades")
    assert len({row["trade_id"] for row in trades}) == 3


def test_a_list_of_dealers_is_renamed_one_by_one() -> None:
    [row] = rows({"rfqs": [{"at": "1s", "dealers": "D1 D2", "quantity": 1}]}, "rfqs")
    assert row["dealers"] == "canary:D1 canary:D2"


def test_a_time_that_is_no_offset_is_explained() -> None:
    with pytest.raises(SurveillanceError, match="noon"):
        planted({"trades": [{"at": "noon"}]}, WEEK)
