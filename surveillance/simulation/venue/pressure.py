"""How trades move what makers think: each dollar taken, in its instrument and in its coin.

The pressure of past trades dies away by half in a quarter of an hour, so what is pushed comes
back: a simulated venue needs both halves for ramping, closing and squeezes to mean anything.
"""

from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import MINUTE

_RELAX = 15 * MINUTE
"""After how long half of the pressure of past trades is gone."""
_SPREADS = 0.4
"""How much of a trade's pressure the other instruments of the coin feel."""
_MOST = {"BTC": 0.02, "ETH": 0.02, "DRIFT": 0.5}


class Pressure:
    """Pressure by instrument, which starts with none."""

    def __init__(self, market: Market) -> None:
        self.market = market
        instruments = market.instruments
        self._coin = {terms.underlying: 0 for terms in instruments}
        for place, name in enumerate(self._coin):
            self._coin[name] = len(instruments) + place
        self._state = [(0.0, 0)] * (len(instruments) + len(self._coin))
        self._own = [terms.impact * terms.tick * terms.lot / UNIT**2 for terms in instruments]
        perpetuals = [terms for terms in instruments if terms.kind == "perpetual"]
        usual = {terms.underlying: terms.impact for terms in perpetuals}
        self._common = [
            0.0
            if terms.kind == "option"
            else _SPREADS * usual[terms.underlying] * terms.tick * terms.lot / UNIT**2
            for terms in instruments
        ]
        self._places = [self._coin[terms.underlying] for terms in instruments]
        self._most = [_MOST[terms.underlying] for terms in instruments]
        self._gears = [terms.tick if terms.kind == "option" else None for terms in instruments]

    def moved(self, instrument: int, now: int) -> float:
        """Return the fair price under pressure, in ticks."""
        fair_price = self.market.fair_price(instrument, now)
        own = self._strain(instrument, now)
        coin = self._strain(self._places[instrument], now)
        tick = self._gears[instrument]
        if tick is None:
            return fair_price * (1 + own + coin)
        asset = self.market.instruments[instrument].underlying
        lift = self.market.delta(instrument, now) * coin * self.market.dollars(asset, now)
        return max(1.0, fair_price * (1 + own) + lift * UNIT / tick)

    def push(self, instrument: int, side: int, price: int, lots: int, now: int) -> None:
        """Add the pressure of a trade."""
        most, size = self._most[instrument], side * price * lots
        for place, scale in (
            (instrument, self._own[instrument]),
            (self._places[instrument], self._common[instrument]),
        ):
            strain = self._strain(place, now) + size * scale
            self._state[place] = (max(-most, min(most, strain)), now)

    def _strain(self, place: int, now: int) -> float:
        value, since = self._state[place]
        return value * _RELAX / (_RELAX + now - since)
