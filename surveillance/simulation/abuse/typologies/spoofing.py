"""Spoofing: one large order on the other side, shown so that a small one trades, then pulled."""

from surveillance.simulation.abuse.deceit import Deceiver
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "spoofing"


def plan(stage: Stage) -> None:
    """Plan some attempts in the busy hours of three people."""
    deceiver = Deceiver(stage)
    for rank, trader in enumerate(stage.cast("retail", 3, orders=300)):
        stage.blame.account(TYPOLOGY, trader)
        deceiver.haunt(trader, (0, 1, 4)[rank % 3], levels=1)
