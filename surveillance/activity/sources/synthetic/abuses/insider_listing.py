"""Insider dealing before a listing or delisting: bought, or sold, while few knew; left after."""

from surveillance.activity.sources.synthetic.knowing import deal_before
from surveillance.activity.sources.synthetic.stage import Stage

TYPOLOGY = "insider_listing"


def plan(stage: Stage) -> None:
    """Plan an employee, and a friend of another whom nothing ties to the venue."""
    clerk, friend = stage.cast("staff", 1, orders=15)[0], stage.cast("retail", 1, orders=15)[0]
    stage.employ(clerk, "listings")
    for rank, one in enumerate(stage.happenings("listing", "delisting")):
        for place, trader in enumerate((clerk, friend)):
            if stage.severity >= 0.5 or (rank + place) % 2 == 0:
                deal_before(stage, TYPOLOGY, trader, one)
