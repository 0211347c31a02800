"""Tests of rules that say only how they differ from an earlier one."""

from typing import Any

import pytest

from surveillance.rules.inline import Example, written_out

FIRST = {
    "name": "first",
    "given": {
        "orders": [
            {"at": "1s", "order_id": "a", "quantity": 5},
            {"at": "5s", "order_id": "a", "event": "cancel"},
            {"at": "2s", "order_id": "b"},
        ]
    },
    "expect": [{"owner_id": "A"}],
}


def second(**said: Any) -> Example:
    """Return the second of two tests, with all of its rows."""
    tests = [FIRST, {"name": "second", "like": "first", "expect": [], **said}]
    return written_out([Example.model_validate(test) for test in tests])[1]


def test_it_has_the_rows_of_the_test_that_it_is_like() -> None:
    assert second().given == FIRST["given"]


def test_it_changes_the_rows_that_have_certain_values_and_no_others() -> None:
    changes = [{"of": {"order_id": "a", "event": "cancel"}, "to": {"at": "11s"}}]
    cancelled = {"at": "11s", "order_id": "a", "event": "cancel"}
    first, _, third = FIRST["given"]["orders"]  # type: ignore[index]
    assert second(change={"orders": changes}).given["orders"] == [first, cancelled, third]


def test_it_adds_rows_and_leaves_rows_out() -> None:
    test = second(
        add={"trades": [{"at": "3s"}], "orders": [{"at": "9s", "order_id": "c"}]},
        without={"orders": [{"order_id": "a"}]},
    )
    assert test.given["trades"] == [{"at": "3s"}]
    assert [row["order_id"] for row in test.given["orders"]] == ["b", "c"]


def test_the_first_is_not_changed_by_it() -> None:
    second(without={"orders": [{"order_id": "a"}]})
    assert len(FIRST["given"]["orders"]) == 3  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"like": "third"}, "expected like to name an earlier test, was 'third'"),
        ({"like": None, "given": {}}, "expected given rows, or like, in test 'second'"),
        ({"name": "first"}, "expected each test to have its own name, was twice 'first'"),
        ({"without": {"orders": [{"order_id": "z"}]}}, "expected a row of orders with"),
        (
            {"change": {"trades": [{"of": {"trade_id": "t"}, "to": {"price": 1}}]}},
            "expected a row of trades with {'trade_id': 't'}, was none",
        ),
    ],
)
def test_what_it_is_not_like_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("{", r"\{")):
        second(**said)
