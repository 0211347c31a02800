"""Unlike the profile: somebody of little income takes in far more, and lets most of it go."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "unlike_profile"
TAKES = (Disguise.MANY_SMALL,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts take in more than a year of their income and take out most of it."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        usd = max(30_000.0, 1.2 * stage.people[trader].income)
        ts, parts = int(DAY * act.chance.uniform(0.1, 0.6)), masking.count(act, 1)
        payer = f"BA6{int(act.chance.integers(0, 99_999)):05d}"
        for part in range(parts):
            at = ts + part * HOUR
            act.blame.transfer(
                TYPOLOGY, stage.till.bank(trader, at, "in", usd / parts, payer), trader
            )
        row = stage.till.bank(trader, ts + 30 * HOUR, "out", round(0.75 * usd, 2))
        act.blame.transfer(TYPOLOGY, row, trader)
