"""Money to a country that FATF calls for action against."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "high_risk_jurisdiction"
TAKES = (Disguise.MANY_SMALL,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts send some thousands there."""
    for trader, country in zip(stage.cast("depositor", 2, orders=0), ("MM", "IR"), strict=True):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        usd, ts = act.chance.uniform(3_000, 9_000), int(DAY * act.chance.uniform(0.1, 0.6))
        parts = masking.count(act, 1)
        stage.till.bank(trader, max(0, ts - HOUR), "in", 1.1 * usd)
        for part in range(parts):
            place = address("abroad", trader, part)
            row = stage.till.chain(
                trader, ts + part * HOUR, "out", usd / parts, place, country=country
            )
            act.blame.transfer(TYPOLOGY, row, trader)
