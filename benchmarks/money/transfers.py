"""A month of transfers: accounts that differ in how busy they are, one of them a hub.

Most goes from account to account here, some to and from addresses; how often somebody pays follows
a power law, and sums are log-normal, as payments are. Of two kinds:

- ``habits``: nearly all goes to one of the few whom the payer always pays, and paid in the month
  before, as people's money does; half of it moves to and from places outside. Twenty accounts
  gather from eight strangers and scatter to eight others within a day.
- ``strangers``: everybody pays whomever chance names, so that nearly everybody gathers from
  strangers and scatters to strangers all month, which no venue's customers do. It is the worst for
  facts that tell of strangers, and nothing in it is laundering.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 30
_MICROSECONDS = 86_400_000_000
KINDS = ("habits", "strangers")
_OUTSIDE = {"habits": 0.5, "strangers": 0.25}
"""Share of transfers from or to an address."""
_REGULAR = (0.6, 0.2, 0.1, 0.07)
"""Share of what somebody with habits pays to each whom they always pay; the rest to anybody."""
_MULES, _EACH = 20, 8
"""Accounts that launder, and how many pay them and are paid by them, one an hour."""
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


def transfers(kind: str, count: int, people: int, hub: int) -> pa.Table:
    """Return transfers in time order, ``hub`` of which are from or to one account."""
    chance = np.random.default_rng(11)
    before = min(people * len(_REGULAR), count // 2) if kind == "habits" else 0
    payer, payee = _parties(chance, count, people, before)
    _lead_to_hub(chance, payer, payee, people, before + chance.permutation(count - before)[:hub])
    payee[payee == payer] = (payee[payee == payer] + 1) % (people - 1)
    outside, out = chance.random(count) < _OUTSIDE[kind], chance.random(count) < 0.5
    micros = (np.exp(chance.normal(5.5, 1.0, count)) * 100).astype(np.int64) * 10_000
    if kind == "habits":
        for mule, at in _laundering(chance, before, count, people):
            payee[at[:_EACH]] = payer[at[_EACH:]] = mule
            micros[at], outside[at] = 1_900_000_000, False
    places = _times(chance, before, count)
    own = np.where(outside & ~out, payee, payer)
    place = np.array([f"0x{a:020x}{b:020x}" for a, b in zip(own, payer + payee - own, strict=True)])
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


def _parties(
    chance: np.random.Generator, count: int, people: int, before: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return payers and payees; those of the month ``before`` were paid by whoever always pays."""
    busy = 1 / (np.arange(people) + 10.0) ** 0.6
    payer, payee = (chance.choice(people, count, p=busy / busy.sum()) for _ in range(2))
    if before:
        regular = chance.choice(people, (people, len(_REGULAR)), p=busy / busy.sum())
        which = np.searchsorted(np.cumsum(_REGULAR), chance.random(count))
        pairs = chance.permutation(people * len(_REGULAR))[:before]
        payer[:before], which[:before] = np.divmod(pairs, len(_REGULAR))
        always = which < len(_REGULAR)
        payee[always] = regular[payer[always], which[always]]
    return payer, payee


def _lead_to_hub(
    chance: np.random.Generator,
    payer: np.ndarray,
    payee: np.ndarray,
    people: int,
    places: np.ndarray,
) -> None:
    """Let the last account pay anybody in half of these places, and be paid in the others."""
    hub, (out, come) = people - 1, np.array_split(places, 2)
    payer[out] = payee[come] = hub
    payee[out], payer[come] = (chance.integers(0, hub, len(each)) for each in (out, come))


def _times(chance: np.random.Generator, before: int, count: int) -> np.ndarray:
    """Return moments in order, those of the month before first."""
    month = DAYS * _MICROSECONDS
    past = np.sort(chance.integers(-month, 0, before))
    return np.concatenate([past, np.sort(chance.integers(0, month, count - before))])


def _laundering(
    chance: np.random.Generator, before: int, count: int, people: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield who launders, and the places of the transfers, an hour apart."""
    hour = max(1, (count - before) // (DAYS * 24))
    for _ in range(_MULES):
        began = chance.integers(before, count - 2 * _EACH * hour)
        yield int(chance.integers(people // 2, people - 1)), began + hour * np.arange(2 * _EACH)


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


def _named(numbers: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    return pa.array(np.char.add("A", numbers.astype(str)), mask=mask)
