"""Strange transfers that break no rule: odd sums in and out all night over new institutions."""

from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "anomalous_transfers"
TAKES = ()


def plan(stage: Stage) -> None:
    """Write the transfers of everybody cast."""
    launderer = Launderer(stage)
    for trader in stage.cast("retail", 1, orders=30):
        launderer.shuffle(trader)
