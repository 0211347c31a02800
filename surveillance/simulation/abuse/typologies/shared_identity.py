"""A shared identity: one person acts behind the names of three.

What is wrong is who holds the accounts, whatever they pay: so they are named, and no transfers.
"""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "shared_identity"
TAKES = (Disguise.LATE,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have three owners sign in from one device and move money in one week."""
    names = stage.cast("depositor", 3, orders=0)
    stage.share_quietly(*names)
    act = stage.act()
    act.blame.account(TYPOLOGY, *names)
    for rank, trader in enumerate(names):
        for day in range(stage.days):
            stage.till.sign_in(trader, day * DAY + (9 + rank) * HOUR)
        ts = int(DAY * act.chance.uniform(0.1, 0.6)) + masking.wait(act, 3600, 20 * 3600)
        stage.till.bank(trader, ts, "in", act.chance.uniform(1_500, 4_000))
