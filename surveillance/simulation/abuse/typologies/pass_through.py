"""Pass-through: a sum comes in and nearly all of it goes on within hours."""

from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "pass_through"


def plan(stage: Stage) -> None:
    """Write the transfers of everybody cast."""
    launderer = Launderer(stage)
    for trader in stage.cast("retail", 3, orders=4):
        launderer.pass_through(trader)
