"""Pass-through: a sum comes in and nearly all of it goes on within hours."""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "pass_through"
TAKES = (Disguise.LATE, Disguise.MANY_SMALL, Disguise.INTERMEDIARY)


def plan(stage: Stage) -> None:
    """Write the transfers of everybody cast."""
    for trader in stage.cast("retail", 3, orders=4):
        Launderer(stage.act()).pass_through(trader)
