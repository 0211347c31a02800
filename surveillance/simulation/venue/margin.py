"""The venue's risk engine: marks, funding, isolated margin, liquidations, the insurance fund.

The mark is the index times one plus the mean premium of the book's middle over a minute, held
within bounds that are tight for the big coins and loose for the thin one. Each position has a
margin of its own, so that its liquidation price is one number. Margin and gains are not moved
between positions, and funding is published and not booked: simplifications.
"""

import heapq
from dataclasses import dataclass
from typing import NamedTuple

from surveillance.simulation.people import Person
from surveillance.simulation.venue.exchange import BUY, SELL, Exchange
from surveillance.simulation.venue.feeds import FLAG_LIQUIDATION
from surveillance.simulation.venue.positions import Position
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import HOUR, MINUTE, SECOND

TICK = 15 * SECOND
FUNDING = 8 * HOUR
_PREMIUM_BOUND = {"BTC": 0.005, "ETH": 0.005, "DRIFT": 0.08}
_SLIPPAGE = {"BTC": 0.01, "ETH": 0.01, "DRIFT": 0.12}
_MAX_LEVERAGE = {"BTC": 100.0, "ETH": 50.0, "DRIFT": 8.0}
_MAINTENANCE = 0.4
"""The share of the initial margin at which a position is liquidated."""
_FADE = 0.78
"""What is left of the mean premium after each tick: a mean over about a minute."""
_FUNDING_CAP = 0.0075
_INSURANCE_FUND = 500_000.0


class Mark(NamedTuple):
    """A mark, an index or a funding rate; ``value`` in 1e-8."""

    ts: int
    instrument: int
    kind: str
    value: int


