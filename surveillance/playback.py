"""The playback of a scene: the order book as it stood, moment by moment, around a hit.

RTS (EU) 2025/885 Art 3(3) asks for the replay of an order book. A playback is what a screen, a PDF
and a terminal play: the levels at its start, and then of each step only what changed, so that an
alert can keep it. Every quantity is exact text, and a step stands for all that happened at one
moment: an order and what it traded against are one step, so a book is never shown half matched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

LEVELS = 10
"""Levels of each side that a playback shows from the best, and over which depth is summed."""

Change: TypeAlias = tuple[str, str, str, str, int]
"""A level of the book: side, price, quantity shown, what of it is the subject's, orders.

A quantity of 0 takes the level out of sight."""
StepMessage: TypeAlias = tuple[str, str, str | None, str | None, str, str]
"""A message: event, side, price, quantity, ``own`` or ``evidence`` or nothing, and then its order.

``own`` is what accounts of the subject did, ``evidence`` what the rule names beside it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One moment: the messages, and the levels it changed; ``passed`` counts what is left out.

    ``passed`` are messages between the step before and this one that have no step of their own;
    the levels count them in.
    """

    ts: datetime
    changes: tuple[Change, ...] = ()
    messages: tuple[StepMessage, ...] = ()
    more: int = 0
    passed: int = 0
    is_evidence: bool = False


@dataclass(frozen=True, slots=True)
class Playback:
    """The steps of a scene; the first is how the book stood before it.

    ``marks`` name the steps to look at, in order. ``notes`` say in words what the playback cannot
    show, or why it has no steps at all.
    """

    steps: tuple[Step, ...] = ()
    marks: tuple[tuple[int, str], ...] = ()
    messages: int = 0
    notes: tuple[str, ...] = ()

    def books(self) -> "Iterator[Book]":
        """Yield the book as it stood after each step."""
        levels: dict[tuple[str, str], Change] = {}
        for step in self.steps:
            for change in step.changes:
                side, price, quantity, *_ = change
                levels[side, price] = change
                if quantity == "0":
                    del levels[side, price]
            yield book_of(levels)

    def marked(self) -> "list[tuple[int, str, Book]]":
        """Return the steps to look at: number, name, and the book as it stood."""
        books = list(self.books())
        return [(step, name, books[step]) for step, name in self.marks]


class Book(NamedTuple):
    """A book at one moment: bids and asks from the best, and what stands in the top levels."""

    bids: tuple[Change, ...]
    asks: tuple[Change, ...]

    def depth(self, side: str) -> tuple[Decimal, Decimal]:
        """Return the quantity in the top ten levels of a side, and the subject's share of it."""
        levels = (self.bids if side == "buy" else self.asks)[:LEVELS]
        shown = sum((Decimal(quantity) for _, _, quantity, _, _ in levels), Decimal(0))
        return shown, sum((Decimal(own) for _, _, _, own, _ in levels), Decimal(0))


def book_of(levels: Mapping[tuple[str, str], Change]) -> Book:
    """Return the levels as a book, each side from its best price."""
    ordered = sorted(levels.items(), key=lambda entry: Decimal(entry[1][1]))
    bids = tuple(level for (side, _), level in reversed(ordered) if side == "buy")
    return Book(bids, tuple(level for (side, _), level in ordered if side == "sell"))
