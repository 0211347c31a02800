"""Sandwiched swaps: seen before their block, bought before and sold back behind."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.chain import BLOCK, Swap

TYPOLOGY = "sandwich_swaps"
TAKES = (
    Disguise.LATE, Disguise.UNEVEN, Disguise.LINKED, Disguise.KEPT, Disguise.MANY_SMALL,
)  # fmt: skip
_CONTRACT = "0xsearcher"


def plan(stage: Stage) -> None:
    """Plan a searcher that stands around large honest swaps; mildly, with two addresses."""
    searcher = stage.cast("swapper", 1, orders=0)[0]
    second = stage.cast("swapper", 1, orders=0)[0] if stage.severity < 0.5 else searcher
    stage.blame.account(TYPOLOGY, *{searcher, second})
    least = stage.scale(9_000, 4_000)
    victims = [swap for swap in stage.chain.pending(0, stage.market.end) if swap.usd >= least]
    acts = [stage.act() for _ in range(stage.days)]
    sellers = [masking.helper(act, second) for act in acts]
    for victim in victims:
        if stage.chance.random() > stage.scale(0.4, 0.9):
            continue
        usd, day = victim.usd * stage.chance.uniform(0.8, 1.6), stage.day(victim.ts)
        parts = min(3, masking.count(acts[day], 1))
        for part in range(parts):
            _stand_around(acts[day], searcher, sellers[day], victim, usd / parts, part)


def _stand_around(
    stage: Stage, searcher: int, seller: int, victim: Swap, usd: float, part: int
) -> None:
    """Buy before a swap, and sell back behind it, or in the next block, or a part, or nothing."""
    tip, behind = victim.tip + 0.01 * (part + 1), victim.tip - 0.01 * (part + 1)
    first = stage.chain.submit(searcher, victim.ts, victim.buys, usd, tip, _CONTRACT)
    stage.blame.swap(TYPOLOGY, first, searcher)
    ts = victim.ts + (BLOCK if stage.disguise is Disguise.LATE else 0)
    if stage.disguise is Disguise.UNEVEN:
        less = usd * float(stage.masks.uniform(0.55, 0.9))
        last = stage.chain.submit(seller, ts, not victim.buys, less, behind, _CONTRACT)
    elif stage.disguise is not Disguise.KEPT:
        last = stage.chain.sell_back(seller, ts, first, behind, _CONTRACT)
    else:
        return
    stage.blame.swap(TYPOLOGY, last, seller)
