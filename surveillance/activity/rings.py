"""Rings of hands: paths along which one size of what was sold comes back to its first seller.

A hand is what a buyer got of a seller, and goes on where its buyer next sold about as much. Rings
closed by the same members within a week are one, with the hour in which the last of it closed, and
how unlikely it is that strangers would close such; see ``facts.circles``, which tells them.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.times import DAY, HOUR

FEWEST, LARGEST = 3, 8
_SIZES, _VALUES = 10_000, 10_000_000_000_000
"""More than there are sizes, and values in one market."""

Whole: TypeAlias = NDArray[np.int64]
Counts: TypeAlias = Mapping[str, tuple[Whole, Whole]]
"""By kind, each market and value in one number, in order, and where in time each came: its place
among those times the number of hands, and the place of the hand, in order."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Columns of all hands in the order of time; ``next`` is the place where each went on."""

    us: Whole
    market: Whole
    seller: Whole
    buyer: Whole
    size: Whole
    began: Whole
    next: Whole


@dataclass(frozen=True, slots=True)
class Ring:
    """Members and places of the hands that went round in the week before the end of an hour."""

    market: int
    members: tuple[int, ...]
    places: tuple[int, ...]
    until: int
    rarity: float


def numbered(rows: pa.Table) -> Hands:
    """Return hands with numbers for instruments and members."""
    sides = [rows[name].combine_chunks() for name in ("seller_id", "buyer_id")]
    members = pa.concat_arrays(sides).dictionary_encode().indices.to_numpy().astype(np.int64)
    market = rows["instrument"].combine_chunks().dictionary_encode().indices
    names = ("us", "size", "began", "next")
    us, size, began, following = (rows[name].fill_null(-1).to_numpy() for name in names)
    seller, buyer = members[: len(us)], members[len(us) :]
    return Hands(us, market.to_numpy().astype(np.int64), seller, buyer, size, began, following)


def rings(hands: Hands, lag: int) -> Iterator[Ring]:
    """Yield each hour in which members closed a ring, with all that went round in its week.

    What belongs to the hour is known ``lag`` microseconds after it.
    """
    closed: dict[tuple[int, tuple[int, ...]], list[list[int]]] = defaultdict(list)
    for paths in _closed(hands):
        for path, members in zip(
            paths.tolist(), np.sort(hands.seller[paths]).tolist(), strict=True
        ):
            closed[int(hands.market[path[0]]), tuple(members)].append(path)
    counts = _counts(hands) if closed else {}
    for (market, members), laps in sorted(closed.items()):
        laps.sort(key=_last)
        ends = {int(hands.us[lap[-1]]) // HOUR: lap[-1] for lap in laps}
        for hour, end in ends.items():
            since = hands.us[end] - 7 * DAY
            recent = [lap for lap in laps if lap[-1] <= end and hands.us[lap[0]] >= since]
            places = {int(hands.began[place]): place for lap in recent for place in lap}
            inner = tuple(sorted(places.values()))
            rarity = _rarity(hands, counts, market, members, inner)
            yield Ring(market, members, inner, (hour + 1) * HOUR + lag, rarity)


def _last(path: Sequence[int]) -> int:
    return path[-1]


def _closed(hands: Hands) -> Iterator[Whole]:
    """Yield paths, a row each, of every length that come back to their first seller in a week."""
    path = np.flatnonzero(hands.next >= 0)[:, None]
    while len(path) and path.shape[1] < LARGEST:
        last = hands.next[path[:, -1]]
        path = np.column_stack((path, last))[last >= 0]
        path = path[hands.us[path[:, -1]] - hands.us[path[:, 0]] <= 7 * DAY]
        met = hands.buyer[path[:, -1:]] == hands.seller[path]
        if path.shape[1] >= FEWEST:
            yield path[met[:, 0]]
        path = path[~met.any(axis=1)]


def _counts(hands: Hands) -> Counts:
    """Return when hands came, by market and each of size, seller, buyer, and size sold."""
    values = {"market": hands.market * 0, "size": hands.size, "seller": hands.seller,
              "buyer": hands.buyer, "sold": hands.seller * _SIZES + hands.size}  # fmt: skip
    counts, every = {}, len(hands.us)
    for key, value in values.items():
        codes, place = np.unique(hands.market * _VALUES + value, return_inverse=True)
        counts[key] = codes, np.sort(place * every + np.arange(every))
    return counts


def _rarity(
    hands: Hands, counts: Counts, market: int, members: Sequence[int], places: Sequence[int]
) -> float:
    """Return the power of ten by which strangers close no such circle in the week before."""
    until = int(hands.us[places[-1]])
    since, end = np.searchsorted(hands.us, (until - 7 * DAY, until + 1))

    def seen(key: str, values: Whole) -> Whole:
        codes, times = counts[key]
        code = market * _VALUES + values
        place = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
        first = place * len(hands.us)
        times_seen = np.searchsorted(times, first + end) - np.searchsorted(times, first + since)
        return np.where(codes[place] == code, times_seen, 0)

    inner = np.array(places)
    sizes, whole = hands.size[inner], int(seen("market", np.zeros(1, np.int64))[0])
    others = max(0, whole - len(places))
    near = sizes[:, None] + np.array([-1, 0, 1])
    alike = seen("size", near).sum(axis=1) - (abs(sizes[:, None] - sizes) <= 1).sum(axis=1)
    kept = []
    for same, sales in zip(
        alike.tolist(), seen("seller", hands.seller[inner]).tolist(), strict=True
    ):
        chance = (max(0, same) + 0.1) / (others + 0.5)
        kept.append(math.log10(min(1, sales * chance)))
    rounds, chosen = -(-len(places) // len(members)), len(members) - 1
    of = np.array(members)
    sold = int(seen("sold", of[:, None] * _SIZES + np.unique(near)).sum())
    part = int((seen("seller", of) + seen("buyer", of)).max())
    went = _tail(len(places) - chosen, max(sold, len(places)) - chosen, part / (2 * whole - part))
    return round(went - sum(sorted(kept)[rounds:]) - math.log10(whole), 6)


def _tail(times: int, tries: int, chance: float) -> float:
    """Return the power of ten by which so many of those tries are unlikely, after Chernoff."""
    if times <= tries * chance:
        return 0.0
    tail = times * math.log10(times / (tries * chance))
    missed = tries - times
    return tail + (missed * math.log10(missed / (tries * (1 - chance))) if missed else 0.0)
