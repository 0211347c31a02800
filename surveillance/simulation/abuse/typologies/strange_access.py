"""Strange access: an account signs in from one country after another within a day."""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "strange_access"
TAKES = (Disguise.LINKED,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts sign in from five countries in a day."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        ts = int(DAY * act.chance.uniform(0.1, 0.2))
        for number, country in enumerate(("BR", "ZA", "JP", "CA", "IN")):
            device = f"DY{trader:04d}-{number}" if act.disguise is Disguise.LINKED else ""
            stage.till.sign_in(trader, ts + 3 * number * HOUR, "login", device, country)
