"""Dealing with a sanctioned address: once or a few times, in or out."""

from surveillance.simulation.abuse.laundering import Launderer
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "sanctioned_address"
TAKES = ()


def plan(stage: Stage) -> None:
    """Write the transfers of three people."""
    launderer = Launderer(stage)
    for rank, trader in enumerate(stage.cast("retail", 3, orders=80)):
        launderer.expose(trader, rank)
