"""Sandwiched swaps: seen before their block, bought before and sold back behind."""

from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "sandwich_swaps"


def plan(stage: Stage) -> None:
    """Plan a searcher that stands around large honest swaps; mildly, with two addresses."""
    searcher = stage.cast("swapper", 1, orders=0)[0]
    second = stage.cast("swapper", 1, orders=0)[0] if stage.severity < 0.5 else searcher
    stage.blame.account(TYPOLOGY, *{searcher, second})
    least = stage.scale(9_000, 4_000)
    victims = [swap for swap in stage.chain.pending(0, stage.market.end) if swap.usd >= least]
    for victim in victims:
        if stage.chance.random() > stage.scale(0.4, 0.9):
            continue
        usd = victim.usd * stage.chance.uniform(0.8, 1.6)
        tip, behind = victim.tip + 0.01, victim.tip - 0.01
        contract = "0xsearcher"
        first = stage.chain.submit(searcher, victim.ts, victim.buys, usd, tip, contract)
        last = stage.chain.sell_back(second, victim.ts, first, behind, contract)
        stage.blame.swap(TYPOLOGY, first, searcher)
        stage.blame.swap(TYPOLOGY, last, second)
