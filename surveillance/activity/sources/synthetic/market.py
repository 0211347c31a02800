"""What is traded and what it is worth: instruments, and the price path of each underlying.

Prices are whole ticks and quantities whole lots throughout the simulation, so no rounding can
creep in; the size of a tick and a lot is in units of 1e-8, as the catalogue's decimals are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from surveillance.activity.sources.synthetic.settings import DAY, MINUTE, SECOND, Settings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNIT = 100_000_000
STEP = 5 * SECOND
NEWS = (
    "A large holder reports a sale of reserves",
    "A regulator delays its decision on a listed fund",
    "A network upgrade is confirmed for next month",
    "A payments company announces support",
)
_START = {"BTC": 60_000.0, "ETH": 3_000.0}
_YEARLY = {"BTC": 0.36, "ETH": 0.46}


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument; ``premium`` is its price over the underlying, ``share`` its part of flow."""

    number: int
    name: str
    kind: str
    underlying: str
    tick: int
    lot: int
    premium: float
    share: float
    expires_at: datetime | None = None
    strike: int | None = None


def instruments_of(settings: Settings) -> tuple[Instrument, ...]:
    """List the instruments; the dated ones expire well after the simulated span."""
    expiry = settings.begins + timedelta(days=settings.days + 18, hours=8)
    dated = f"{expiry:%Y%m%d}"
    rows: list[tuple[str, str, str, int, int, float, float]] = [
        ("BTC-PERP", "perpetual", "BTC", UNIT, UNIT // 1000, 0.0003, 0.34),
        ("ETH-PERP", "perpetual", "ETH", UNIT // 10, UNIT // 100, 0.0004, 0.21),
        ("BTC-SPOT", "spot", "BTC", UNIT, UNIT // 10000, 0.0, 0.16),
        ("ETH-SPOT", "spot", "ETH", UNIT // 10, UNIT // 1000, 0.0, 0.11),
        (f"BTC-{dated}", "future", "BTC", UNIT, UNIT // 1000, 0.004, 0.09),
        (f"ETH-{dated}", "future", "ETH", UNIT // 4, UNIT // 100, 0.005, 0.06),
        (f"BTC-{dated}-62000-C", "option", "BTC", 5 * UNIT, UNIT // 100, 0.0, 0.03),
    ]
    return tuple(
        Instrument(
            number,
            *row,
            expires_at=expiry if row[1] in ("future", "option") else None,
            strike=62_000 if row[1] == "option" else None,
        )
        for number, row in enumerate(rows)
    )


class Market:
    """Price paths, news and the hours at which people are awake."""

    def __init__(self, settings: Settings) -> None:
        chance = settings.chance("market")
        self.settings = settings
        self.end = settings.days * DAY
        self.instruments = instruments_of(settings)
        self.news = self._announce(chance)
        self.index = self._walk(chance)
        self.fair = [self._value(instrument) for instrument in self.instruments]
        self.moves = {name: _crossings(path, 0.003) for name, path in self.index.items()}
        awake = self._activity(chance)
        self._awake = np.cumsum(awake) / awake.sum()

    def times(self, chance: np.random.Generator, count: int) -> Ints:
        """Draw moments at which people act: by hour of day, in bursts, sorted."""
        minutes = np.searchsorted(self._awake, chance.random(count))
        return np.sort(minutes * MINUTE + chance.integers(0, MINUTE, count))

    def worth(self, instrument: int, moment: int) -> float:
        """Return the fair price in ticks at a moment."""
        path = self.fair[instrument]
        return path[min(moment // STEP, len(path) - 1)]

    def lots(self, instrument: int, usd: float, moment: int) -> int:
        """Return how many lots of an instrument are worth so many USD, at least one."""
        terms = self.instruments[instrument]
        price = self.index[terms.underlying][min(moment // STEP, len(self.fair[0]) - 1)]
        return max(1, round(usd * UNIT / (float(price) * terms.lot)))

    def _announce(self, chance: np.random.Generator) -> list[tuple[int, str, float, str]]:
        count = max(1, self.settings.days // 2)
        hours = chance.integers(9, 22, count) + np.linspace(0, 24 * self.settings.days - 24, count)
        sizes = chance.uniform(0.008, 0.018, count) * np.where(chance.random(count) < 0.5, -1, 1)
        return [
            (
                int(hour * 60 + 13) * MINUTE + 7 * SECOND,
                ("BTC", "ETH")[n % 2],
                float(sizes[n]),
                NEWS[n % len(NEWS)],
            )
            for n, hour in enumerate(hours)
        ]

    def _walk(self, chance: np.random.Generator) -> dict[str, Floats]:
        steps = self.end // STEP
        common, own = chance.standard_normal((2, steps))
        vigour = np.repeat(self._vigour(chance), MINUTE // STEP)[:steps]
        paths = {}
        for name, noise in (("BTC", common), ("ETH", 0.8 * common + 0.6 * own)):
            moves = noise * vigour * _YEARLY[name] * np.sqrt(STEP / (365 * DAY))
            for moment, asset, size, _ in self.news:
                at = moment // STEP
                moves[at : at + 24] += size / 24 * (1.0 if asset == name else 0.4)
            paths[name] = _START[name] * np.cumprod(1 + moves)
        return paths

    def _vigour(self, chance: np.random.Generator) -> Floats:
        minutes = self.end // MINUTE
        hour = (np.arange(minutes) // 60) % 24
        season = 0.6 + 0.6 * (1 - np.abs(((hour - 15 + 12) % 24) - 12) / 12)
        drift = np.cumsum(chance.standard_normal(minutes // 30 + 1)) * 0.15
        drift -= np.linspace(drift[0], drift[-1], len(drift))
        return season * np.exp(np.clip(np.repeat(drift, 30)[:minutes], -0.6, 0.6))

    def _activity(self, chance: np.random.Generator) -> Floats:
        vigour = self._vigour(chance) ** 1.5
        for moment, *_ in self.news:
            vigour[moment // MINUTE : moment // MINUTE + 12] *= 6
        for _ in range(20 * self.settings.days):
            at = int(chance.integers(0, len(vigour)))
            vigour[at : at + int(chance.integers(2, 9))] *= chance.uniform(2, 7)
        return vigour

    def _value(self, terms: Instrument) -> list[float]:
        path = self.index[terms.underlying]
        if terms.strike is not None:
            inside = path - terms.strike
            path = 0.5 * (inside + np.sqrt(inside**2 + (0.06 * terms.strike) ** 2))
        ticks: list[float] = (path * (1 + terms.premium) * UNIT / terms.tick).tolist()
        return ticks


def _crossings(path: Floats, width: float) -> list[tuple[int, int]]:
    """Find when a path has moved by ``width`` since it last did, and which way."""
    found: list[tuple[int, int]] = []
    anchor = path[0]
    for step, price in enumerate(path.tolist()):
        if abs(price / anchor - 1) >= width:
            found.append((step * STEP, 1 if price > anchor else -1))
            anchor = price
    return found
