"""Circular trades: a quantity goes around a ring of people and ends where it began."""

from surveillance.simulation.abuse.collusion import Colluder
from surveillance.simulation.abuse.disguise import MANNER, Disguise
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "circular_trades"
TAKES = (
    Disguise.LATE, Disguise.ICEBERG, Disguise.UNEVEN, Disguise.OTHER_PRODUCT, Disguise.LINKED,
    Disguise.INTERMEDIARY, *MANNER, Disguise.MANY_SMALL,
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Plan the rounds of a ring of three and a ring of four."""
    colluder = Colluder(stage)
    for size, instrument, usd, pause in ((3, 5, 9_000, 60.0), (4, 3, 12_000, 75.0)):
        ring = stage.cast("retail", size, orders=80)
        colluder.conspire(TYPOLOGY, ring, instrument, usd, pause)
