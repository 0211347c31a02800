"""Marking the close: a position taken before the settlement, then the price pushed into it."""

from surveillance.simulation.abuse.collusion import Colluder
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "marking_the_close"


def plan(stage: Stage) -> None:
    """Plan the pushed settlements of two people, on every other day each."""
    colluder = Colluder(stage)
    for rank, trader in enumerate(stage.cast("retail", 2, orders=150)):
        stage.blame.account(TYPOLOGY, trader)
        for day in range(rank, stage.days, 2):
            side = 1 if (day + rank) % 4 < 2 else -1
            stage.exchange.at(day * DAY + 6 * HOUR, colluder.push, trader, 4 + rank, side)
