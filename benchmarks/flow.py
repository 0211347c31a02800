"""What the many do: orders of one stretch, a third of them in bursts, and the trades they make.

There is no book. An order that takes meets one entered a moment before on the other side of the
same instrument, which is enough for every id, time and quantity to agree. Venues keep accounts of
one owner from one another, so nobody meets himself.
"""

from dataclasses import replace

import numpy as np

from benchmarks.market import INSTRUMENTS, Ints, Market
from benchmarks.messages import NEVER, Orders, Trades, joined

_BURSTS = 0.3
_TAKERS = 0.2
_LATENCY = 15


def flow(
    chance: np.random.Generator, market: Market, start: int, length: int, size: int
) -> tuple[Orders, Trades]:
    """Return ``size`` orders entered between ``start`` and ``start + length``, and their trades."""
    orders = _orders(chance, market, start, length, size)
    takes = chance.random(size) < _TAKERS
    orders = _taking(chance, orders, takes)
    trades = _met(chance, orders, market.owners[orders.trader], takes)
    end = orders.end
    np.maximum.at(end, np.where(trades.taker == 0, trades.sell, trades.buy), trades.us + 1_000)
    return replace(orders, end=end), trades


def _orders(
    chance: np.random.Generator, market: Market, start: int, length: int, size: int
) -> Orders:
    single, length = size - int(size * _BURSTS), length - 1_000
    us = chance.integers(0, length, single)
    sizes = np.minimum(2 + chance.pareto(1.2, size), 200).astype(np.int64)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), size - single)) + 1]
    which = np.repeat(np.arange(len(sizes)), sizes)[: size - single]
    gaps = 1_000 + chance.exponential(40_000, len(which))
    first = np.flatnonzero(np.diff(which, prepend=-1))
    since = np.cumsum(gaps) - np.repeat(np.cumsum(gaps)[first], np.bincount(which))
    bursts = chance.integers(0, length, len(sizes))[which] + since.astype(np.int64)
    trader = market.traders(chance, single + len(sizes))
    instrument = market.instruments(chance, single + len(sizes))
    us = np.concatenate([us, np.minimum(bursts, length - 1)])
    who = np.concatenate([np.arange(single), single + which])
    order = np.argsort(us, kind="stable")
    us, trader, instrument = start + us[order], trader[who][order], instrument[who][order]
    side, away = chance.integers(0, 2, size), chance.geometric(0.3, size)
    return Orders(
        us,
        trader,
        instrument,
        side,
        np.minimum(np.ceil(4 * (1 + chance.pareto(1.8, size))), 20_000).astype(np.int64),
        market.mid(instrument, us) + away * (2 * side - 1),
        np.zeros(size, dtype=np.int64),
        us + 50_000 + np.minimum(chance.lognormal(14.9, 2, size), 7.2e9).astype(np.int64),
        away - 1,
        chance.integers(2_000, 6_000, size),
    )


def _taking(chance: np.random.Generator, orders: Orders, takes: np.ndarray) -> Orders:
    """Make some orders cross the spread, a part of them without a price; they do not rest."""
    cross = orders.price - 10 * (2 * orders.side - 1)
    return replace(
        orders,
        price=np.where(takes, cross, orders.price),
        market=(takes & (chance.random(len(takes)) < 0.4)).astype(np.int64),
        end=np.where(takes, orders.us + 2 * _LATENCY, orders.end),
        level=np.where(takes, 0, orders.level),
    )


def _met(chance: np.random.Generator, orders: Orders, owners: Ints, takes: np.ndarray) -> Trades:
    parts = []
    for instrument in range(INSTRUMENTS):
        here = orders.instrument == instrument
        for side in (0, 1):
            takers = np.flatnonzero(here & takes & (orders.side == side))
            makers = np.flatnonzero(here & ~takes & (orders.side != side))
            parts.append(_side(chance, orders, owners, (takers, makers), side))
    met: Trades = joined(parts)
    return met


def _side(
    chance: np.random.Generator, orders: Orders, owners: Ints, both: tuple[Ints, Ints], side: int
) -> Trades:
    takers, makers = both
    place = np.searchsorted(orders.us[makers], orders.us[takers]) - chance.geometric(
        0.5, len(takers)
    )
    twice = np.flatnonzero(chance.random(len(takers)) < 0.2)
    taker = np.concatenate([takers, takers[twice]])
    place = np.concatenate([place, place[twice] - 1])
    taker, place = taker[place >= 0], place[place >= 0]
    _, once = np.unique(place, return_index=True)
    taker, maker = taker[once], makers[place[once]]
    other = owners[taker] != owners[maker]
    taker, maker = taker[other], maker[other]
    order = np.argsort(taker, kind="stable")
    taker, maker = taker[order], maker[order]
    quantity = _shared(taker, orders.quantity[taker], orders.quantity[maker])
    real = quantity > 0
    taker, maker, quantity = taker[real], maker[real], quantity[real]
    pair = (taker, maker) if side == 0 else (maker, taker)
    return Trades(
        orders.us[taker] + _LATENCY, *pair, quantity, orders.price[maker], np.full(len(taker), side)
    )


def _shared(taker: Ints, wanted: Ints, offered: Ints) -> Ints:
    """Let the second of two legs of an order take what the first left."""
    got = np.minimum(wanted, offered)
    second = np.flatnonzero(np.diff(taker, prepend=NEVER) == 0)
    got[second] = np.minimum(wanted[second] - got[second - 1], offered[second])
    return got
