"""The venue of the benchmark: who trades, what is traded, and what it costs at any moment.

Traders and instruments follow Zipf's law, as they do on real venues: a few are everywhere. Fifteen
of a hundred traders share their owner with another. Everything here is fixed by the seed alone, so
that a longer stretch of activity begins with the shorter one.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.recipes import SEED

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

TRADERS = 20_000
INSTRUMENTS = 60
ACTORS = 64
"""Accounts of each block that only act in planted episodes; numbered after the traders."""
_SHARED = 0.15
_KINDS = ("perpetual", "future", "option", "spot")


@dataclass(frozen=True)
class Market:
    """Who trades what: cumulative shares of traders and of instruments, owners, first prices."""

    trader_shares: Floats
    instrument_shares: Floats
    owners: Ints
    base: Ints

    def traders(self, chance: np.random.Generator, size: int) -> Ints:
        """Draw traders by how active they are."""
        return np.searchsorted(self.trader_shares, chance.random(size)).astype(np.int64)

    def instruments(self, chance: np.random.Generator, size: int) -> Ints:
        """Draw instruments by how active they are."""
        return np.searchsorted(self.instrument_shares, chance.random(size)).astype(np.int64)

    def mid(self, instrument: Ints, us: Ints) -> Ints:
        """Return the middle price in ticks of 0.01 at a time: waves of an hour and of a day."""
        hours = us / 3_600_000_000
        wave = 0.004 * np.sin(hours * 2.1 + instrument) + 0.02 * np.sin(
            hours / 3.9 + 2 * instrument
        )
        return np.asarray(np.rint(self.base[instrument] * (1 + wave)), dtype=np.int64)


def market(whale: bool = False) -> Market:
    """Make the venue; with a whale, one trader enters thirty of a hundred orders."""
    chance = np.random.default_rng([SEED, 0])
    shares = 1 / np.arange(1, TRADERS + 1) ** 1.05
    shares /= shares.sum()
    if whale:
        shares[0], shares[1:] = 0.3, shares[1:] * 0.7 / shares[1:].sum()
    instruments = 1 / np.arange(1, INSTRUMENTS + 1)
    base = np.rint(np.exp(chance.uniform(np.log(2_000), np.log(5_000_000), INSTRUMENTS)))
    return Market(
        np.cumsum(shares),
        np.cumsum(instruments / instruments.sum()),
        _owners(chance),
        base.astype(np.int64),
    )


def name_of(trader: int) -> str:
    """Name an account."""
    return f"TR{trader:06d}"


def owner_of(owner: int) -> str:
    """Name an owner."""
    return f"OW{owner:06d}"


def instrument_of(instrument: int) -> str:
    """Name an instrument."""
    return f"IN{instrument:02d}"


def terms(base: Ints) -> list[dict[str, Any]]:
    """Return the rows of ``instruments``; a contract is worth ten to a hundred dollars."""
    digits = [len(str(int(price))) for price in base]
    return [
        {
            "instrument": instrument_of(number),
            "kind": _KINDS[number % len(_KINDS)],
            "underlying": f"UN{number % 12:02d}",
            "quote": "USD",
            "settlement": "linear",
            "multiplier": f"{10.0 ** (4 - digits[number]):.8f}",
            "tick": "0.01",
            "lot": "1",
        }
        for number in range(len(base))
    ]


def _owners(chance: np.random.Generator) -> Ints:
    owners = np.arange(TRADERS, dtype=np.int64)
    sharing = np.flatnonzero(chance.random(TRADERS) < _SHARED)
    chance.shuffle(sharing)
    pairs = sharing[: len(sharing) // 2 * 2].reshape(-1, 2)
    owners[pairs[:, 1]] = pairs[:, 0]
    return owners
