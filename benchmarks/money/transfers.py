"""A month of transfers: accounts that differ in how busy they are, one of them a hub.

Nothing in it is laundering. Most goes from account to account here, some to and from addresses; how
often somebody pays follows a power law, and sums are log-normal, as payments are.
"""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 30
_MICROSECONDS = 86_400_000_000
_OUTSIDE = 0.25
"""Share of transfers from or to an address."""
_DEALERS = 20
_LABELLED = 100
_RISKY = 0.002
"""Share of transfers to or from a country on a list."""


def accounts(count: int) -> pa.Table:
    """Return accounts opened a year before; the first few are dealers."""
    opened = pa.array([OPENED.replace(year=2025, tzinfo=None)] * count, pa.timestamp("us"))
    kinds = ["market_maker"] * _DEALERS + ["client"] * (count - _DEALERS)
    return pa.table(
        {"ts": opened, "trader_id": _named(np.arange(count)), "opened_at": opened, "kind": kinds}
    )


def transfers(count: int, people: int, hub: int) -> pa.Table:
    """Return transfers in time order, ``hub`` of which are from or to one account."""
    chance = np.random.default_rng(11)
    busy = 1 / (np.arange(people) + 10.0) ** 0.6
    payer, payee = (chance.choice(people, count, p=busy / busy.sum()) for _ in range(2))
    at_hub, half = chance.permutation(count)[:hub], hub // 2
    payer[at_hub[:half]] = payee[at_hub[half:]] = people - 1
    other = at_hub[half:], at_hub[:half]
    payer[other[0]], payee[other[1]] = (chance.integers(0, people - 1, len(each)) for each in other)
    payee[payee == payer] = (payee[payee == payer] + 1) % (people - 1)
    outside, out = chance.random(count) < _OUTSIDE, chance.random(count) < 0.5
    places = np.sort(chance.integers(0, DAYS * _MICROSECONDS, count))
    micros = (np.exp(chance.normal(5.5, 1.0, count)) * 100).astype(np.int64) * 10_000
    own = np.where(outside & ~out, payee, payer)
    place = np.char.add(
        np.char.add("0x", own.astype(str)), np.char.add("f", _other(own, payer, payee))
    )
    usd = pa.array(micros).cast(pa.decimal128(19, 0))
    worth = pa.Array.from_buffers(pa.decimal128(18, 6), count, usd.buffers())
    return pa.table(
        {
            "ts": pa.array(places + int(OPENED.timestamp()) * 1_000_000).cast(pa.timestamp("us")),
            "seq": pa.array(np.arange(count)),
            "transfer_id": pa.array(np.char.add("T", np.arange(count).astype(str))),
            "trader_id": _named(own),
            "direction": pa.array(np.where(outside & ~out, "in", "out")),
            "asset": pa.array(["USD"] * count),
            "amount": worth,
            "usd": worth,
            "kind": pa.array(np.where(outside, "chain", "internal")),
            "counterparty_id": _named(payee, outside),
            "address": pa.array(place, mask=~outside),
            "country": pa.array(np.where(chance.random(count) < _RISKY, "KE", "DE")),
        }
    )


def labels(moved: pa.Table) -> pa.Table:
    """Return labels of a mixer on some of the addresses that were paid."""
    places = moved["address"].drop_null().unique().to_pylist()[:_LABELLED]
    since = pa.array([OPENED.replace(year=2025, tzinfo=None)] * len(places), pa.timestamp("us"))
    words = {"category": "mixer", "source": "made up"}
    filled = {name: [word] * len(places) for name, word in words.items()}
    return pa.table({"ts": since, "address": places, **filled})


def identities(count: int) -> pa.Table:
    """Return who holds each account, verified a year before."""
    since = pa.array([OPENED.replace(year=2025, tzinfo=None)] * count, pa.timestamp("us"))
    words = {"entity": "natural", "residence": "DE", "status": "verified"}
    filled = {name: [word] * count for name, word in words.items()}
    return pa.table({"ts": since, "trader_id": _named(np.arange(count)), **filled})


def _other(own: np.ndarray, payer: np.ndarray, payee: np.ndarray) -> np.ndarray:
    other: np.ndarray = np.where(own == payer, payee, payer).astype(str)
    return other


def _named(numbers: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    return pa.array(np.char.add("A", numbers.astype(str)), mask=mask)
