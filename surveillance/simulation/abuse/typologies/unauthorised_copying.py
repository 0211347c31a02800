"""Unauthorised copying: an account repeats a leader's trades seconds later, without leave."""

from functools import partial

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import SECOND

TYPOLOGY = "unauthorised_copying"
TAKES = (Disguise.LATE, Disguise.UNEVEN, Disguise.OTHER_PRODUCT)


def plan(stage: Stage) -> None:
    """Plan two copiers, one of the venue's leader and one of an institution."""
    leaders = [stage.pick("leader")[0], stage.pick("institution")[-1]]
    for leader in leaders:
        copier = stage.cast("retail", 1, orders=25)[0]
        stage.blame.account(TYPOLOGY, copier)
        stage.exchange.watch(leader, partial(_saw, stage.act(), copier))


def _saw(stage: Stage, copier: int, order: Order, _: int) -> None:
    """Repeat most of what the leader takes, each order once."""
    if order.resting or order.quantity - order.remaining <= 0:
        return
    if stage.chance.random() > stage.scale(0.65, 0.95):
        return
    wait = int(stage.chance.uniform(0.5, stage.scale(8.0, 3.0)) * SECOND)
    wait += masking.wait(stage, 5, 40)
    usd = stage.chance.uniform(800, 3_000) * masking.weight(stage)
    here = stage.exchange
    here.at(
        here.now + wait,
        _repeat,
        stage,
        copier,
        masking.beside(stage, order.instrument),
        order.side,
        usd,
    )


def _repeat(stage: Stage, copier: int, where: int, side: int, usd: float) -> None:
    since = len(stage.exchange.trades)
    order = stage.crowd.take(copier, where, side, usd)
    stage.blame.order(TYPOLOGY, order)
    stage.blame.trades(TYPOLOGY, stage.exchange, since, [copier], False)
