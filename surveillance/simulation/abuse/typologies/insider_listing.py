"""Insider dealing before a listing or delisting: bought, or sold, while few knew; left after."""

from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.knowing import deal_before
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "insider_listing"
TAKES = (*POSITION, Disguise.OTHER_PRODUCT, Disguise.LINKED, Disguise.AT_A_LOSS)


def plan(stage: Stage) -> None:
    """Plan an employee, and a friend of another whom nothing ties to the venue."""
    clerk, friend = stage.cast("staff", 1, orders=15)[0], stage.cast("retail", 1, orders=15)[0]
    stage.employ(clerk, "listings")
    announced = stage.events("listing", "delisting")
    for place, trader in enumerate((clerk, friend)):
        every = stage.severity >= 0.5
        dealt = [event for rank, event in enumerate(announced) if every or (rank + place) % 2 == 0]
        deal_before(stage, TYPOLOGY, trader, dealt)
