"""A name on a list: a customer is called what an entry of a list is, or nearly.

What is wrong is the name, whichever payment shows it: so accounts are named, and no transfers.
"""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import LISTED, listed_name
from surveillance.times import DAY, HOUR

TYPOLOGY = "listed_name"
TAKES = (Disguise.UNEVEN,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts whose holders stand on the simulated list move money."""
    for number, trader in zip((2, LISTED - 1), stage.cast("depositor", 2, orders=0), strict=True):
        act, name = stage.act(), listed_name(number)
        act.blame.account(TYPOLOGY, trader)
        is_misspelt = act.disguise is Disguise.UNEVEN
        stage.people[trader].called = f"{name[:-1]}" if is_misspelt else name
        ts = min(2 * DAY, stage.market.end - DAY // 2) + int(act.chance.uniform(1, 6) * HOUR)
        stage.till.bank(trader, ts, "in", act.chance.uniform(500, 4_000))
