"""What a coin is worth from moment to moment, and what other venues quote for it.

Volatility has a short, a middle and a long memory and a daily season, moves have fat tails, and
jumps follow what becomes public: the stylised facts of Cont (2001). Other venues stray a little
from one another, and now and then one stands still for minutes.
"""

import numpy as np
from numpy.typing import NDArray

from surveillance.simulation.settings import SimulationSettings
from surveillance.simulation.venue.events import PublicEvent
from surveillance.times import DAY, MINUTE, SECOND

Floats = NDArray[np.float64]

STEP = 5 * SECOND
VENUES = {
    "BTC": {"VENUE-A": 0.35, "VENUE-B": 0.3, "VENUE-C": 0.2, "VENUE-D": 0.15},
    "ETH": {"VENUE-A": 0.35, "VENUE-B": 0.3, "VENUE-C": 0.2, "VENUE-D": 0.15},
    "DRIFT": {"VENUE-A": 0.5, "VENUE-C": 0.3, "VENUE-E": 0.2},
}
"""The outside venues of each index, with their weights."""
HELD = {"BTC": 0.005, "ETH": 0.005}
"""How far from the median a constituent may count, where the index is guarded at all."""
_START = {"BTC": 60_000.0, "ETH": 3_000.0, "DRIFT": 2.0}
_YEARLY = {"BTC": 0.36, "ETH": 0.46, "DRIFT": 0.9}
_COMMON = {"BTC": 1.0, "ETH": 0.8, "DRIFT": 0.45}
_STRAY = {"BTC": 0.00012, "ETH": 0.00015, "DRIFT": 0.0008}
_MEMORY = ((12, 0.30), (180, 0.30), (1440, 0.25))
"""Minutes of memory of each part of log volatility, and its deviation."""


def memory(chance: np.random.Generator, count: int, length: float, deviation: float) -> Floats:
    """Draw a mean-reverting series of a memory in steps."""
    keep = float(np.exp(-1 / length))
    fresh = chance.standard_normal(count) * deviation * np.sqrt(1 - keep * keep)
    fresh[0] = chance.standard_normal() * deviation
    value, series = 0.0, []
    for part in fresh.tolist():
        value = keep * value + part
        series.append(value)
    return np.array(series)


def season(settings: SimulationSettings) -> Floats:
    """Return how busy each minute of the span is by the hour of day, one on average."""
    hour = np.arange(settings.days * DAY // MINUTE) / 60 % 24
    share: Floats = 0.6 + 0.8 * (1 - np.abs((hour - 15 + 12) % 24 - 12) / 12)
    return share


def vigour(settings: SimulationSettings, chance: np.random.Generator) -> Floats:
    """Draw volatility by minute, relative to what is usual."""
    usual = season(settings)
    parts = [memory(chance, len(usual), *each) for each in _MEMORY]
    busy: Floats = usual * np.exp(np.clip(np.sum(parts, axis=0), -1.2, 1.5) - 0.11)
    return busy


def walks(
    settings: SimulationSettings,
    chance: np.random.Generator,
    busy: Floats,
    events: list[PublicEvent],
) -> dict[str, Floats]:
    """Draw the path of every coin, in steps."""
    steps = settings.days * DAY // STEP
    vigours = np.repeat(busy, MINUTE // STEP)[:steps]
    common = _fat(chance, steps)
    paths = {}
    for name, share in _COMMON.items():
        own = _fat(chance, steps) * np.sqrt(1 - share * share)
        scale = _YEARLY[name] * np.sqrt(STEP / (365 * DAY))
        paths[name] = _START[name] * np.exp(np.cumsum((share * common + own) * vigours * scale))
        for event in events:
            shock(paths[name], event, 1.0 if event.asset == name else 0.4 * (event.kind == "news"))
    return paths


def shock(path: Floats, event: PublicEvent, share: float) -> None:
    """Move a path by the jump of a public event, over two minutes."""
    if event.size and share:
        at = event.ts // STEP
        rise = np.linspace(0, 1, 24)[: max(0, len(path) - at)]
        path[at : at + 24] *= 1 + event.size * share * rise
        path[at + 24 :] *= 1 + event.size * share


def strays(
    settings: SimulationSettings, chance: np.random.Generator, asset: str
) -> dict[str, Floats]:
    """Draw how far each outside venue is from the worth of a coin, as a fraction, in steps."""
    steps = settings.days * DAY // STEP
    return {name: memory(chance, steps, 40, _STRAY[asset]) for name in VENUES[asset]}


def stall(path: Floats, away: Floats, chance: np.random.Generator) -> None:
    """Have a venue stand still for some minutes, as they do when they are overloaded."""
    at, length = int(chance.integers(0, len(path))), int(chance.integers(36, 100))
    still = path[at] * (1 + away[at])
    away[at : at + length] = still / path[at : at + length] - 1


def _fat(chance: np.random.Generator, count: int) -> Floats:
    moves: Floats = chance.standard_t(4, count) / np.sqrt(2)
    return moves
