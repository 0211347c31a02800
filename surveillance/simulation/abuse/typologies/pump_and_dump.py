"""Pump and dump: the thin coin is bought, talked and pushed up, and sold to those who follow."""

from surveillance.simulation.abuse.dealing import run_price
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "pump_and_dump"
TAKES = (Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.LINKED, Disguise.CLOSED_LATE)


def plan(stage: Stage) -> None:
    """Plan up to three pumps of spot."""
    text = "A channel says that DRIFT is about to go up tenfold"
    run_price(stage, TYPOLOGY, 1, stage.market.spot("DRIFT"), text)
