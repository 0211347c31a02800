"""Honest machines that rest orders: grids, peggers, and a client whose program has a fault.

Grids keep many orders on both sides and pull them all when the price has left; peggers follow the
best price tick by tick while they work an order; a fault repeats itself until somebody looks.
"""

import numpy as np

from surveillance.simulation.people import Person
from surveillance.simulation.venue.exchange import BUY, SELL, Exchange, Order
from surveillance.simulation.venue.market import Market
from surveillance.times import DAY, HOUR, MINUTE, SECOND

_RUNGS = 5


class Grid:
    """Orders at even steps on both sides; a fill is answered one step the other way."""

    def __init__(
        self, exchange: Exchange, trader: int, instrument: int, chance: np.random.Generator
    ) -> None:
        self.exchange = exchange
        self.trader = trader
        self.instrument = instrument
        self.step = chance.uniform(0.0012, 0.0035)
        self.usd = chance.uniform(800, 4_000)
        self.centre = 0.0
        self.orders: list[Order] = []

    def look(self) -> None:
        """Lay the grid anew where the price has left it, and look again in some minutes."""
        here = self.exchange
        price = here.reference(self.instrument)
        if abs(price / (self.centre or 1) - 1) > self.step * _RUNGS:
            for order in self.orders:
                here.cancel(order)
            self.orders, self.centre = [], price
            for rung in range(1, _RUNGS + 1):
                for side in (BUY, SELL):
                    self._rest(side, price * (1 - side * self.step * rung))
        self.orders = [order for order in self.orders if order.resting]
        here.at(here.now + 3 * MINUTE, self.look)

    def _rest(self, side: int, wish: float) -> None:
        here = self.exchange
        lots = here.market.lots(self.instrument, self.usd, here.now)
        price = here.passive(self.instrument, side, wish)
        self.orders.append(
            here.submit(self.trader, self.instrument, side, price, lots, watcher=self._answer)
        )

    def _answer(self, order: Order, _: int) -> None:
        if not order.remaining:
            wish = order.price * (1 + order.side * self.step)
            self.exchange.at(self.exchange.now + SECOND // 2, self._rest, -order.side, wish)


class Pegger:
    """Works an order by keeping it at the best price of its side until it is done or time is up."""

    def __init__(self, exchange: Exchange, trader: int, chance: np.random.Generator) -> None:
        self.exchange = exchange
        self.trader = trader
        self.chance = chance

    def work(self, instrument: int, side: int, usd: float, until: int) -> None:
        """Rest part after part at the best price."""
        here = self.exchange
        if here.now < until and usd > 500 and here.market.is_open(instrument, here.now):
            lots = here.market.lots(instrument, min(usd, 9_000), here.now)
            price = here.passive(instrument, side, here.best(instrument, side))
            order = here.submit(self.trader, instrument, side, price, lots, post_only=True)
            here.at(here.now + 2 * SECOND, self._follow, order, usd, until)

    def _follow(self, order: Order, usd: float, until: int) -> None:
        here, side = self.exchange, order.side
        if not order.resting:
            here.at(here.now + 3 * SECOND, self.work, order.instrument, side, usd - 9_000, until)
        elif here.now >= until:
            here.cancel(order)
        else:
            best = here.best(order.instrument, side)
            if side * best > side * order.price:
                price = here.passive(order.instrument, side, best + side * (best % 3 == 0))
                here.replace(order, price, order.remaining)
            pause = int((3 + 9 * self.chance.random()) * SECOND)
            here.at(here.now + pause, self._follow, order, usd, until)


class RunawayAlgorithm:
    """A program that enters one order again and again, and takes each back at once."""

    def __init__(self, exchange: Exchange, trader: int, chance: np.random.Generator) -> None:
        self.exchange = exchange
        self.trader = trader
        self.chance = chance

    def burst(self, instrument: int, side: int, left: int, pause: int) -> None:
        """Enter, withdraw, and do it again ``left`` times."""
        here = self.exchange
        lots = here.market.lots(instrument, 1_000, here.now)
        price = here.passive(instrument, side, here.best(instrument, side) * (1 - side * 0.0008))
        order = here.submit(self.trader, instrument, side, price, lots)
        here.at(here.now + pause // 2, here.cancel, order)
        if left > 0:
            here.at(here.now + pause, self.burst, instrument, side, left - 1, pause)


def plan_robots(
    exchange: Exchange, market: Market, people: list[Person], chance: np.random.Generator
) -> None:
    """Plan the machines of the whole span."""
    perpetuals = [market.perpetual(asset) for asset in ("BTC", "ETH", "DRIFT")]
    grids = [person for person in people if person.role == "grid"]
    for rank, person in enumerate(grids):
        for instrument in (perpetuals[rank % 3], rank % 2 + 2):
            grid = Grid(exchange, person.number, instrument, chance)
            exchange.at(int(chance.integers(0, HOUR)), grid.look)
    desks = [person for person in people if person.role == "desk"]
    for person in desks[:1]:
        exchange.at(int(chance.integers(0, HOUR)), Grid(exchange, person.number, 0, chance).look)
    for person in people:
        if person.role == "pegger":
            _plan_pegger(Pegger(exchange, person.number, chance), market, chance)
        if person.role == "buggy":
            runaway = RunawayAlgorithm(exchange, person.number, chance)
            for moment in market.times(chance, max(1, round(market.end / DAY / 2))).tolist():
                pause = int(chance.uniform(25_000, 90_000))
                count, side = int(chance.integers(30, 140)), int(chance.choice((BUY, SELL)))
                exchange.at(moment, runaway.burst, int(chance.integers(0, 4)), side, count, pause)


def _plan_pegger(pegger: Pegger, market: Market, chance: np.random.Generator) -> None:
    where = (0, 1, 2, 3, market.spot("DRIFT"), market.perpetual("DRIFT"))
    for moment in market.times(chance, 3 * market.end // DAY).tolist():
        instrument = int(chance.choice(where))
        usd = chance.uniform(15_000, 90_000) * (0.2 if instrument > 3 else 1)
        side, until = int(chance.choice((BUY, SELL))), moment + int(chance.uniform(8, 40) * MINUTE)
        pegger.exchange.at(moment, pegger.work, instrument, side, usd, until)
