"""What an option is worth: Black and Scholes (1973) without interest, at one volatility a coin."""

import numpy as np

from surveillance.simulation.venue.paths import STEP, Floats
from surveillance.simulation.venue.terms import Instrument
from surveillance.times import DAY

_IMPLIED = {"BTC": 0.48, "ETH": 0.6}


def value(terms: Instrument, path: Floats) -> tuple[Floats, Floats]:
    """Return worth and delta by step along a path of the coin; worth is in its quote currency."""
    if terms.strike is None or terms.expires is None:
        raise ValueError(f"expected an option, was {terms.name}")
    left = np.maximum(terms.expires - np.arange(len(path)) * STEP, STEP) / (365 * DAY)
    spread = _IMPLIED[terms.underlying] * np.sqrt(left)
    above = np.log(path / terms.strike) / spread + spread / 2
    call = path * _normal(above) - terms.strike * _normal(above - spread)
    if terms.right == "call":
        return call, _normal(above)
    return call - path + terms.strike, _normal(above) - 1


def _normal(x: Floats) -> Floats:
    """Return the normal distribution function, by Page's (1977) approximation."""
    share: Floats = 0.5 * (1 + np.tanh(0.7988 * x * (1 + 0.04417 * x * x)))
    return share
