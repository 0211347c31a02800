"""People who quote both sides: market makers, and one account that quotes very fast.

A maker re-quotes on its own fills, when the underlying has moved, and now and then; always both
sides, which is what tells its many cancellations from a spoofer's. Where another's stale quote is
in the way of its own it takes it, so that prices stay where they are worth something.
"""

import numpy as np

from surveillance.simulation.people import Person
from surveillance.simulation.venue.exchange import BUY, SELL, Exchange, Order
from surveillance.simulation.venue.market import Market
from surveillance.times import DAY, SECOND

_BASIS = 1e-4
_WIDTHS = {"perpetual": 0.0022, "spot": 0.003, "future": 0.004, "option": 0.01}
"""How far the coin has to move before a maker looks again without having traded."""
_RESTLESS = {"BTC": 1.0, "ETH": 1.3, "DRIFT": 3.5}
"""By how much more than the first coin the others move."""


class Maker:
    """One maker in one instrument: two levels a side, skewed against its inventory."""

    def __init__(
        self, exchange: Exchange, person: Person, instrument: int, chance: np.random.Generator
    ) -> None:
        self.exchange = exchange
        self.trader = person.number
        self.instrument = instrument
        self.chance = chance
        terms = exchange.market.instruments[instrument]
        thin = terms.share < 0.1
        self.half = chance.uniform(4, 9) * (2.2 if thin else 1) * _BASIS
        self.half *= 6 if terms.kind == "option" else 2 if terms.underlying == "DRIFT" else 1
        self.usd = chance.uniform(15_000, 45_000) * (0.6 if thin else 1)
        self.usd *= 0.3 if terms.underlying == "DRIFT" else 1
        self.levels = 1 if thin else 2
        self.kind = "quote" if terms.kind == "option" else "limit"
        self.replaces = chance.random() < 0.6
        self.orders: dict[tuple[int, int], Order] = {}
        self.waiting = False

    def wake(self) -> None:
        """Bring the quotes up to date."""
        self.waiting = False
        here = self.exchange
        if not here.market.is_open(self.instrument, here.now):
            return
        size = here.market.lots(self.instrument, self.usd, here.now)
        inventory = here.held(self.trader, self.instrument)
        lean = max(-1.5, min(1.5, inventory / (8 * size)))
        centre = here.reference(self.instrument) * (1 - lean * self.half)
        for level in range(self.levels):
            for side in (BUY, SELL):
                price = centre * (1 - side * self.half * (1 + 0.9 * level))
                self._quote(side, level, price, max(1, round(size * (0.8 + 0.5 * level))))

    def soon(self, _: Order | None = None, __: int = 0) -> None:
        """Re-quote after a reaction time."""
        if not self.waiting:
            self.waiting = True
            delay = 30_000 + self.chance.random() ** 3 * 1_500_000
            self.exchange.at(self.exchange.now + int(delay), self.wake)

    def _quote(self, side: int, level: int, wish: float, size: int) -> None:
        here, old = self.exchange, self.orders.get((side, level))
        size = max(1, round(size * (0.85 + 0.3 * self.chance.random())))
        if old and old.resting:
            if abs(old.price - wish) < 0.6 * self.half * wish and 2 * old.remaining > size:
                return
            if self.replaces:
                here.replace(old, self._price(side, wish), size)
                return
            here.cancel(old)
        price = self._price(side, wish)
        self.orders[side, level] = here.submit(
            self.trader, self.instrument, side, price, size, kind=self.kind, watcher=self.soon
        )

    def _price(self, side: int, wish: float) -> int:
        """Rest at the wish, unless a quote stands on the wrong side of what things are worth."""
        here = self.exchange
        fair, other = here.reference(self.instrument), here.quote(self.instrument, -side)[0]
        if other and side * (fair / other - 1) > 2.5 * self.half:
            return max(1, round(wish))
        return here.passive(self.instrument, side, wish)


class Quoter:
    """A fast account: a pair of quotes at the touch, pulled together after a second or so."""

    def __init__(self, exchange: Exchange, person: Person, chance: np.random.Generator) -> None:
        self.exchange = exchange
        self.trader = person.number
        self.chance = chance

    def burst(self, instrument: int, left: int) -> None:
        """Quote, wait, pull both, and again ``left`` times."""
        here = self.exchange
        size = here.market.lots(instrument, 3_000 + 9_000 * self.chance.random(), here.now)
        pair = []
        for side in (BUY, SELL):
            price = here.passive(instrument, side, here.best(instrument, side) + side)
            pair.append(here.submit(self.trader, instrument, side, price, size))
        life = int((0.3 + 2.5 * self.chance.random() ** 2) * SECOND)
        here.at(here.now + life, self.pull, instrument, pair, left - 1)

    def pull(self, instrument: int, pair: list[Order], left: int) -> None:
        """Withdraw both quotes."""
        for order in pair:
            self.exchange.cancel(order)
        if left > 0:
            pause = int((0.05 + 1.5 * self.chance.random()) * SECOND)
            self.exchange.at(self.exchange.now + pause, self.burst, instrument, left)


def plan_makers(
    exchange: Exchange, market: Market, people: list[Person], chance: np.random.Generator
) -> None:
    """Plan the quoting of the whole span."""
    makers = [person for person in people if person.role == "maker"]
    for rank, person in enumerate(makers):
        for terms in market.instruments:
            if terms.share > 0.1 and (rank + terms.number) % 4 == 3:
                continue
            if terms.share < 0.1 and (rank + terms.number) % 2:
                continue
            _plan_maker(exchange, Maker(exchange, person, terms.number, chance), chance)
    for person in people:
        if person.role == "quoter":
            quoter = Quoter(exchange, person, chance)
            for moment in market.times(chance, 60 * market.end // DAY).tolist():
                count = int(chance.integers(5, 30))
                exchange.at(moment, quoter.burst, int(chance.integers(0, 4)), count)


def _plan_maker(exchange: Exchange, maker: Maker, chance: np.random.Generator) -> None:
    exchange.at(int(chance.integers(0, 20 * SECOND)), maker.wake)
    terms = exchange.market.instruments[maker.instrument]
    width = _WIDTHS[terms.kind] * _RESTLESS[terms.underlying]
    for moment, _ in exchange.market.moves(terms.underlying, width):
        if chance.random() < 0.85:
            exchange.at(moment + int(chance.random() ** 2 * 4 * SECOND), maker.wake)
    for moment in exchange.market.times(chance, 16 * exchange.market.end // DAY).tolist():
        exchange.at(moment, maker.wake)
