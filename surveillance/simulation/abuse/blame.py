"""The answer sheet: which orders, trades, transfers and accounts belong to injected abuse."""

from collections.abc import Iterable
from typing import NamedTuple

from surveillance.simulation.traders.desk import Request
from surveillance.simulation.venue.chain import Swap
from surveillance.simulation.venue.exchange import Exchange, Order


class Label(NamedTuple):
    """One answer: a row of a table, by its number, belongs to what an account did."""

    typology: str
    table: str
    key: int
    trader: int


class SwapLabel(NamedTuple):
    """One answer about a swap, whose number is not known until its block."""

    typology: str
    swap: Swap
    trader: int


class Blame:
    """Labels of what was injected, apart from the activity itself."""

    def __init__(self) -> None:
        self.rows: list[Label] = []
        self.swaps: list[SwapLabel] = []

    def account(self, typology: str, *traders: int) -> None:
        """Name accounts."""
        self.rows += [Label(typology, "accounts", trader, trader) for trader in traders]

    def order(self, typology: str, *orders: Order) -> None:
        """Name orders."""
        self.rows += [Label(typology, "orders", order.number, order.trader) for order in orders]

    def trades(
        self, typology: str, exchange: Exchange, since: int, traders: Iterable[int], both: bool
    ) -> None:
        """Name the trades made since a count that have one, or both, sides among ``traders``."""
        among = set(traders)
        for number, trade in enumerate(exchange.trades[since:], since + 1):
            sides = [trader for trader in (trade.buyer, trade.seller) if trader in among]
            if sides and (len(sides) == 2 or not both):
                self.rows += [Label(typology, "trades", number, trader) for trader in sides]

    def transfer(self, typology: str, number: int, trader: int) -> None:
        """Name a transfer."""
        self.rows.append(Label(typology, "transfers", number, trader))

    def liquidation(self, typology: str, number: int, trader: int) -> None:
        """Name a liquidation, counted from 1 in the order in which they happened."""
        self.rows.append(Label(typology, "liquidations", number, trader))

    def request(self, typology: str, request: Request, trader: int) -> None:
        """Name a request for quote."""
        self.rows.append(Label(typology, "rfqs", request.number, trader))

    def swap(self, typology: str, swap: Swap, trader: int) -> None:
        """Name a swap on chain."""
        self.swaps.append(SwapLabel(typology, swap, trader))
