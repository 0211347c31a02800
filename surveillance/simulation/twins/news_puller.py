"""A trader who has size in the book, and takes it away when news comes."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import SECOND

KIND = "news puller"
RESEMBLES = "spoofing"
DIFFERS = "something becomes public while the size stands"


def plan(stage: Stage) -> None:
    """Have two people show size, trade a little, and pull it on news of a coin."""
    for trader in stage.twins(KIND, 2):
        for event in stage.market.news:
            if event.asset in ("BTC", "ETH"):
                where, side = stage.market.perpetual(event.asset), 1 if event.size > 0 else -1
                begin = event.ts - int(stage.chance.uniform(20, 90) * SECOND)
                stage.exchange.at(begin, _rest, stage, trader, where, -side, event.ts)


def _rest(stage: Stage, trader: int, where: int, side: int, news: int) -> None:
    """Rest what the news would run over, and trade a little the other way meanwhile."""
    here = stage.exchange
    lots = max(1, here.depth(where, side) // 2)
    price = here.passive(where, side, here.best(where, side) - side)
    size = here.submit(trader, where, side, price, lots)
    small = stage.chance.uniform(2_000, 5_000)
    soon = news - int(stage.chance.uniform(1, 6) * SECOND)
    here.at(soon, stage.crowd.take, trader, where, -side, small)
    here.at(news + int(stage.chance.uniform(0.5, 4) * SECOND), here.cancel, size)
