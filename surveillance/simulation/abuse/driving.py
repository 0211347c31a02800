"""Verbs of those who push a price: take a position, drive, leave it, and every trade is named."""

import numpy as np

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import BUY, SELL, Order
from surveillance.times import SECOND

_NEAR, _FAR = 0.0015, 0.02
_LEVERAGE = 2.0


class Driver:
    """Acts for one typology; what it does is blamed on whoever it acts for."""

    def __init__(self, stage: Stage, typology: str) -> None:
        self.stage = stage
        self.typology = typology
        self.exchange = stage.exchange
        self.chance = stage.chance

    def enrol(self, *traders: int) -> None:
        """Name accounts, and give them the margin to stand what they do."""
        self.stage.blame.account(self.typology, *traders)
        for trader in traders:
            self.stage.margin.set_leverage(trader, _LEVERAGE)

    def take(self, trader: int, instrument: int, side: int, usd: float, reach: float) -> Order:
        """Take at once what lies within ``reach`` of the best price."""
        lots = self.exchange.market.lots(instrument, usd, self.exchange.now)
        return self.strike(trader, instrument, side, lots, reach)

    def strike(self, trader: int, instrument: int, side: int, lots: int, reach: float) -> Order:
        """Take at once so many lots, as far as they lie within ``reach`` of the best price."""
        here, since = self.exchange, len(self.exchange.trades)
        limit = max(1, round(here.best(instrument, -side) * (1 + side * reach)))
        order = here.submit(trader, instrument, side, limit, lots, lasting=False)
        self._name(order, since)
        return order

    def build(
        self, trader: int, instrument: int, side: int, usd: float, span: tuple[int, int], count: int
    ) -> None:
        """Take a position in parts near the best price, over a span of time."""
        self._spread(trader, instrument, side, usd, span, count, _NEAR)

    def drive(
        self, trader: int, instrument: int, side: int, usd: float, span: tuple[int, int], count: int
    ) -> None:
        """Take in parts whatever the price, over a span of time."""
        self._spread(trader, instrument, side, usd, span, count, _FAR)

    def leave(
        self, trader: int, instrument: int, span: tuple[int, int], count: int, held: int = 0
    ) -> None:
        """Trade back to ``held`` lots in equal parts over a span of time."""
        when, count = masking.closing(self.stage, *span), masking.count(self.stage, count)
        for step, moment in enumerate(self._moments(when, count) if when else ()):
            self.exchange.at(moment, self._part, trader, instrument, count - step, held)

    def cross(
        self, first: int, second: int, instrument: int, side: int, usd: float, tries: int = 20
    ) -> None:
        """Have one rest an order inside the spread and another take it a moment later."""
        here = self.exchange
        bid, ask = here.best(instrument, BUY), here.best(instrument, SELL)
        if ask - bid < 2:
            if tries:
                more = (first, second, instrument, side, usd, tries - 1)
                here.at(here.now + 15 * SECOND, self.cross, *more)
            return
        wide = ask - bid - 1
        price = bid + 1 + min(wide - 1, int(wide * (0.2 + 0.6 * self.chance.random())))
        lots = here.market.lots(instrument, usd, here.now)
        resting = here.submit(first, instrument, side, price, lots)
        self.stage.blame.order(self.typology, resting)
        pause = int((0.4 + 3 * self.chance.random()) * SECOND)
        here.at(here.now + pause, self._meet, resting, second)

    def _meet(self, resting: Order, trader: int) -> None:
        here, since = self.exchange, len(self.exchange.trades)
        if resting.resting:
            order = here.submit(
                trader, resting.instrument, -resting.side, resting.price, resting.remaining,
                lasting=False,
            )  # fmt: skip
            blame, both = self.stage.blame, [trader, resting.trader]
            blame.order(self.typology, order)
            blame.trades(self.typology, here, since, both, False)
            here.cancel(resting)

    def _spread(
        self, trader: int, instrument: int, side: int, usd: float, span: tuple[int, int],
        count: int, reach: float,
    ) -> None:  # fmt: skip
        count = masking.count(self.stage, count)
        for moment in self._moments(span, count):
            part = usd / count * (0.7 + 0.6 * self.chance.random()) * masking.weight(self.stage)
            self.exchange.at(moment, self.take, trader, instrument, side, part, reach)

    def _moments(self, span: tuple[int, int], count: int) -> list[int]:
        begin, end = span
        pause = max(1, (end - begin) // max(1, count))
        starts = np.linspace(begin, end, count).astype(int)
        return [int(at + self.chance.integers(0, pause // 2 + 1)) for at in starts]

    def _part(self, trader: int, instrument: int, steps: int, held: int) -> None:
        left = self.exchange.held(trader, instrument) - held
        if lots := abs(left) // steps:
            self.strike(trader, instrument, -1 if left > 0 else 1, lots, 2 * _NEAR)

    def _name(self, order: Order, since: int) -> None:
        blame = self.stage.blame
        blame.order(self.typology, order)
        blame.trades(self.typology, self.exchange, since, [order.trader], False)
