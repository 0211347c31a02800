"""A position, and what it is worth when its price and its volatility move.

What is worth something now is worth its mark, exactly, and a move adds to it what the model says of
the move alone: so no move changes nothing, and a mark that the model would not give stays one. A
future, a perpetual or a coin moves with its price in exact decimals; an option is valued again by
Black (1976), on forward and volatility of its own mark, so that calls and puts keep their parity.

The moves are engineering defaults: prices by up to 30 %, about what a coin fell in an hour of March
2020; volatility, of itself, by a quarter down and a half up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from surveillance.activity.pricing import Option, value

PRICES = tuple(map(Decimal, ("-0.3", "-0.2", "-0.1", "-0.05", "0", "0.05", "0.1", "0.2", "0.3")))
VOLATILITIES = tuple(map(Decimal, ("-0.25", "0", "0.5")))
_MILLIONTH = Decimal("0.000001")


class Move(NamedTuple):
    """A change of all prices and of all volatilities, as shares of what they are."""

    price: Decimal
    volatility: Decimal


GRID = tuple(Move(price, volatility) for volatility in VOLATILITIES for price in PRICES)
NO_MOVE = Move(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Priced:
    """An option with the forward and the volatility that its mark says."""

    option: Option
    forward: float
    volatility: float


@dataclass(frozen=True, slots=True)
class Position:
    """What one account holds of one instrument at the end of a day; money in USD.

    ``size`` is in units of the coin and ``worth`` at the mark, both below 0 for a short position;
    ``margin`` is what the venue holds for it, if it says so.
    """

    trader_id: str
    owner_id: str
    instrument: str
    coin: str
    contracts: Decimal
    size: Decimal
    notional: Decimal
    worth: Decimal
    delta: Decimal
    vega: Decimal
    margin: Decimal | None
    priced: Priced | None = None

    @property
    def paid(self) -> Decimal:
        """Return what a long option is worth: it is paid for, and loses no more than that."""
        return max(Decimal(0), self.worth) if self.priced else Decimal(0)

    def change(self, move: Move) -> Decimal:
        """Return what it gains if prices and volatility move so; exactly nothing if they do not."""
        if self.priced is None:
            return (self.worth * move.price).quantize(_MILLIONTH)
        return (self.size * _change(self.priced, move)).quantize(_MILLIONTH)

    def worth_after(self, move: Move) -> Decimal:
        """Return what it is worth after a move; without one, its mark."""
        return self.worth + self.change(move)

    def fund_loss(self, move: Move) -> Decimal:
        """Return what is lost beyond its margin: each has a margin of its own, as the venue says.

        The whole move is one gap, so that nobody is liquidated on the way: the worst there is.
        """
        if self.margin is None or self.paid:
            return Decimal(0)
        return max(Decimal(0), -self.change(move) - self.margin)


def changed(positions: Iterable[Position], move: Move) -> Decimal:
    """Return what positions gain together."""
    return sum((position.change(move) for position in positions), Decimal(0))


def lost_beyond(positions: Iterable[Position], move: Move) -> Decimal:
    """Return what an insurance fund pays for positions."""
    return sum((position.fund_loss(move) for position in positions), Decimal(0))


@lru_cache(maxsize=100_000)
def _change(priced: Priced, move: Move) -> Decimal:
    """Return how the worth of one unit changes."""
    moved = priced.forward * float(1 + move.price), priced.volatility * float(1 + move.volatility)
    before = value(priced.option, priced.forward, priced.volatility).worth
    return Decimal(repr(value(priced.option, *moved).worth - before))
