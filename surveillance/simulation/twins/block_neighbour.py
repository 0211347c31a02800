"""A swapper who happens to stand before a large swap, and goes on holding."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY

KIND = "block neighbour"
RESEMBLES = "sandwich_swaps"
DIFFERS = "it sells on another day, and not behind the swap"


def plan(stage: Stage) -> None:
    """Have somebody buy or sell in the same block before some large swaps, and back a day later."""
    trader = stage.twins(KIND, role="swapper")[0]
    for victim in stage.chain.pending(0, stage.market.end):
        if victim.usd >= 4_000 and stage.chance.random() < 0.4:
            usd, tip = victim.usd * stage.chance.uniform(0.3, 0.8), victim.tip + 0.3
            first = stage.chain.submit(trader, victim.ts, victim.buys, usd, tip)
            stage.chain.sell_back(trader, victim.ts + DAY, first, 0.5)
