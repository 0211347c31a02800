"""Trash and cash: the thin coin is sold short, talked down, and bought back from those who flee."""

from surveillance.simulation.abuse.dealing import run_price
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage

TYPOLOGY = "trash_and_cash"
TAKES = (Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.LINKED, Disguise.CLOSED_LATE)


def plan(stage: Stage) -> None:
    """Plan up to three of them in the perpetual."""
    text = "A channel says that the treasury of DRIFT is empty"
    run_price(stage, TYPOLOGY, -1, stage.market.perpetual("DRIFT"), text)
