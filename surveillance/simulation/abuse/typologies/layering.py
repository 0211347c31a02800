"""Layering: several large orders at several prices, shown so that a small one trades."""

from surveillance.simulation.abuse.deceit import Deceiver
from surveillance.simulation.abuse.disguise import MANNER, WITHDRAWAL, Disguise
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "layering"
TAKES = (
    *WITHDRAWAL, Disguise.ICEBERG, Disguise.UNEVEN, Disguise.OTHER_PRODUCT, Disguise.LINKED,
    *MANNER, Disguise.MANY_SMALL,
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Plan some attempts in the busy hours of two people."""
    deceiver = Deceiver(stage, TYPOLOGY)
    for rank, trader in enumerate(stage.cast("retail", 2, orders=300)):
        stage.blame.account(TYPOLOGY, trader)
        deceiver.haunt(trader, (0, 1, 4)[rank % 3], levels=5)
