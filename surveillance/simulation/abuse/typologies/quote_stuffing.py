"""Quote stuffing: a flood of orders that live for milliseconds, then one stale quote taken."""

from surveillance.simulation.abuse.deceit import Deceiver
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "quote_stuffing"


def plan(stage: Stage) -> None:
    """Plan some floods of two people, in instruments of their own."""
    deceiver = Deceiver(stage)
    for rank, trader in enumerate(stage.cast("retail", 2, orders=300)):
        stage.blame.account(TYPOLOGY, trader)
        for begin in stage.busy_hours()[: 1 + round(2 * stage.severity)]:
            stage.exchange.at(begin, deceiver.stuff, trader, (1, 3)[rank % 2])
