"""What people do who take, and who rest an order and wait: the verbs of the honest crowd.

An order to take is decided on one book and arrives, a latency later, at another.
"""

from collections.abc import Callable

import numpy as np

from surveillance.simulation.venue.exchange import BUY, SELL, Exchange, Order
from surveillance.times import HOUR, MINUTE, SECOND


class Crowd:
    """The verbs of people who take, and of those who rest an order and wait."""

    def __init__(self, exchange: Exchange, chance: np.random.Generator) -> None:
        self.exchange = exchange
        self.chance = chance
        self.parents = 0
        self.followers: list[int] = []
        self.intents: list[Callable[[int, int, int, float, int], None]] = []
        self._ladders: dict[int, list[Order]] = {}

    def take(
        self, trader: int, instrument: int, side: int, usd: float, parent: int | None = None
    ) -> Order:
        """Take liquidity at once, within twelve basis points of the best price."""
        here = self.exchange
        lots = here.market.lots(instrument, usd, here.now)
        limit = here.best(instrument, -side) * (1 + side * 0.0012)
        return here.submit(
            trader, instrument, side, round(limit), lots, parent=parent, lasting=False
        )

    def market(self, trader: int, instrument: int, side: int, usd: float) -> Order:
        """Take liquidity at any price."""
        lots = self.exchange.market.lots(instrument, usd, self.exchange.now)
        return self.exchange.submit(trader, instrument, side, 0, lots, kind="market", lasting=False)

    def decide(self, trader: int, instrument: int, side: int, usd: float, limited: bool) -> None:
        """Send an order to take, which arrives after the account's latency: the book may move."""
        here = self.exchange
        if here.market.is_open(instrument, here.now):
            arrives = here.now + here.latency[trader]
            for listener in self.intents:
                listener(trader, instrument, side, usd, arrives)
            limit = round(here.best(instrument, -side) * (1 + side * 0.0012)) if limited else 0
            here.at(arrives, self._arrive, trader, instrument, side, usd, limit)

    def _arrive(self, trader: int, instrument: int, side: int, usd: float, limit: int) -> None:
        here = self.exchange
        lots = here.market.lots(instrument, usd, here.now)
        kind = "limit" if limit else "market"
        here.submit(trader, instrument, side, limit, lots, kind=kind, lasting=False)

    def rest(self, trader: int, instrument: int, side: int, usd: float, away: float) -> None:
        """Rest an order some way from the middle, and lose patience in the end."""
        here = self.exchange
        if not here.market.is_open(instrument, here.now):
            return
        price = here.passive(instrument, side, here.reference(instrument) * (1 - side * away))
        lots = here.market.lots(instrument, usd, here.now)
        shown = max(1, lots // 5) if usd > 60_000 and self.chance.random() < 0.5 else None
        kind = "limit" if shown is None else "iceberg"
        order = here.submit(trader, instrument, side, price, lots, kind=kind, shown=shown)
        patience = 20 * SECOND + int(self.chance.exponential(30 * MINUTE))
        here.at(here.now + patience, here.cancel, order)

    def hide(self, trader: int, instrument: int, side: int, usd: float, away: float) -> None:
        """Rest an iceberg near the middle for a while, showing a tenth of it."""
        here = self.exchange
        price = here.passive(instrument, side, here.reference(instrument) * (1 - side * away))
        lots = max(10, here.market.lots(instrument, usd, here.now))
        order = here.submit(trader, instrument, side, price, lots, kind="iceberg", shown=lots // 10)
        here.at(here.now + int((10 + 50 * self.chance.random()) * MINUTE), here.cancel, order)

    def slice(
        self, trader: int, instrument: int, side: int, usd: float, minutes: float, count: int
    ) -> None:
        """Work a parent order in equal steps; each child takes what is near the best price."""
        self.parents += 1
        pause = int(minutes * MINUTE / count)
        for step in range(count):
            jitter = int(self.chance.random() * pause * 0.4)
            moment = self.exchange.now + step * pause + jitter
            self.exchange.at(moment, self.take, trader, instrument, side, usd / count, self.parents)

    def sweep(self, trader: int, instrument: int, side: int, usd: float, patience: int) -> None:
        """Take what is near the best price in one large order, and let the remainder wait."""
        here = self.exchange
        lots = here.market.lots(instrument, usd, here.now)
        limit = round(here.best(instrument, -side) * (1 + side * 0.0015))
        order = here.submit(trader, instrument, side, limit, lots)
        here.at(here.now + patience, here.cancel, order)

    def ladder(self, trader: int, instrument: int, side: int, usd: float, count: int) -> None:
        """Rest several orders on one side and leave them there for hours."""
        here = self.exchange
        middle = here.reference(instrument)
        lots = max(1, here.market.lots(instrument, usd / count, here.now))
        for step in range(count):
            wish = middle * (1 - side * (0.0012 + 0.0007 * step))
            price = here.passive(instrument, side, wish)
            order = here.submit(trader, instrument, side, price, lots)
            self._ladders.setdefault(trader, []).append(order)
            life = int((0.7 + 5 * self.chance.random()) * HOUR)
            here.at(here.now + life, here.cancel, order)

    def arbitrage(self, trader: int, perpetual: int, spot: int, usd: float) -> None:
        """Trade perpetual against spot where their quotes are further apart than usual."""
        here = self.exchange
        terms = here.market.instruments
        for rich, poor in ((perpetual, spot), (spot, perpetual)):
            bid, _ = here.quote(rich, BUY)
            ask, _ = here.quote(poor, SELL)
            usual = (1 + terms[rich].premium) / (1 + terms[poor].premium)
            if ask and bid * terms[rich].tick > ask * terms[poor].tick * usual * 1.0002:
                self.take(trader, rich, SELL, usd)
                self.take(trader, poor, BUY, usd)

    def flee(self, trader: int) -> None:
        """Pull every ladder, as people do on news."""
        for order in self._ladders.pop(trader, ()):
            self.exchange.cancel(order)

    def round_trip(self, trader: int, instrument: int, side: int, usd: float, hold: int) -> None:
        """Take, leave a stop order behind as often as not, and take back later."""
        here = self.exchange
        order = self.market(trader, instrument, side, usd)
        done = order.quantity - order.remaining
        if done:
            stop = None
            if self.chance.random() < 0.5:
                away = 0.006 + 0.02 * self.chance.random()
                trigger = max(1, round(here.last(instrument) * (1 - side * away)))
                stop = here.stop(trader, instrument, -side, trigger, done)
            here.at(here.now + hold, self._return, trader, instrument, side, done, stop)

    def _return(
        self, trader: int, instrument: int, side: int, lots: int, stop: Order | None
    ) -> None:
        here = self.exchange
        if stop and not stop.waiting:
            return
        if stop:
            here.cancel(stop)
        if here.market.is_open(instrument, here.now):
            here.submit(trader, instrument, -side, 0, lots, kind="market", lasting=False)

    def follow(self, order: Order) -> None:
        """Have some followers see a large visible order near the touch and trade ahead of it."""
        here = self.exchange
        large = here.market.lots(order.instrument, 60_000, here.now)
        if order.trader in self.followers or order.visible < large:
            return
        if abs(order.price / here.best(order.instrument, order.side) - 1) < 0.002:
            self.believe(order)

    def believe(self, order: Order, instrument: int | None = None) -> None:
        """Have some followers react to one side of the book, while ``order`` rests there.

        They trade where it rests, or in another product of its coin.
        """
        where = order.instrument if instrument is None else instrument
        for trader in self.followers:
            if self.chance.random() < 0.4:
                delay = int((0.7 + 7 * self.chance.random()) * SECOND)
                self.exchange.at(self.exchange.now + delay, self._ahead, trader, order, where)

    def _ahead(self, trader: int, order: Order, where: int) -> None:
        if order.resting:
            usd = 1_500 + 9_000 * self.chance.random() ** 2
            self.take(trader, where, order.side, usd)