class LiquidationLevel(NamedTuple):
    """The price in ticks at which an account's position is liquidated."""

    price: float
    lots: int
    trader: int


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One forced close; ``change`` of the insurance fund in USD, prices in ticks."""

    ts: int
    message: int
    trader: int
    instrument: int
    lots: int
    price: int
    bankrupt: int
    change: float


class Margin:
    """Marks every 15 seconds, and closes who falls below the maintenance margin.

    ``rows`` are the liquidations; ``leverage`` by trader may be changed.
    """

    def __init__(self, exchange: Exchange, people: list[Person]) -> None:
        self.exchange = exchange
        self.people = people
        self.fund = _INSURANCE_FUND
        self.rows: list[Liquidation] = []
        self.marks: list[Mark] = []
        self._leverage: dict[int, float] = {}
        instruments = exchange.market.instruments
        self._levered = [terms for terms in instruments if terms.kind in ("perpetual", "future")]
        self._premium = [0.0] * len(instruments)
        self._marks = [0.0] * len(instruments)
        self._written = [0.0] * len(instruments)
        self._samples: dict[int, list[float]] = {
            terms.number: [] for terms in instruments if terms.kind == "perpetual"
        }
        self._heaps: dict[tuple[int, int], list[tuple[float, int]]] = {
            (terms.number, side): [] for terms in self._levered for side in (BUY, SELL)
        }
        self._levels: dict[tuple[int, int], float] = {}

    def open(self) -> None:
        """Start the clock, and plan the expiry."""
        market = self.exchange.market
        self.exchange.at(0, self._tick)
        self.exchange.at(market.expiry, self._expire)

    def mark(self, instrument: int) -> float:
        """Return the mark price in ticks."""
        here = self.exchange
        return self._marks[instrument] or here.market.fair_price(instrument, here.now)

    def leverage(self, trader: int, instrument: int) -> float:
        """Return how many times its margin a position is; the thin coin has a limit."""
        chosen = self._leverage.get(trader) or self.people[trader].leverage
        return min(chosen, _MAX_LEVERAGE[self.exchange.market.instruments[instrument].underlying])

    def set_leverage(self, trader: int, leverage: float) -> None:
        """Change an account's leverage; more brings its liquidation prices nearer."""
        self._leverage[trader] = leverage
        self.exchange.touched |= {key for key in self.exchange.positions if key[0] == trader}

    def level(self, trader: int, instrument: int) -> float | None:
        """Return the price in ticks at which a position is liquidated, if it has one."""
        position = self.exchange.positions.get((trader, instrument))
        if not position or not position.lots or (instrument, BUY) not in self._heaps:
            return None
        entry, side = position.cost / position.lots, 1 if position.lots > 0 else -1
        margin = (1 - _MAINTENANCE) / self.leverage(trader, instrument)
        return max(0.0, entry * (1 - side * margin))

    def levels(self, instrument: int, side: int) -> list[LiquidationLevel]:
        """Return the liquidation levels of long or short positions, nearest first."""
        self._refresh()
        levels = [
            LiquidationLevel(price, self.exchange.held(trader, which), trader)
            for (trader, which), price in self._levels.items()
            if which == instrument and self.exchange.held(trader, which) * side > 0
        ]
        return sorted(levels, key=lambda level: -side * level.price)

    def _tick(self) -> None:
        here = self.exchange
        market, now = here.market, here.now
        whole = now % MINUTE == 0
        self._refresh()
        for terms in self._levered:
            if (whole or terms.kind == "perpetual") and market.is_open(terms.number, now):
                self._value(terms.number, now, whole)
        if whole and now % FUNDING == 0 and now:
            self._fund_all(now)
        if now % (5 * MINUTE) == 0:
            self._options(now)
        here.at(now + TICK, self._tick)

    def _value(self, number: int, now: int, whole: bool) -> None:
        here, terms = self.exchange, self.exchange.market.instruments[number]
        index = here.market.dollars(terms.underlying, now) * UNIT / terms.tick
        bid, ask = here.quote(number, BUY)[0], here.quote(number, SELL)[0]
        if bid and ask:
            bound = _PREMIUM_BOUND[terms.underlying] * (1 if terms.kind == "perpetual" else 4)
            premium = max(-bound, min(bound, (bid + ask) / 2 / index - 1))
            self._premium[number] += (1 - _FADE) * (premium - self._premium[number])
            if whole and number in self._samples:
                self._samples[number].append(premium)
        mark = self._marks[number] = index * (1 + self._premium[number])
        if whole or abs(mark / self._written[number] - 1) > 0.001:
            self._written[number] = mark
            self.marks.append(Mark(now, number, "mark", round(mark) * terms.tick))
            self.marks.append(Mark(now, number, "index", round(index) * terms.tick))
        self._liquidate_beyond(number, mark)

    def _options(self, now: int) -> None:
        market = self.exchange.market
        for terms in market.instruments:
            if terms.kind == "option" and market.is_open(terms.number, now):
                index = round(market.dollars(terms.underlying, now) * 100) * (UNIT // 100)
                mark = max(1, round(self.exchange.reference(terms.number)))
                self._marks[terms.number] = mark
                self.marks.append(Mark(now, terms.number, "mark", mark * terms.tick))
                self.marks.append(Mark(now, terms.number, "index", index))

    def _fund_all(self, now: int) -> None:
        for number, samples in self._samples.items():
            mean = sum(samples) / len(samples) if samples else 0.0
            rate = max(-_FUNDING_CAP, min(_FUNDING_CAP, mean))
            self.marks.append(Mark(now, number, "funding", round(rate * UNIT)))
            samples.clear()

    def _refresh(self) -> None:
        """Reckon again the liquidation price of every position that changed."""
        touched, self.exchange.touched = self.exchange.touched, set()
        for key in sorted(touched):
            level = self.level(*key)
            if level is None:
                self._levels.pop(key, None)
            else:
                self._levels[key] = level
                side = 1 if self.exchange.positions[key].lots > 0 else -1
                heapq.heappush(self._heaps[key[1], side], (-side * level, key[0]))

    def _liquidate_beyond(self, number: int, mark: float) -> None:
        for side in (BUY, SELL):
            heap = self._heaps[number, side]
            while heap and heap[0][0] <= -side * mark:
                level, trader = heapq.heappop(heap)
                if self._levels.get((trader, number)) == -side * level:
                    self._liquidate(trader, number, side, mark)

    def _liquidate(self, trader: int, number: int, side: int, mark: float) -> None:
        here, terms = self.exchange, self.exchange.market.instruments[number]
        position = here.positions[trader, number]
        if position.lots * side <= 0:
            return
        entry = position.cost / position.lots
        limit = max(1, round(mark * (1 - side * _SLIPPAGE[terms.underlying])))
        since = len(here.trades)
        order = here.submit(
            trader, number, -side, limit, abs(position.lots), lasting=False, flag=FLAG_LIQUIDATION
        )
        here.touched.add((trader, number))
        done = order.quantity - order.remaining
        if done:
            own = (trade for trade in here.trades[since:] if trade.has_order(order.number))
            spent = sum(trade.price * trade.quantity for trade in own)
            bankrupt = entry * (1 - side / self.leverage(trader, number))
            change = side * (spent - bankrupt * done) * terms.tick * terms.lot / UNIT**2
            self.fund += change
            self.rows.append(
                Liquidation(here.now, len(here.messages), trader, number, side * done,
                            round(spent / done), max(1, round(bankrupt)), change)
            )  # fmt: skip

    def _expire(self) -> None:
        """Settle what expires at the mean index of the last half hour, and close its books."""
        here = self.exchange
        for number in here.market.expiring():
            here.close(number)
            for key in sorted(here.positions):
                if key[1] == number:
                    here.positions[key] = Position()
                    here.touched.add(key)
