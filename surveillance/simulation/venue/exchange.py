"""The venue's matching engine: price-time priority, self-trade prevention, one clock.

Everybody acts through it, honest or not, so what it writes down is consistent by construction:
every trade in the book has two orders, fills add up, and only live quantity can be cancelled.
"""

import heapq
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from surveillance.simulation.venue.book import BUY, SELL, BookSide, Order
from surveillance.simulation.venue.feeds import FLAG_BLOCK, Message, Quote, Trade
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.positions import Position
from surveillance.simulation.venue.pressure import Pressure
from surveillance.simulation.venue.stops import Stops
from surveillance.times import SECOND

__all__ = ["BUY", "SELL", "Exchange", "Order"]

_QUOTES_APART = SECOND
"""Best quotes are published at most once in so long."""


class Exchange:
    """Books, clock and the tape: ``messages`` and ``trades`` in the order they happened.

    ``positions`` are by account and instrument; ``touched`` are those that have changed since the
    risk engine last looked.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.groups: list[int] = []
        self.latency: list[int] = []
        self.now = 0
        self.messages: list[Message] = []
        self.trades: list[Trade] = []
        self.quotes: list[Quote] = []
        self.positions: dict[tuple[int, int], Position] = {}
        self.touched: set[tuple[int, int]] = set()
        self.on_large: Callable[[Order], None] | None = None
        self._agenda: list[tuple[int, int, Callable[..., object], tuple[Any, ...]]] = []
        self._entries = 0
        self._orders = 0
        self._books = [{BUY: BookSide(), SELL: BookSide()} for _ in market.instruments]
        self._pressure = Pressure(market)
        self._last = [0] * len(market.instruments)
        self._stops = [Stops() for _ in market.instruments]
        self._watchers: dict[int, Callable[[Order, int], None]] = {}
        self._published = [(0, 0, 0)] * len(market.instruments)
        self._due: set[int] = set()

    def at(self, moment: int, action: Callable[..., object], *arguments: Any) -> None:
        """Plan an action; the past means now, and the end of the span means never."""
        if moment < self.market.end:
            self._entries += 1
            heapq.heappush(self._agenda, (int(moment), self._entries, action, arguments))

    def run(self) -> None:
        """Let everything planned happen, in time order."""
        planned = sorted(self._agenda, reverse=True)
        self._agenda = []
        agenda, pop = self._agenda, heapq.heappop
        while planned or agenda:
            soonest = not agenda or bool(planned and planned[-1] < agenda[0])
            moment, _, action, arguments = planned.pop() if soonest else pop(agenda)
            self.now = max(self.now, moment)
            action(*arguments)

    def best(self, instrument: int, side: int) -> int:
        """Return the best price of a side, in ticks; the fair price stands in for an empty one."""
        keys = self._books[instrument][side].keys
        if keys:
            return -side * keys[0]
        return max(1, round(self.market.fair_price(instrument, self.now)) - 3 * side)

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
        return max(1, side * min(side * ticks, other[0] - 1)) if other else ticks

    def reference(self, instrument: int) -> float:
        """Return the fair price moved by the pressure of recent trades, in ticks."""
        return self._pressure.moved(instrument, self.now)

    def held(self, trader: int, instrument: int) -> int:
        """Return the lots an account holds; negative for a short position."""
        position = self.positions.get((trader, instrument))
        return position.lots if position else 0

    def last(self, instrument: int) -> int:
        """Return the price of the last trade in the book, in ticks, or of nothing yet 0."""
        return self._last[instrument]

    def stops(self, instrument: int) -> list[Order]:
        """Return the stop orders that wait, unseen by the market."""
        return self._stops[instrument].waiting()

    def watch(self, trader: int, action: Callable[[Order, int], None]) -> None:
        """Have an action told of every fill of an account."""
        self._watchers[trader] = action

    def submit(
        self, trader: int, instrument: int, side: int, price: int, quantity: int,
        *, kind: str = "limit", shown: int | None = None, parent: int | None = None,
        lasting: bool = True, watcher: Callable[[Order, int], None] | None = None,
        post_only: bool = False, sent: int | None = None, flag: int = 0,
    ) -> Order:  # fmt: skip
        """Enter an order: match what crosses, rest the remainder if ``lasting``."""
        self._orders += 1
        order = Order(self._orders, trader, instrument, side, quantity)
        order.price, order.kind, order.shown = price, kind, shown
        order.parent, order.watcher, order.flag = parent, watcher, flag
        if sent is None:
            sent = self.now - self.latency[trader]
        self._announce(order, "new", sent)
        if not self.market.is_open(instrument, self.now):
            self._report(order, "reject", 0, reason="closed")
        elif post_only and self._crosses(order):
            self._report(order, "reject", 0, reason="post_only")
        else:
            self._work(order, lasting and price > 0)
            self._trigger_stops(instrument)
        return order

    def stop(
        self, trader: int, instrument: int, side: int, trigger: int, quantity: int, limit: int = 0
    ) -> Order:
        """Leave an order that works, at market or at a limit, once the last price reaches one."""
        self._orders += 1
        order = Order(self._orders, trader, instrument, side, quantity)
        order.price, order.kind, order.limit, order.shown = trigger, "stop", limit, 0
        self._stops[instrument].add(order)
        self._report(order, "new", quantity, sent=self.now - self.latency[trader])
        return order

    def cancel(self, order: Order, reason: str | None = None) -> None:
        """Withdraw what is left of an order, if anything is."""
        if order.resting or order.waiting:
            sent = self.now - self.latency[order.trader] if reason is None else None
            if order.resting:
                self._withdraw(order)
            order.waiting = False
            self._report(order, "cancel", 0, reason=reason, sent=sent)
            self.publish_quotes(order.instrument)

    def expire(self, order: Order) -> None:
        """Let what is left of an order run out, as its time in force says."""
        if order.resting:
            self._withdraw(order)
            self._report(order, "expire", 0, reason="good_till_time")
            self.publish_quotes(order.instrument)

    def replace(self, order: Order, price: int, remaining: int) -> None:
        """Move a resting order to a price and an open quantity; it goes last in its level."""
        self._withdraw(order)
        order.quantity += remaining - order.remaining
        order.remaining, order.price = remaining, price
        self._announce(order, "replace", self.now - self.latency[order.trader])
        self._work(order, True)
        self._trigger_stops(order.instrument)

    def block(self, instrument: int, side: int, price: int, quantity: int, *who: int) -> int:
        """Write down a block agreed off the book, ``side`` for the first of two; 0 if too soon."""
        if self.trades and self.trades[-1].message >= len(self.messages):
            return 0
        buyer, seller = who[::side]
        self.trades.append(
            Trade(self.now, len(self.messages), instrument, price, quantity, buyer, seller, 0, 0,
                  side, FLAG_BLOCK)
        )  # fmt: skip
        self._change_position(buyer, instrument, price, quantity)
        self._change_position(seller, instrument, price, -quantity)
        return len(self.trades)

    def close(self, instrument: int) -> None:
        """Withdraw everything from a book that ends."""
        for book in self._books[instrument].values():
            for order in book.orders():
                self.cancel(order, "expiry")
        for order in self.stops(instrument):
            self.cancel(order, "expiry")

    def _work(self, order: Order, lasting: bool) -> None:
        if self._match(order):
            return
        if not lasting:
            reason = "immediate_or_cancel" if order.price else "no_liquidity"
            self._report(order, "expire", 0, reason=reason)
            return
        book = self._books[order.instrument][order.side]
        book.add(-order.side * order.price, order)
        order.resting = True
        if self.on_large and 5 * order.visible > book.depth():
            self.on_large(order)

    def _withdraw(self, order: Order) -> None:
        self._books[order.instrument][order.side].remove(-order.side * order.price, order)
        order.resting = False

    def _crosses(self, order: Order) -> bool:
        other = self._books[order.instrument][-order.side].keys
        return bool(other) and other[0] <= order.side * order.price

    def _match(self, order: Order) -> bool:
        """Trade with what crosses, and tell whether nothing remains."""
        book = self._books[order.instrument][-order.side]
        group, worst = self.groups[order.trader], order.side * order.price
        while order.remaining and book.keys:
            key = book.keys[0]
            if order.price and key > worst:
                return False
            maker = book.levels[key][0]
            if self.groups[maker.trader] == group:
                self.cancel(maker, "self_trade_prevention")
            else:
                self._trade(order, maker, key, book)
        return not order.remaining

    def _trade(self, taker: Order, maker: Order, key: int, book: BookSide) -> None:
        price, instrument = maker.price, taker.instrument
        open_ = maker.remaining if maker.shown is None else maker.tip
        quantity = min(taker.remaining, open_)
        number = len(self.trades) + 1
        buy, sell = (taker, maker) if taker.side == BUY else (maker, taker)
        self.trades.append(
            Trade(self.now, len(self.messages) + 1, instrument, price, quantity, buy.trader,
                  sell.trader, buy.number, sell.number, taker.side, taker.flag)
        )  # fmt: skip
        taker.remaining -= quantity
        book.take(key, maker, quantity)
        self._last[instrument] = price
        for order in (taker, maker):
            self._report(order, "fill", order.remaining, filled=quantity, trade=number)
            self._change_position(order.trader, instrument, price, order.side * quantity)
        self._pressure.push(instrument, taker.side, price, quantity, self.now)
        if maker.watcher:
            maker.watcher(maker, quantity)
        if self._watchers:
            for order in (taker, maker):
                if watcher := self._watchers.get(order.trader):
                    watcher(order, quantity)

    def _trigger_stops(self, instrument: int) -> None:
        """Let the stop orders that the last price reached work, and publish the best quotes."""
        last = self._last[instrument]
        for order in self._stops[instrument].reached(last) if last else ():
            order.price, order.shown = order.limit, None
            self._report(order, "trigger", order.remaining)
            self._work(order, order.limit > 0)
        if self._last[instrument] != last:
            self._trigger_stops(instrument)
        self.publish_quotes(instrument)

    def publish_quotes(self, instrument: int) -> None:
        """Publish the best quotes, if they changed: at once, or a moment after the last time."""
        books = self._books[instrument]
        bids, asks = books[BUY].keys, books[SELL].keys
        if not bids or not asks:
            return
        bid, ask, at = self._published[instrument]
        if bids[0] == bid and asks[0] == ask:
            return
        if self.now < at + _QUOTES_APART:
            if instrument not in self._due:
                self._due.add(instrument)
                self.at(at + _QUOTES_APART, self._publish_due, instrument)
        else:
            self._published[instrument] = (bids[0], asks[0], self.now)
            for side in (BUY, SELL):
                price, lots = self.quote(instrument, side)
                self.quotes.append(
                    Quote(self.now, len(self.messages), instrument, side, price, lots)
                )

    def _publish_due(self, instrument: int) -> None:
        self._due.discard(instrument)
        self.publish_quotes(instrument)

    def _change_position(self, trader: int, instrument: int, price: int, lots: int) -> None:
        key = (trader, instrument)
        position = self.positions.get(key)
        if position is None:
            position = self.positions[key] = Position()
        self.touched.add(key)
        position.trade(lots, price)

    def _announce(self, order: Order, event: str, sent: int) -> None:
        book = self._books[order.instrument][order.side]
        depth, level = book.depth(), None
        if order.price:
            level = bisect_left(book.keys, -order.side * order.price)
            if not self._crosses(order):
                depth += order.visible
        self._report(order, event, order.remaining, level=level, depth=depth, sent=sent)

    def _report(
        self, order: Order, event: str, remaining: int, *, filled: int | None = None,
        trade: int | None = None, reason: str | None = None, level: int | None = None,
        depth: int | None = None, sent: int | None = None,
    ) -> None:  # fmt: skip
        # Half the time of calling Message, which is felt in half a million messages a week.
        self.messages.append(Message._make(
            (self.now, order.instrument, order.trader, order.number, event, order.side, order.kind,
             order.price or None, order.quantity if filled is None else filled,
             order.quantity if order.shown is None else order.shown, remaining,
             trade, reason, order.parent, level, depth, sent)
        ))  # fmt: skip
