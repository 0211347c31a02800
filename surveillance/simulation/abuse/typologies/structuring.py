"""Structuring: deposits kept just under a reporting threshold, alone or by turns."""

from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "structuring"


def plan(stage: Stage) -> None:
    """Write the deposits of four people, two of whom share a device and take turns."""
    launderer = Launderer(stage)
    traders = stage.cast("retail", 4, orders=12)
    stage.share_device(*traders[2:])
    for rank, trader in enumerate(traders):
        launderer.structure(trader, shared=rank >= 2)
