"""The venue's matching engine: price-time priority, self-trade prevention, one clock.

Everybody acts through it, honest or not, so what it writes down is consistent by construction:
every trade has two orders, fills add up, and only live quantity can be cancelled. A book side
keeps its best price first under the key ``-side * price``, which lets both sides share the code.
An iceberg matches with all of its quantity at once: a simplification.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any

from surveillance.activity.sources.synthetic.market import UNIT, Market

BUY, SELL = 1, -1
_DEPTH_LEVELS = 10
_RELAX = 900_000_000
"""Microseconds after which half of the pressure of past trades is gone."""


class Order:
    """One order; its price is 0 at market, and ``watcher`` is told of each fill while it rests."""

    __slots__ = (
        "instrument", "kind", "number", "parent", "price", "quantity", "remaining", "resting",
        "shown", "side", "trader", "watcher",
    )  # fmt: skip

    def __init__(self, number: int, trader: int, instrument: int, side: int, quantity: int) -> None:
        self.number = number
        self.trader = trader
        self.instrument = instrument
        self.side = side
        self.quantity = self.remaining = quantity
        self.shown: int | None = None
        self.price = 0
        self.kind = "limit"
        self.parent: int | None = None
        self.resting = False
        self.watcher: Callable[[Order, int], None] | None = None

    @property
    def visible(self) -> int:
        """Return what the book shows of it, in lots."""
        return self.remaining if self.shown is None else min(self.shown, self.remaining)


class Side:
    """One side of one book; ``visible`` holds the shown lots of each level."""

    __slots__ = ("keys", "levels", "visible")

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.levels: dict[int, list[Order]] = {}
        self.visible: dict[int, int] = {}

    def add(self, key: int, order: Order) -> None:
        """Put an order last in its level."""
        if key not in self.levels:
            self.levels[key] = []
            self.visible[key] = 0
            insort(self.keys, key)
        self.levels[key].append(order)
        self.visible[key] += order.visible

    def remove(self, key: int, order: Order) -> None:
        """Take an order out, and its level when empty."""
        level = self.levels[key]
        level.remove(order)
        self.visible[key] -= order.visible
        if not level:
            del self.levels[key], self.visible[key]
            self.keys.pop(bisect_left(self.keys, key))

    def depth(self) -> int:
        """Return the visible lots of the top levels."""
        return sum(map(self.visible.__getitem__, self.keys[:_DEPTH_LEVELS]))


class Exchange:
    """Books, clock and the tape: ``messages`` and ``trades`` in the order they happened.

    A message is (ts, instrument, trader, order, event, side, kind, price, quantity, shown,
    remaining, trade, reason, parent, level, depth); a trade is (ts, message, instrument, price,
    quantity, buyer, seller, buy order, sell order, taker side). The quantity of a fill is what
    traded, of every other message what the order is for.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.groups: list[int] = []
        self.now = 0
        self.messages: list[tuple[Any, ...]] = []
        self.trades: list[tuple[int, ...]] = []
        self.positions: dict[tuple[int, int], list[int]] = {}
        self.on_large: Callable[[Order], None] | None = None
        self._agenda: list[tuple[int, int, Callable[..., object], tuple[Any, ...]]] = []
        self._entries = 0
        self._orders = 0
        self._books = [{BUY: Side(), SELL: Side()} for _ in market.instruments]
        self._pressure = [(0.0, 0)] * len(market.instruments)

    def at(self, moment: int, action: Callable[..., object], *given: Any) -> None:
        """Plan an action; the past means now, and the end of the span means never."""
        if moment < self.market.end:
            self._entries += 1
            heapq.heappush(self._agenda, (int(moment), self._entries, action, given))

    def run(self) -> None:
        """Let everything planned happen, in time order."""
        while self._agenda:
            moment, _, action, given = heapq.heappop(self._agenda)
            self.now = max(self.now, moment)
            action(*given)

    def best(self, instrument: int, side: int) -> int:
        """Return the best price of a side, in ticks; the fair price stands in for an empty one."""
        keys = self._books[instrument][side].keys
        if keys:
            return -side * keys[0]
        return round(self.market.worth(instrument, self.now)) - 3 * side

    def quote(self, instrument: int, side: int) -> tuple[int, int]:
        """Return the best price and its visible lots, which may be (0, 0)."""
        book = self._books[instrument][side]
        if not book.keys:
            return 0, 0
        return -side * book.keys[0], book.visible[book.keys[0]]

    def depth(self, instrument: int, side: int) -> int:
        """Return the visible lots of the top levels of a side."""
        return self._books[instrument][side].depth()

    def passive(self, instrument: int, side: int, price: float) -> int:
        """Round a price so that an order at it would rest."""
        other = self._books[instrument][-side].keys
        ticks = max(1, round(price))
        return side * min(side * ticks, other[0] - 1) if other else ticks

    def reference(self, instrument: int) -> float:
        """Return the fair price moved by the pressure of recent trades, in ticks."""
        return self.market.worth(instrument, self.now) * (1 + self._strain(instrument))

    def submit(
        self, trader: int, instrument: int, side: int, price: int, quantity: int,
        *, kind: str = "limit", shown: int | None = None, parent: int | None = None,
        lasting: bool = True, watcher: Callable[[Order, int], None] | None = None,
    ) -> Order:  # fmt: skip
        """Enter an order: match what crosses, rest the remainder if ``lasting``."""
        self._orders += 1
        order = Order(self._orders, trader, instrument, side, quantity)
        order.price, order.kind, order.shown = price, kind, shown
        order.parent, order.watcher = parent, watcher
        self._announce(order, "new")
        self._work(order, lasting and price > 0)
        return order

    def cancel(self, order: Order, reason: str | None = None) -> None:
        """Withdraw what is left of an order, if anything is."""
        if order.resting:
            self._withdraw(order)
            self._tell(order, "cancel", 0, reason=reason)

    def replace(self, order: Order, price: int, remaining: int) -> None:
        """Move a resting order to a price and an open quantity; it goes last in its level."""
        self._withdraw(order)
        order.quantity += remaining - order.remaining
        order.remaining, order.price = remaining, price
        self._announce(order, "replace")
        self._work(order, True)

    def _work(self, order: Order, lasting: bool) -> None:
        self._match(order)
        if not order.remaining:
            return
        if not lasting:
            reason = "immediate_or_cancel" if order.price else "no_liquidity"
            self._tell(order, "expire", 0, reason=reason)
            return
        book = self._books[order.instrument][order.side]
        book.add(-order.side * order.price, order)
        order.resting = True
        if self.on_large and 5 * order.visible > book.depth():
            self.on_large(order)

    def _withdraw(self, order: Order) -> None:
        self._books[order.instrument][order.side].remove(-order.side * order.price, order)
        order.resting = False

    def _match(self, order: Order) -> None:
        book = self._books[order.instrument][-order.side]
        while order.remaining and book.keys:
            key = book.keys[0]
            if order.price and key > order.side * order.price:
                return
            maker = book.levels[key][0]
            if self.groups[maker.trader] == self.groups[order.trader]:
                self.cancel(maker, "self_trade_prevention")
            else:
                self._trade(order, maker)

    def _trade(self, taker: Order, maker: Order) -> None:
        price, quantity = maker.price, min(taker.remaining, maker.remaining)
        number = len(self.trades) + 1
        buy, sell = (taker, maker) if taker.side == BUY else (maker, taker)
        self.trades.append(
            (self.now, len(self.messages) + 1, taker.instrument, price, quantity,
             buy.trader, sell.trader, buy.number, sell.number, taker.side)
        )  # fmt: skip
        seen = maker.visible
        for order in (taker, maker):
            order.remaining -= quantity
            self._tell(order, "fill", order.remaining, filled=quantity, trade=number)
            self._hold(order, price, quantity)
        book = self._books[maker.instrument][maker.side]
        book.visible[-maker.side * price] -= seen - maker.visible
        if not maker.remaining:
            self._withdraw(maker)
        self._push(taker, price, quantity)
        if maker.watcher:
            maker.watcher(maker, quantity)

    def _hold(self, order: Order, price: int, quantity: int) -> None:
        """Keep position and cost: [lots, lots x ticks], at average cost."""
        held = self.positions.setdefault((order.trader, order.instrument), [0, 0])
        change = order.side * quantity
        after = held[0] + change
        if held[0] * change >= 0:
            held[1] += change * price
        elif held[0] * after > 0:
            held[1] = held[1] * after // held[0]
        else:
            held[1] = after * price
        held[0] = after

    def _strain(self, instrument: int) -> float:
        value, since = self._pressure[instrument]
        return value * _RELAX / (_RELAX + self.now - since)

    def _push(self, taker: Order, price: int, quantity: int) -> None:
        terms = self.market.instruments[taker.instrument]
        usd = price * quantity * terms.tick * terms.lot / UNIT**2
        change = taker.side * usd * 8e-10 / terms.share
        strain = max(-0.02, min(0.02, self._strain(taker.instrument) + change))
        self._pressure[taker.instrument] = (strain, self.now)

    def _announce(self, order: Order, event: str) -> None:
        book = self._books[order.instrument][order.side]
        depth, level = book.depth(), None
        if order.price:
            level = bisect_left(book.keys, -order.side * order.price)
            other = self._books[order.instrument][-order.side].keys
            if not other or other[0] > order.side * order.price:
                depth += order.visible
        self._tell(order, event, order.remaining, level=level, depth=depth)

    def _tell(
        self, order: Order, event: str, remaining: int, *, filled: int | None = None,
        trade: int | None = None, reason: str | None = None, level: int | None = None,
        depth: int | None = None,
    ) -> None:  # fmt: skip
        self.messages.append(
            (self.now, order.instrument, order.trader, order.number, event, order.side, order.kind,
             order.price or None, order.quantity if filled is None else filled,
             order.quantity if order.shown is None else order.shown, remaining,
             trade, reason, order.parent, level, depth)
        )  # fmt: skip
