"""Fan-in: small sums from many strangers, then the heap goes to one address."""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "fan_in"
TAKES = (Disguise.LATE, Disguise.UNEVEN)


def plan(stage: Stage) -> None:
    """Write the transfers of everybody cast."""
    for trader in stage.cast("retail", 2, orders=5):
        Launderer(stage.act()).gather(trader)
