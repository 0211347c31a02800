"""Flip spoofing: large orders at the touch, pulled just as the other side is taken."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import MINUTE, SECOND

TYPOLOGY = "flip_spoofing"


def plan(stage: Stage) -> None:
    """Plan the turns of three people in busy hours."""
    for rank, trader in enumerate(stage.cast("retail", 3, orders=300)):
        stage.blame.account(TYPOLOGY, trader)
        for begin in stage.busy_hours():
            moment = begin
            for number in range(4 + round(5 * stage.severity)):
                side = 1 if number % 2 else -1
                stage.exchange.at(moment, _show, stage, trader, (0, 1, 5)[rank], side)
                moment += int(stage.chance.uniform(3, 15) * MINUTE)


def _show(stage: Stage, trader: int, instrument: int, side: int) -> None:
    """Show size at the touch, in one order or, when disguised, in two."""
    here, chance = stage.exchange, stage.chance
    share = stage.scale(0.3, 0.5)
    lots = here.depth(instrument, side) * share / (1 - share)
    parts = 1 if chance.random() < stage.severity else 2
    baits = []
    for step in range(parts):
        price = here.best(instrument, side) - side * step
        bait = here.submit(trader, instrument, side, price, max(1, round(lots)))
        stage.blame.order(TYPOLOGY, bait)
        baits.append(bait)
    stage.crowd.believe(baits[0])
    wait = int(chance.uniform(2, stage.scale(20, 8)) * SECOND)
    here.at(here.now + wait, _pull, stage, baits)


def _pull(stage: Stage, baits: list[Order]) -> None:
    for bait in baits:
        stage.exchange.cancel(bait)
    pause = int(stage.chance.uniform(5_000, stage.scale(700_000, 60_000)))
    stage.exchange.at(stage.exchange.now + pause, _turn, stage, baits[0])


def _turn(stage: Stage, bait: Order) -> None:
    """Take from those at the price that was shown."""
    here = stage.exchange
    since = len(here.trades)
    lots = max(1, round(bait.quantity * stage.chance.uniform(0.2, 0.6)))
    limit = round(bait.price * (1 - bait.side * 0.0003))
    turn = here.submit(bait.trader, bait.instrument, -bait.side, limit, lots, lasting=False)
    stage.blame.order(TYPOLOGY, turn)
    stage.blame.trades(TYPOLOGY, here, since, [bait.trader], False)
