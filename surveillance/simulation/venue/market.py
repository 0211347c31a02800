"""What everything traded is worth, and the hours at which people are awake.

Prices are whole ticks and quantities whole lots throughout the simulation, so no rounding can
creep in; the size of a tick and a lot is in units of 1e-8, as the catalogue's decimals are. The
index of a coin is the weighted mean of outside venues, and fair prices follow the index.
"""

import numpy as np
from numpy.typing import NDArray

from surveillance.simulation.settings import SimulationSettings
from surveillance.simulation.venue.events import PublicEvent, events_of
from surveillance.simulation.venue.paths import (
    HELD,
    STEP,
    VENUES,
    Floats,
    memory,
    shock,
    stall,
    strays,
    vigour,
    walks,
)
from surveillance.simulation.venue.pricing import value
from surveillance.simulation.venue.terms import ASSETS, UNIT, expiry_of, instruments_of
from surveillance.times import DAY, MINUTE

Ints = NDArray[np.int64]


class Market:
    """Instruments, what happens, price paths, and when people act."""

    def __init__(self, settings: SimulationSettings) -> None:
        chance = settings.chance("market")
        self.settings = settings
        self.end = settings.days * DAY
        self.steps = self.end // STEP
        self.expiry = expiry_of(settings)
        self.instruments = instruments_of(settings)
        self.events = events_of(settings, chance)
        busy = vigour(settings, chance)
        self.paths = walks(settings, chance, busy, self.events)
        self._premiums = {name: memory(chance, self.end // MINUTE, 240, 1.5e-4) for name in ASSETS}
        self.outside = {name: strays(settings, chance, name) for name in ASSETS}
        for name in ASSETS:
            for away in self.outside[name].values():
                if chance.random() < 0.05 * settings.days:
                    stall(self.paths[name], away, chance)
        self.index = {name: self._weigh(name) for name in ASSETS}
        self._fair: dict[int, list[float]] = {}
        self._deltas: dict[int, list[float]] = {}
        self._dollars: dict[str, list[float]] = {}
        self._moves: dict[tuple[str, float], list[tuple[int, int]]] = {}
        awake = self._activity(chance, busy)
        self._awake = np.cumsum(awake) / awake.sum()

    @property
    def news(self) -> list[PublicEvent]:
        """Return what people trade on once it is public."""
        return [event for event in self.events if abs(event.size) > 0.003]

    def moves(self, asset: str, width: float = 0.003) -> list[tuple[int, int]]:
        """Return when a coin has moved by ``width`` since it last did, and which way."""
        moves = self._moves.get((asset, width))
        if moves is None:
            moves = self._moves[asset, width] = _crossings(self.index[asset], width)
        return moves

    def times(self, chance: np.random.Generator, count: int) -> Ints:
        """Draw moments at which people act: by hour of day, in bursts, sorted."""
        minutes = np.searchsorted(self._awake, chance.random(count))
        return np.sort(minutes * MINUTE + chance.integers(0, MINUTE, count))

    def number(self, name: str) -> int:
        """Return the number of an instrument."""
        return next(terms.number for terms in self.instruments if terms.name == name)

    def perpetual(self, asset: str) -> int:
        """Return the number of a coin's perpetual."""
        return self.number(f"{asset}-PERP")

    def spot(self, asset: str) -> int:
        """Return the number of a coin's spot."""
        return self.number(f"{asset}-SPOT")

    def future(self, asset: str) -> int:
        """Return the number of a coin's future that outlives the span."""
        return next(terms.number for terms in self.instruments
                    if (terms.kind, terms.underlying) == ("future", asset)
                    and terms.expires != self.expiry)  # fmt: skip

    def near(self, asset: str = "BTC") -> int:
        """Return the number of the future that expires inside the span."""
        return next(terms.number for terms in self.instruments
                    if (terms.kind, terms.underlying, terms.expires)
                    == ("future", asset, self.expiry))  # fmt: skip

    def options(self, asset: str) -> list[int]:
        """Return the numbers of a coin's options."""
        return [terms.number for terms in self.instruments
                if (terms.kind, terms.underlying) == ("option", asset)]  # fmt: skip

    def expiring(self) -> list[int]:
        """Return the numbers of all that expires inside the span."""
        return [terms.number for terms in self.instruments if terms.expires == self.expiry]

    def is_open(self, instrument: int, moment: int) -> bool:
        """Tell whether an instrument still trades."""
        expires = self.instruments[instrument].expires
        return expires is None or moment < expires

    def fair_price(self, instrument: int, moment: int) -> float:
        """Return the fair price in ticks at a moment."""
        path = self._fair.get(instrument) or self._price(instrument)
        step = moment // STEP
        return path[step] if step < self.steps else path[-1]

    def delta(self, instrument: int, moment: int) -> float:
        """Return by how much the fair price moves with the coin; 1 but for options."""
        if self.instruments[instrument].kind != "option":
            return 1.0
        if instrument not in self._deltas:
            self._price(instrument)
        return self._deltas[instrument][min(moment // STEP, self.steps - 1)]

    def dollars(self, asset: str, moment: int) -> float:
        """Return the index of a coin in USD."""
        path = self._dollars.get(asset)
        if path is None:
            path = self._dollars[asset] = self.index[asset].tolist()
        step = moment // STEP
        return path[step] if step < self.steps else path[-1]

    def lots(self, instrument: int, usd: float, moment: int) -> int:
        """Return how many lots of an instrument are worth so many USD, at least one."""
        terms = self.instruments[instrument]
        return max(1, round(usd * UNIT / (self.dollars(terms.underlying, moment) * terms.lot)))

    def announce(self, event: PublicEvent) -> None:
        """Add a public event; the price of its coin moves by its size."""
        self.events = sorted([*self.events, event], key=lambda other: other.ts)
        if event.asset is not None:
            shock(self.paths[event.asset], event, 1.0)
            self._reckon(event.asset)

    def push_outside(self, asset: str, venue: str, start: int, until: int, size: float) -> None:
        """Shift what one outside venue quotes by a fraction, eased in and out over 20 seconds."""
        first, last = start // STEP, min(until // STEP, self.steps)
        length = max(0, last - first)
        ease = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1)) / 4
        self.outside[asset][venue][first:last] += size * np.minimum(ease, 1)
        self._reckon(asset)

    def constituents(self, asset: str) -> dict[str, Floats]:
        """Return what each outside venue quotes, in USD by step."""
        return {name: self.paths[asset] * (1 + away) for name, away in self.outside[asset].items()}

    def _reckon(self, asset: str) -> None:
        self.index[asset] = self._weigh(asset)
        self._dollars.pop(asset, None)
        self._moves.clear()
        for terms in self.instruments:
            if terms.underlying == asset:
                self._fair.pop(terms.number, None)
                self._deltas.pop(terms.number, None)

    def _weigh(self, asset: str) -> Floats:
        """Return the weighted mean, each constituent held near the median where it is guarded."""
        quotes = np.stack(list(self.constituents(asset).values()))
        if held := HELD.get(asset):
            middle = np.median(quotes, axis=0)
            quotes = np.clip(quotes, middle * (1 - held), middle * (1 + held))
        weights = np.array(list(VENUES[asset].values()))
        mean: Floats = (quotes * weights[:, None]).sum(axis=0)
        return mean

    def _price(self, instrument: int) -> list[float]:
        terms = self.instruments[instrument]
        path = self.index[terms.underlying]
        if terms.kind == "option":
            path, slope = value(terms, path)
            self._deltas[instrument] = slope.tolist()
        elif terms.kind == "perpetual":
            premium = np.repeat(self._premiums[terms.underlying], MINUTE // STEP)
            path = path * (1 + terms.premium + premium)
        elif terms.expires is not None:
            left = np.maximum(0, 1 - np.arange(self.steps) * STEP / terms.expires)
            path = path * (1 + terms.premium * left)
        ticks: list[float] = np.maximum(path * UNIT / terms.tick, 1.0).tolist()
        self._fair[instrument] = ticks
        return ticks

    def _activity(self, chance: np.random.Generator, busy: Floats) -> Floats:
        active = busy**1.3
        for event in self.news:
            active[event.ts // MINUTE : event.ts // MINUTE + 12] *= 6
        for _ in range(20 * self.settings.days):
            at = int(chance.integers(0, len(active)))
            active[at : at + int(chance.integers(2, 9))] *= chance.uniform(2, 7)
        return active


def _crossings(path: Floats, width: float) -> list[tuple[int, int]]:
    crossings: list[tuple[int, int]] = []
    anchor = path[0]
    for step, price in enumerate(path.tolist()):
        if abs(price / anchor - 1) >= width:
            crossings.append((step * STEP, 1 if price > anchor else -1))
            anchor = price
    return crossings
