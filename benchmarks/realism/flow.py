"""What one market's flow amounts to, in arrays: the same of a simulated and of a real one."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEP = 5.0
"""Seconds between two looks at the best quotes."""


def _nothing() -> Floats:
    return np.array([])


@dataclass(frozen=True)
class Flow:
    """One market; an empty array where its recording does not tell.

    ``bids`` and ``asks`` are every ``STEP`` seconds; sizes are USD; ``touch`` is what stands at
    the best bid and ``deep`` in its ten best levels; ``lives`` are the seconds from entry to
    withdrawal of orders that never traded.
    """

    name: str
    seconds: float
    bids: Floats
    asks: Floats
    touch: Floats
    trade_times: Floats
    trade_sizes: Floats
    deep: Floats = field(default_factory=_nothing)
    order_sizes: Floats = field(default_factory=_nothing)
    lives: Floats = field(default_factory=_nothing)
    orders: int = 0
    traded_orders: int = 0
    messages: int = 0

    @property
    def middles(self) -> Floats:
        """Return the middle of the best quotes."""
        return (self.bids + self.asks) / 2

    @property
    def spreads(self) -> Floats:
        """Return the spread in basis points of the middle."""
        return (self.asks - self.bids) / self.middles * 1e4

    def returns(self, seconds: float) -> Floats:
        """Return the logarithmic returns of the middle over so many seconds."""
        return np.diff(np.log(self.middles[:: max(1, round(seconds / STEP))]))


def sampled(times: Floats, values: Floats, until: float) -> Floats:
    """Return the last value before each moment of the grid; the grid begins with the first."""
    grid = np.arange(times[0], until, STEP)
    return values[np.searchsorted(times, grid, side="right") - 1]


def kurtosis(values: Floats) -> float:
    """Return the excess kurtosis, 0 of a normal distribution."""
    centred = values - values.mean()
    return float((centred**4).mean() / (centred**2).mean() ** 2 - 3)


def tail(values: Floats, share: float = 0.02) -> float:
    """Return the exponent of the tail by Hill (1975), of the largest share of the values."""
    largest = np.sort(np.abs(values))[-max(10, round(share * len(values))) :]
    return float(1 / np.log(largest / largest[0])[1:].mean())


def memory(values: Floats, lags: int) -> Floats:
    """Return the autocorrelation at each lag from 1."""
    centred = values - values.mean()
    whole = float((centred**2).sum()) or 1.0
    return np.array(
        [float((centred[lag:] * centred[:-lag]).sum()) / whole for lag in range(1, lags + 1)]
    )


def exceedance(values: Floats, points: int = 60) -> list[tuple[float, float]]:
    """Return (value, share of values at least as large) at even quantiles of the logarithm."""
    values = np.sort(values[values > 0])
    if not len(values):
        return []
    spots = np.unique(np.geomspace(values[0], values[-1], points))
    shares = 1 - np.searchsorted(values, spots, side="left") / len(values)
    return [(float(x), float(y)) for x, y in zip(spots, shares, strict=True) if y > 0]
