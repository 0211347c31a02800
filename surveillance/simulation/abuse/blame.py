"""The answer sheet: which orders, trades, transfers and accounts belong to injected abuse."""

from collections.abc import Iterable
from typing import NamedTuple

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.traders.desk import Request
from surveillance.simulation.venue.chain import Swap
from surveillance.simulation.venue.exchange import Exchange, Order


class Label(NamedTuple):
    """One answer: a row of a table, by its number, belongs to what an account did."""

    typology: str
    table: str
    key: int
    trader: int
    disguise: Disguise


class SwapLabel(NamedTuple):
    """One answer about a swap, whose number is not known until its block."""

    typology: str
    swap: Swap
    trader: int
    disguise: Disguise


class Blame:
    """Labels of what was injected, apart from the activity; ``disguise`` is noted of each."""

    def __init__(self, disguise: Disguise = Disguise.PLAIN) -> None:
        self.disguise = disguise
        self.rows: list[Label] = []
        self.swaps: list[SwapLabel] = []

    def under(self, disguise: Disguise) -> "Blame":
        """Return a hand that writes on this sheet, and notes a disguise."""
        other = Blame(disguise)
        other.rows, other.swaps = self.rows, self.swaps
        return other

    def account(self, typology: str, *traders: int) -> None:
        """Name accounts."""
        for trader in traders:
            self._name(typology, "accounts", trader, trader)

    def order(self, typology: str, *orders: Order) -> None:
        """Name orders."""
        for order in orders:
            self._name(typology, "orders", order.number, order.trader)

    def trades(
        self, typology: str, exchange: Exchange, since: int, traders: Iterable[int], both: bool
    ) -> None:
        """Name the trades made since a count that have one, or both, sides among ``traders``."""
        among = set(traders)
        for number, trade in enumerate(exchange.trades[since:], since + 1):
            sides = [trader for trader in (trade.buyer, trade.seller) if trader in among]
            if sides and (len(sides) == 2 or not both):
                for trader in sides:
                    self._name(typology, "trades", number, trader)

    def transfer(self, typology: str, number: int, trader: int) -> None:
        """Name a transfer."""
        self._name(typology, "transfers", number, trader)

    def liquidation(self, typology: str, number: int, trader: int) -> None:
        """Name a liquidation, counted from 1 in the order in which they happened."""
        self._name(typology, "liquidations", number, trader)

    def request(self, typology: str, request: Request, trader: int) -> None:
        """Name a request for quote."""
        self._name(typology, "rfqs", request.number, trader)

    def swap(self, typology: str, swap: Swap, trader: int) -> None:
        """Name a swap on chain."""
        self.swaps.append(SwapLabel(typology, swap, trader, self.disguise))

    def _name(self, typology: str, table: str, key: int, trader: int) -> None:
        self.rows.append(Label(typology, table, key, trader, self.disguise))
