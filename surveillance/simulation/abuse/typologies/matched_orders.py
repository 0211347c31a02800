"""Matched orders: two people enter orders that meet by arrangement, and back again."""

from surveillance.simulation.abuse.collusion import Colluder
from surveillance.simulation.abuse.disguise import MANNER, Disguise
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "matched_orders"
TAKES = (
    Disguise.LATE, Disguise.ICEBERG, Disguise.UNEVEN, Disguise.OTHER_PRODUCT, Disguise.LINKED,
    Disguise.INTERMEDIARY, *MANNER, Disguise.MANY_SMALL,
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Plan the meetings of two pairs who share nothing the venue could see."""
    colluder = Colluder(stage)
    for instrument, usd, pause in ((5, 7_000, 200.0), (4, 11_000, 150.0)):
        pair = stage.cast("retail", 2, orders=60)
        colluder.conspire(TYPOLOGY, pair, instrument, usd, pause)
