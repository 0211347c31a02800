"""The order book made again of order messages: price-time priority, what is shown, who is behind.

Only what rests is in the book: an order with a price, once it is there, and a stop once it is
triggered. Of an iceberg only the tip is shown: what its messages say it shows, less what of that
has traded; a new tip goes last. A change that only lowers the quantity keeps an order's place; any
other puts it last in its level. A venue
that gives what remains open is believed; where it does not, fills and quantities are added up.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

_NOTHING = Decimal(0)


class Message(NamedTuple):
    """One row of the table ``orders``, as far as a book depends on it.

    Orders are told apart by their key: ids may be unique within a trader alone.
    """

    ts: datetime
    seq: Decimal | int
    order_id: str
    trader_id: str | None
    event: str
    side: str
    type: str | None
    price: Decimal | None
    quantity: Decimal | None
    displayed: Decimal | None
    remaining: Decimal | None
    trade_id: str | None
    order_key: Hashable


@dataclass(slots=True)
class RestingOrder:
    """An order that rests: what is open and shown of it, and what of it has traded.

    ``displayed`` is the most that it shows, if that is known; ``since`` is when it was last put in.
    """

    order_id: str
    order_key: Hashable
    trader_id: str | None
    side: str
    price: Decimal
    open: Decimal
    displayed: Decimal | None
    since: datetime
    filled: Decimal = _NOTHING
    shown: Decimal = _NOTHING

    @property
    def tip(self) -> Decimal:
        """Return what it shows when it is put in anew."""
        return self.open if self.displayed is None else min(self.open, self.displayed)


class Ladder:
    """A book made by messages in order; ``unknown`` counts those of orders never entered.

    ``own`` holds the orders at rest of which ``is_own`` holds, by their trader and their id.
    ``touched`` gathers the levels that messages changed, for whoever looks and then clears it.
    """

    def __init__(self, is_own: Callable[[str | None, str], bool] = lambda trader, order: False):
        self.unknown = 0
        self.own: dict[Hashable, RestingOrder] = {}
        self.touched: set[tuple[str, Decimal]] = set()
        self._is_own = is_own
        self._orders: dict[Hashable, RestingOrder] = {}
        self._apart: set[Hashable] = set()
        self._levels: dict[str, dict[Decimal, dict[Hashable, RestingOrder]]] = {
            "buy": {},
            "sell": {},
        }
        self._prices: dict[str, list[Decimal]] = {"buy": [], "sell": []}

    def apply(self, message: Message) -> None:
        """Change the book by one message."""
        if message.event in {"new", "trigger"}:
            self._enter(message)
        elif message.order_key in self._orders:
            self._change(self._orders[message.order_key], message)
        elif message.event in {"cancel", "expire", "reject"}:
            self.unknown += message.order_key not in self._apart
            self._apart.discard(message.order_key)
        elif message.event == "replace" and message.price is not None:
            self._enter(message)
        else:
            self.unknown += message.order_key not in self._apart

    def prices(self, side: str, most: int | None = None) -> list[Decimal]:
        """Return the prices of a side from its best, at most so many."""
        prices, count = self._prices[side], len(self._prices[side]) if most is None else most
        return prices[: -count - 1 : -1] if side == "buy" else prices[:count]

    def level(self, side: str, price: Decimal) -> list[RestingOrder]:
        """Return the orders at a price, by priority."""
        return list(self._levels[side].get(price, {}).values())

    @property
    def is_crossed(self) -> bool:
        """Say whether a bid stands at or above an ask, which no matching engine leaves behind."""
        bids, asks = self._prices["buy"], self._prices["sell"]
        return bool(bids and asks and bids[-1] >= asks[0])

    def _enter(self, message: Message) -> None:
        known = self._orders.get(message.order_key)
        if known is not None:
            self._leave(known)
        waits = message.type == "stop" and message.event == "new"
        if message.price is None or message.type == "market" or waits:
            self._apart.add(message.order_key)
            return
        open_ = message.remaining if message.remaining is not None else message.quantity
        if open_ is None or open_ <= 0:
            return
        self._apart.discard(message.order_key)
        self._rest(
            RestingOrder(
                order_id=message.order_id,
                order_key=message.order_key,
                trader_id=message.trader_id,
                side=message.side,
                price=message.price,
                open=open_,
                displayed=message.displayed,
                since=message.ts,
            )
        )

    def _change(self, order: RestingOrder, message: Message) -> None:
        self.touched.add((order.side, order.price))
        if message.event == "fill":
            traded = message.quantity or _NOTHING
            order.filled += traded
            order.open = order.open - traded if message.remaining is None else message.remaining
            self._show(order, traded, message.ts)
        elif message.event == "replace":
            self._move(order, message)
        else:
            order.open = message.remaining or _NOTHING
            order.shown = min(order.shown, order.open)
        if order.open <= 0:
            self._leave(order)

    def _show(self, order: RestingOrder, traded: Decimal, at: datetime) -> None:
        """Take what traded off the tip; an order that trades as it comes in has none yet."""
        if at == order.since:
            order.shown = order.tip
            return
        order.shown = min(order.shown - traded, order.open)
        if order.shown <= 0 < order.open:
            self._leave(order)
            self._rest(order)

    def _move(self, order: RestingOrder, message: Message) -> None:
        price = order.price if message.price is None else message.price
        before, open_ = order.open, message.remaining
        if open_ is None:
            open_ = before if message.quantity is None else message.quantity - order.filled
        if message.displayed is not None:
            order.displayed = message.displayed
        keeps = price == order.price and open_ <= before
        if not keeps:
            self._leave(order)
        order.price, order.open = price, open_
        order.shown = min(order.shown, open_)
        if not keeps:
            order.since = message.ts
            self._rest(order)

    def _rest(self, order: RestingOrder) -> None:
        order.shown = order.tip
        self.touched.add((order.side, order.price))
        side = self._levels[order.side]
        if order.price not in side:
            side[order.price] = {}
            insort(self._prices[order.side], order.price)
        side[order.price][order.order_key] = order
        self._orders[order.order_key] = order
        if self._is_own(order.trader_id, order.order_id):
            self.own[order.order_key] = order

    def _leave(self, order: RestingOrder) -> None:
        del self._orders[order.order_key]
        self.touched.add((order.side, order.price))
        self.own.pop(order.order_key, None)
        level = self._levels[order.side][order.price]
        del level[order.order_key]
        if not level:
            del self._levels[order.side][order.price]
            prices = self._prices[order.side]
            prices.pop(bisect_left(prices, order.price))
