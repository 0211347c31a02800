"""Marking the close: a position taken before the settlement, then the price pushed into it."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.collusion import Colluder
from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "marking_the_close"
TAKES = (
    *POSITION, Disguise.LATE, Disguise.OTHER_PRODUCT, Disguise.LINKED, Disguise.AT_A_LOSS,
    Disguise.THIN,
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Plan the pushed settlements of two people, on every other day each."""
    for rank, trader in enumerate(stage.cast("retail", 2, orders=150)):
        stage.blame.account(TYPOLOGY, trader)
        for day in range(rank, stage.days, 2):
            side = 1 if (day + rank) % 4 < 2 else -1
            act = stage.act()
            pusher, which = masking.helper(act, trader), masking.place(act, 4 + rank)
            moment, push = day * DAY + 6 * HOUR, Colluder(act).push
            stage.exchange.at(moment, push, trader, pusher, which, side)
