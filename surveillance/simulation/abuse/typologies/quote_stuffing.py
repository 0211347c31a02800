"""Quote stuffing: a flood of orders that live for milliseconds, then one stale quote taken."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.deceit import Deceiver
from surveillance.simulation.abuse.disguise import MANNER, Disguise
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "quote_stuffing"
TAKES = (Disguise.LINKED, *MANNER)


def plan(stage: Stage) -> None:
    """Plan some floods of two people, in instruments of their own."""
    for rank, trader in enumerate(stage.cast("retail", 2, orders=300)):
        stage.blame.account(TYPOLOGY, trader)
        for begin in stage.busy_hours()[: 1 + round(2 * stage.severity)]:
            act = stage.act()
            picker, which = masking.helper(act, trader), masking.place(act, (1, 3)[rank % 2])
            stuff = Deceiver(act, TYPOLOGY).stuff
            stage.exchange.at(masking.moment(act, begin), stuff, trader, picker, which)
