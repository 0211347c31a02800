"""Identity churn: a new device, another password, and what is there leaves to a new address."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "identity_churn"
TAKES = (Disguise.LATE,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts be taken over and emptied."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act, till = stage.act(), stage.till
        ts = DAY + int(DAY * act.chance.uniform(0.1, 0.5)) if stage.days > 1 else 12 * HOUR
        till.bank(trader, ts - 10 * HOUR, "in", 60_000)
        device = f"DX{trader:04d}"
        till.sign_in(trader, ts, device=device)
        for number, kind in enumerate(("password", "second_factor")):
            till.sign_in(trader, ts + (number + 1) * HOUR // 6, kind, device)
        ts += HOUR + masking.wait(act, 4 * 3600, 10 * 3600)
        row = till.chain(trader, ts, "out", 55_000, address("taken", trader))
        act.blame.transfer(TYPOLOGY, row, trader)
