"""A credential that was revoked or suspended, and the account withdraws all the same."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import Check
from surveillance.times import DAY, HOUR

TYPOLOGY = "unverified_credential"
TAKES = ()
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts withdraw after their credential was taken back."""
    states = ("revoked", "suspended")
    for trader, state in zip(stage.cast("depositor", 2, orders=0), states, strict=True):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        ts = int(DAY * act.chance.uniform(0.4, 0.8))
        stage.till.checks += [Check(HOUR, trader, "valid"), Check(ts - 2 * HOUR, trader, state)]
        stage.till.bank(trader, ts - HOUR, "in", 9_000)
        row = stage.till.bank(trader, ts, "out", act.chance.uniform(3_000, 8_000))
        act.blame.transfer(TYPOLOGY, row, trader)
