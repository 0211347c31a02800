"""Fan-in: small sums from many strangers, then the heap goes to one address."""

from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "fan_in"


def plan(stage: Stage) -> None:
    """Write the transfers of everybody cast."""
    launderer = Launderer(stage)
    for trader in stage.cast("retail", 2, orders=5):
        launderer.gather(trader)
