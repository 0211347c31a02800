"""The rebuilt book beside a tiny matching engine that keeps its orders in one list."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.dossier.ladder import Ladder, Message
from tests.given.matching import DOINGS, NOON, SIDES, acted


@given(doings=DOINGS, says_remaining=st.booleans())
def test_the_book_is_that_of_the_venue_whatever_was_done(
    doings: list[tuple[Any, ...]], says_remaining: bool
) -> None:
    venue, _ = acted(doings, says_remaining)
    ladder = Ladder()
    for message in venue.messages:
        ladder.apply(message)
    for side in SIDES:
        rebuilt: list[Any] = [(price, ladder.level(side, price)) for price in ladder.prices(side)]
        assert [
            (price, [(o.order_id, o.open, o.shown) for o in orders]) for price, orders in rebuilt
        ] == venue.queues(side)
    assert ladder.unknown == 0


@given(doings=DOINGS, says_remaining=st.booleans())
def test_it_is_never_crossed_once_an_order_has_been_worked(
    doings: list[tuple[Any, ...]], says_remaining: bool
) -> None:
    venue, after = acted(doings, says_remaining)
    ladder = Ladder()
    for number, message in enumerate(venue.messages, 1):
        ladder.apply(message)
        if number in after:
            assert not ladder.is_crossed


def message(event: str, name: str = "a", **more: Any) -> Message:
    values: dict[str, Any] = {
        "ts": NOON, "seq": 1, "order_id": name, "trader_id": "T", "event": event, "side": "buy",
        "type": "limit", "price": Decimal(100), "quantity": Decimal(5), "displayed": None,
        "remaining": None, "trade_id": None, "order_key": name,
    }  # fmt: skip
    return Message(**(values | more))


def shown(*messages: Message) -> list[tuple[int, int]]:
    ladder = Ladder()
    for message in messages:
        ladder.apply(message)
    return [
        (int(price), int(sum(o.shown for o in ladder.level(side, price))))
        for side in SIDES
        for price in ladder.prices(side)
    ]


@pytest.mark.parametrize(
    "apart",
    [
        message("new", type="market", price=None),
        message("new", type="stop"),
        message("new", remaining=Decimal(0)),
    ],
)
def test_what_cannot_rest_is_not_in_the_book(apart: Message) -> None:
    assert shown(apart) == []


def test_a_stop_is_in_the_book_once_it_is_triggered() -> None:
    stop = message("new", type="stop")
    assert shown(stop, message("trigger", type="stop", price=Decimal(99))) == [(99, 5)]


def test_messages_of_an_order_that_never_entered_are_counted_and_change_nothing() -> None:
    ladder = Ladder()
    for event in ("fill", "cancel"):
        ladder.apply(message(event, "stranger"))
    ladder.apply(message("new", "m", type="market", price=None))
    ladder.apply(message("fill", "m"))
    assert (ladder.unknown, ladder.prices("buy")) == (2, [])


def test_an_order_that_is_moved_into_sight_is_in_the_book_from_then_on() -> None:
    assert shown(message("replace", "old", remaining=Decimal(3))) == [(100, 3)]


def test_a_cancel_that_leaves_something_leaves_it() -> None:
    assert shown(message("new"), message("cancel", remaining=Decimal(2))) == [(100, 2)]
    assert shown(message("new"), message("cancel")) == []


def test_two_traders_orders_of_one_id_are_two_orders() -> None:
    ours, theirs = (message("new", "1", trader_id=who, order_key=who) for who in "AB")
    gone = message("cancel", "1", trader_id="B", order_key="B")
    assert (shown(ours, theirs), shown(ours, theirs, gone)) == ([(100, 10)], [(100, 5)])
