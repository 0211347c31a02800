"""What the exchange writes down: every message about an order, every trade, and the best quotes.

Prices are in ticks and quantities in lots; times are in microseconds since the start. A row names
the account, instrument or order by number.
"""

from typing import NamedTuple

FLAG_LIQUIDATION = 1
FLAG_BLOCK = 2
"""What a trade was, where it was not an ordinary one of the book (0)."""


class Message(NamedTuple):
    """A message about an order.

    ``quantity`` of a fill is what traded, of every other event what the order is for; ``sent`` is
    the client's own stamp, and ``trade`` counts trades from 1.
    """

    ts: int
    instrument: int
    trader: int
    order: int
    event: str
    side: int
    kind: str
    price: int | None
    quantity: int
    shown: int
    remaining: int
    trade: int | None
    reason: str | None
    parent: int | None
    level: int | None
    depth: int | None
    sent: int | None


class Trade(NamedTuple):
    """A trade; ``message`` numbers its taker's fill, and a block has orders 0."""

    ts: int
    message: int
    instrument: int
    price: int
    quantity: int
    buyer: int
    seller: int
    buy_order: int
    sell_order: int
    taker_side: int
    flag: int

    def has_order(self, number: int) -> bool:
        """Return whether an order took part in it, on either side."""
        return number in (self.buy_order, self.sell_order)


class Quote(NamedTuple):
    """The best price of a side and its visible lots, after so many messages."""

    ts: int
    message: int
    instrument: int
    side: int
    price: int
    lots: int
