"""Splitting under the travel rule: one recipient gets several sums just below the line."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "travel_rule_splitting"
TAKES = (Disguise.LATE,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts send one address several sums just under a thousand."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        ts, count = int(DAY * act.chance.uniform(0.1, 0.5)), 4 + round(2 * stage.severity)
        stage.till.bank(trader, max(0, ts - HOUR), "in", 1_100 * count)
        for _ in range(count):
            ts += int(act.chance.uniform(1, 4) * HOUR) + masking.wait(act, 3 * 3600, 8 * 3600)
            usd = round(act.chance.uniform(860, 995), 2)
            row = stage.till.chain(trader, ts, "out", usd, address("split", trader))
            act.blame.transfer(TYPOLOGY, row, trader)
