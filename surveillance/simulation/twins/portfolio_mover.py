"""An owner who moves a position from one of two accounts to the other, once."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import HOUR, SECOND

KIND = "portfolio mover"
RESEMBLES = "wash_trading"
DIFFERS = "one block off the book, marked as such, and nothing comes back"


def plan(stage: Stage) -> None:
    """Have an owner build a position in one account, and block it over to the other."""
    first, second = stage.twins(KIND, 2)
    stage.share_owner(first, second)
    moment = int(stage.chance.uniform(0.2, 0.8) * stage.market.end)
    stage.exchange.at(moment - 2 * HOUR, stage.crowd.slice, first, 1, 1, 60_000, 60.0, 12)
    stage.exchange.at(moment, _move, stage, first, second)


def _move(stage: Stage, first: int, second: int) -> None:
    here = stage.exchange
    lots = here.held(first, 1)
    if lots > 0 and not here.block(1, 1, round(here.reference(1)), lots, second, first):
        here.at(here.now + SECOND, _move, stage, first, second)
