"""A tiny venue that keeps its orders in one list: what every book that is rebuilt must equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from surveillance.dossier.ladder import Message

NOON = datetime(2026, 1, 5, 12)  # noqa: DTZ001 - the engine hands out naive UTC
SIDES = ("buy", "sell")


@dataclass
class Order:
    """One order of the naive venue."""

    name: str
    side: str
    price: int
    open: int
    displayed: int | None
    ordered: int
    shown: int = 0

    def show(self) -> None:
        """Show a fresh tip, or everything."""
        self.shown = self.open if self.displayed is None else min(self.open, self.displayed)


class Venue:
    """Matches by price and time, looking through every order each time, and writes messages."""

    def __init__(self, says_remaining: bool) -> None:
        self.says_remaining = says_remaining
        self.resting: list[Order] = []
        self.messages: list[Message] = []
        self.moment = 0

    def enter(self, side: str, price: int, quantity: int, displayed: int | None) -> None:
        self.moment += 1
        name = f"o{self.moment}"
        self.work(Order(name, side, price, quantity, displayed, quantity), "new")

    def cancel(self, place: int, expires: bool) -> None:
        self.moment += 1
        if self.resting:
            order = self.resting.pop(place % len(self.resting))
            self.tell(order, "expire" if expires else "cancel", order.open, 0)

    def replace(self, place: int, price: int, quantity: int) -> None:
        self.moment += 1
        if self.resting:
            order = self.resting[place % len(self.resting)]
            done = order.ordered - order.open
            if price == order.price and quantity <= order.open:
                order.open, order.ordered = quantity, done + quantity
                order.shown = min(order.shown, quantity)
                self.tell(order, "replace", order.ordered, quantity)
                return
            self.resting.remove(order)
            order.price, order.open, order.ordered = price, quantity, done + quantity
            self.work(order, "replace")

    def work(self, order: Order, event: str) -> None:
        self.tell(order, event, order.ordered, order.open)
        while order.open and (maker := self.best_against(order)) is not None:
            traded = min(order.open, maker.shown)
            maker.shown -= traded
            for party in (order, maker):
                party.open -= traded
                self.tell(party, "fill", traded, party.open, maker.price)
            if not maker.shown:
                self.resting.remove(maker)
                if maker.open:
                    maker.show()
                    self.resting.append(maker)
        if order.open:
            order.show()
            self.resting.append(order)

    def best_against(self, order: Order) -> Order | None:
        sign = 1 if order.side == "buy" else -1
        crossing = [o for o in self.resting if o.side != order.side]
        crossing = [o for o in crossing if sign * o.price <= sign * order.price]
        return min(crossing, key=lambda o: sign * o.price, default=None)

    def tell(self, order: Order, event: str, quantity: int, left: int, price: int = 0) -> None:
        self.messages.append(
            Message(
                NOON + timedelta(seconds=self.moment), len(self.messages), order.name, "T",
                event, order.side, "limit", Decimal(price or order.price), Decimal(quantity),
                None if order.displayed is None else Decimal(order.displayed),
                Decimal(left) if self.says_remaining else None, None, order.name,
            )
        )  # fmt: skip

    def queues(self, side: str) -> list[tuple[int, list[tuple[str, int, int]]]]:
        """The levels of a side from its best, each with its orders by time."""
        prices = sorted({o.price for o in self.resting if o.side == side}, reverse=side == "buy")
        return [
            (p, [(o.name, o.open, o.shown) for o in self.resting if (o.side, o.price) == (side, p)])
            for p in prices
        ]


_numbers = st.integers(1, 9)
_entering = st.tuples(
    st.just("enter"), st.sampled_from(SIDES), _numbers, _numbers, st.none() | _numbers
)
_cancelling = st.tuples(st.just("cancel"), st.integers(0, 99), st.booleans())
_replacing = st.tuples(st.just("replace"), st.integers(0, 99), _numbers, _numbers)
DOINGS = st.lists(st.one_of(_entering, _entering, _cancelling, _replacing), max_size=40)
"""Orders, cancellations and changes to do on a venue, one after the other."""


def acted(actions: Sequence[tuple[Any, ...]], says_remaining: bool) -> tuple[Venue, list[int]]:
    """A venue on which all this was done, and how many messages stood after each."""
    venue, after = Venue(says_remaining), []
    for verb, *arguments in actions:
        getattr(venue, verb)(*arguments)
        after.append(len(venue.messages))
    return venue, after
