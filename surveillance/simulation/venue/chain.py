"""A pool on chain: DRIFT against USDC, a constant product with a fee of three in a thousand.

A block comes every twelve seconds and orders its transactions by tip, so whoever sees a swap
before its block can stand before and behind it. Arbitrage keeps the pool near the index, now and
then in the very block that moved it, which looks like half of a sandwich and is none.
"""

from dataclasses import dataclass

import numpy as np

from surveillance.simulation.people import Person
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import DAY, MINUTE, SECOND

BLOCK = 12 * SECOND
POOL = "DRIFT-USDC"
ROUTER = "0xrouter"
_FIRST = 18_000_000
_DEEP = 1_500_000
_APART = 0.006
"""How far the pool may be from the index before arbitrage pays, as a fraction."""


@dataclass(slots=True, eq=False)
class Swap:
    """One transaction; amounts in 1e-8, of USDC where it buys DRIFT and else of DRIFT."""

    ts: int
    trader: int
    buys: bool
    usd: float
    tip: float
    contract: str | None = None
    of: "Swap | None" = None
    number: int = 0
    block: int = 0
    position: int = 0
    paid: int = 0
    received: int = 0


class Chain:
    """Collects swaps beforehand, and executes all in the end; nothing else depends on them."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.swaps: list[Swap] = []
        price = market.dollars("DRIFT", 0)
        self._coins, self._dollars = round(_DEEP / price) * UNIT, _DEEP * UNIT

    def submit(
        self, trader: int, ts: int, buys: bool, usd: float, tip: float,
        contract: str | None = None, of: Swap | None = None,
    ) -> Swap:  # fmt: skip
        """Send a swap of so many dollars' worth, or of all that an earlier one received."""
        swap = Swap(ts, trader, buys, usd, tip, contract or ROUTER, of, len(self.swaps))
        self.swaps.append(swap)
        return swap

    def sell_back(
        self, trader: int, ts: int, of: Swap, tip: float, contract: str | None = None
    ) -> Swap:
        """Send a swap of what another received, the other way round."""
        return self.submit(trader, ts, not of.buys, of.usd, tip, contract, of)

    def pending(self, after: int, until: int) -> list[Swap]:
        """Return the swaps sent in a time that are known so far, in time order."""
        sent = [swap for swap in self.swaps if after <= swap.ts < until]
        return sorted(sent, key=lambda swap: swap.ts)

    def run(self, keepers: list[int], chance: np.random.Generator) -> list[Swap]:
        """Execute everything, with the swaps of those who keep the pool near the index."""
        blocks: dict[int, list[Swap]] = {}
        for swap in self.swaps:
            blocks.setdefault(swap.ts // BLOCK + 1, []).append(swap)
        done: list[Swap] = []
        for block in range(1, self.market.end // BLOCK):
            queue = sorted(blocks.get(block, ()), key=lambda swap: (-swap.tip, swap.ts))
            if queue or block % 5 == 0:
                executed = [swap for swap in queue if self._execute(swap)]
                if keepers and (not queue or chance.random() < 0.3):
                    executed += self._keep(block, keepers, chance)
                for position, swap in enumerate(executed):
                    swap.block, swap.position = _FIRST + block, position + 3
                    swap.ts = block * BLOCK
                done += executed
        for number, swap in enumerate(done, 1):
            swap.number = number
        return done

    def _keep(self, block: int, keepers: list[int], chance: np.random.Generator) -> list[Swap]:
        price = self.market.dollars("DRIFT", block * BLOCK)
        here = self._dollars / self._coins
        if abs(here / price - 1) < _APART:
            return []
        usd = abs((price / here) ** 0.5 - 1) * self._dollars / UNIT * 0.8
        who = keepers[int(chance.integers(0, len(keepers)))]
        swap = Swap(block * BLOCK, who, here < price, usd, 0.1, "0xkeeper")
        return [swap] if self._execute(swap) else []

    def _execute(self, swap: Swap) -> bool:
        if swap.of is not None:
            paid = swap.of.received
        elif swap.buys:
            paid = round(swap.usd * 100) * (UNIT // 100)
        else:
            paid = round(swap.usd * 100) * self._coins // self._dollars * (UNIT // 100)
        into, out = (self._dollars, self._coins) if swap.buys else (self._coins, self._dollars)
        received = paid * 997 * out // (into * 1000 + paid * 997)
        if paid <= 0 or received <= 0:
            return False
        swap.paid, swap.received = paid, received
        if swap.buys:
            self._dollars, self._coins = into + paid, out - received
        else:
            self._coins, self._dollars = into + paid, out - received
        return True


def plan_swaps(chain: Chain, people: list[Person], chance: np.random.Generator) -> None:
    """Plan the swaps of people who trade on chain; some answer news in the same block."""
    market = chain.market
    for person in people:
        if person.role == "swapper":
            for moment in market.times(chance, 45 * market.end // DAY).tolist():
                usd = float(np.clip(700 * np.exp(chance.normal(0, 1.3)), 20, 40_000))
                tip = float(chance.exponential(1.0)) + 0.2
                chain.submit(person.number, moment, bool(chance.random() < 0.5), usd, tip)
        for event in market.news if person.role == "swapper" else ():
            if event.asset == "DRIFT" and chance.random() < 0.5:
                moment = event.ts + int(chance.exponential(1.5 * MINUTE))
                chain.submit(person.number, moment, event.size > 0, 3_000, 2.0)
