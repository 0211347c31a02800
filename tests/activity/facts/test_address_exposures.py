"""Exposure: what share of money came from a labelled address, by how many hops."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from surveillance.activity.sample import START
from surveillance.model import Window
from tests.given.hands import Rows, fact_in

BAD, MIXER, PLAIN = "0x" + "ba" * 20, "0x" + "1c" * 20, "0x" + "ee" * 20
WINDOW = Window(START, START + timedelta(days=60))
LABELS: Rows = [
    {"at": "-30d", "address": BAD, "category": "sanctioned", "entity": "Somebody listed"},
    {"at": "-30d", "address": MIXER, "category": "mixer"},
]


def moved(at: str, trader: str, usd: int, way: str = "in", **more: Any) -> dict[str, Any]:
    """Return one transfer, of a chain unless it names another account."""
    return {"at": at, "trader_id": trader, "usd": usd, "direction": way, "kind": "chain", **more}


def exposed(*transfers: dict[str, Any], labels: Rows = LABELS) -> Any:
    """Return account, category, hops, dollars and share of every exposure."""
    tables = {"transfers": list(transfers), "address_labels": list(labels)}
    rows = fact_in(WINDOW, "address_exposures", tables)
    return sorted(
        (row["trader_id"], row["category"], row["hops"], row["usd"], row["share"]) for row in rows
    )


def test_who_is_paid_by_a_labelled_address_or_pays_it_is_exposed_directly() -> None:
    assert exposed(
        moved("1h", "A", 100, address=BAD.upper().replace("X", "x")),
        moved("2h", "B", 50, "out", address=MIXER),
        moved("3h", "C", 70, address=PLAIN),
    ) == [
        ("A", "sanctioned", 1, Decimal(100), 1.0),
        ("B", "mixer", 1, Decimal(50), 1.0),
    ]


def test_what_passes_through_carries_the_mix_of_what_came_in() -> None:
    assert exposed(
        moved("1h", "A", 100, address=BAD),
        moved("2h", "A", 300, address=PLAIN),
        moved("3h", "A", 200, "out", kind="internal", counterparty_id="B"),
        moved("3h", "B", 200, kind="internal", counterparty_id="A"),
    ) == [
        ("A", "sanctioned", 1, Decimal(100), 1.0),
        ("B", "sanctioned", 2, Decimal(50), 0.25),
    ]


def test_what_the_next_version_of_a_list_leaves_out_exposes_nobody_from_then_on() -> None:
    first = {"at": "-30d", "address": BAD, "source": "L", "is_whole": True}
    labels = [first, {"at": "2h", "address": PLAIN, "source": "L", "is_whole": True}]
    found = exposed(moved("1h", "A", 9, address=BAD), moved("3h", "B", 9, address=BAD),
                    moved("4h", "C", 9, address=PLAIN), labels=labels)  # fmt: skip
    assert [trader for trader, *_ in found] == ["A", "C"]


def test_dust_stays_dust_where_more_leaves_than_came() -> None:
    assert exposed(
        moved("1h", "A", 1, address=BAD),
        moved("2h", "A", 4000, "out", kind="internal", counterparty_id="B"),
        moved("2h", "B", 4000, kind="internal", counterparty_id="A"),
        moved("3h", "A", 1000, "out", kind="internal", counterparty_id="C"),
        moved("3h", "C", 1000, kind="internal", counterparty_id="A"),
    ) == [
        ("A", "sanctioned", 1, Decimal(1), 1.0),
        ("B", "sanctioned", 2, Decimal(1), 1 / 4000),
        ("C", "sanctioned", 2, Decimal("0.2"), 1 / 5000),
    ]


def test_money_is_followed_out_to_an_address_and_back_for_three_hops_and_no_further() -> None:
    chain = [
        moved("1h", "A", 100, address=MIXER),
        moved("2h", "A", 100, "out", address=PLAIN),
        moved("3h", "B", 100, address=PLAIN),
        moved("4h", "C", 100, kind="internal", counterparty_id="B"),
    ]
    assert [(who, hops) for who, _, hops, *_ in exposed(*chain)] == [("A", 1), ("B", 3)]


@pytest.mark.parametrize(
    "change",
    [
        {"at": "30m"},
        {"at": "32d"},
        {"usd": None, "asset": "UNPRICED"},
    ],
    ids=["before it came in", "after thirty days", "of unknown worth"],
)
def test_what_moves_otherwise_carries_nothing(change: Mapping[str, Any]) -> None:
    passed = {**moved("2h", "B", 100, kind="internal", counterparty_id="A"), **change}
    assert [who for who, *_ in exposed(moved("1h", "A", 100, address=BAD), passed)] == ["A"]


def test_a_label_counts_from_its_time_until_its_end_and_an_exchange_is_none() -> None:
    labels: Rows = [
        {"at": "2h", "address": BAD, "category": "sanctioned", "valid_until": "4h"},
        {"at": "-1d", "address": PLAIN, "category": "exchange"},
    ]
    transfers = [moved(f"{hour}h", f"T{hour}", 10, address=BAD) for hour in (1, 3, 5)]
    found = exposed(*transfers, moved("1h", "X", 10, address=PLAIN), labels=labels)
    assert [who for who, *_ in found] == ["T3"]
