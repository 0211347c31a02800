"""An identity that ran out: the document expired weeks ago, and the account moves money."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "expired_kyc"
TAKES = ()
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts withdraw long after their document expired."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        stage.people[trader].document_days = -int(act.chance.integers(30, 90))
        ts = int(DAY * act.chance.uniform(0.2, 0.8))
        stage.till.bank(trader, ts - HOUR, "in", 20_000)
        row = stage.till.bank(trader, ts, "out", act.chance.uniform(5_000, 15_000))
        act.blame.transfer(TYPOLOGY, row, trader)
