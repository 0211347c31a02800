"""Structuring: deposits kept just under a reporting threshold, alone or by turns."""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "structuring"
TAKES = (Disguise.LATE, Disguise.MANY_SMALL)


def plan(stage: Stage) -> None:
    """Write the deposits of four people, two of whom share a device and take turns."""
    traders = stage.cast("retail", 4, orders=12)
    stage.share_device(*traders[2:])
    for rank, trader in enumerate(traders):
        Launderer(stage.act()).structure(trader, shared=rank >= 2)
