"""A trader who gives up a resting order and trades the other way."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import SECOND

KIND = "mind changer"
RESEMBLES = "flip_spoofing"
DIFFERS = "what it shows is no more than what it then trades"


def plan(stage: Stage) -> None:
    """Have two people change their minds some times a day."""
    for trader in stage.twins(KIND, 2):
        for moment in stage.market.times(stage.chance, 6 * stage.days).tolist():
            side = 1 if stage.chance.random() < 0.5 else -1
            stage.exchange.at(moment, _rest, stage, trader, int(stage.chance.integers(0, 4)), side)


def _rest(stage: Stage, trader: int, where: int, side: int) -> None:
    """Rest an order at the best price, and take as much the other way instead."""
    here, usd = stage.exchange, stage.chance.uniform(3_000, 9_000)
    price = here.passive(where, side, here.best(where, side))
    order = here.submit(trader, where, side, price, here.market.lots(where, usd, here.now))
    pulled = here.now + int(stage.chance.uniform(4, 25) * SECOND)
    here.at(pulled, here.cancel, order)
    here.at(pulled + SECOND // 5, stage.crowd.take, trader, where, -side, 1.2 * usd)
