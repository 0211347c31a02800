"""A circle of money: three owners hand a sum on until it is back where it began."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "money_circle"
TAKES = (Disguise.LATE, Disguise.UNEVEN)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have three owners pay one another in a ring, a little less each time."""
    ring = stage.cast("depositor", 3, orders=0)
    stage.blame.account(TYPOLOGY, *ring)
    act = stage.act()
    usd, ts = 20_000 * act.chance.uniform(0.6, 1.4), int(DAY * act.chance.uniform(0, 0.4))
    stage.till.bank(ring[0], ts, "in", 1.5 * usd)
    for payer, payee in zip(ring, (*ring[1:], ring[0]), strict=True):
        ts += int(act.chance.uniform(2, 5) * HOUR) + masking.wait(act, 8 * 3600, 14 * 3600)
        parts = 3 if act.disguise is Disguise.UNEVEN else 1
        usd *= act.chance.uniform(0.95, 0.98)
        for part in range(parts):
            rows = stage.till.internal(payer, payee, ts + part * HOUR // 3, usd / parts)
            for row, who in zip(rows, (payer, payee), strict=True):
                act.blame.transfer(TYPOLOGY, row, who)
