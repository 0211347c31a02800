"""Gather and scatter: strangers pay in, and others are paid at once."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "gather_scatter"
TAKES = (Disguise.LATE, Disguise.UNEVEN)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts take from several strangers and pay as many others the day after."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        begin, count = int(DAY * act.chance.uniform(0, 0.3)), 6 + round(4 * stage.severity)
        for way, who, usd, hours in (("in", "source", 1_900, 3), ("out", "target", 1_750, 30)):
            for number in range(count):
                ts = begin + int((hours + number * 1.5) * HOUR)
                ts += masking.wait(act, 3600, 7200) * number if way == "out" else 0
                amount = round(usd * masking.weight(act) * act.chance.uniform(0.97, 1.0), 2)
                place = address(who, trader, number)
                row = stage.till.chain(trader, min(ts, stage.market.end - 1), way, amount, place)
                act.blame.transfer(TYPOLOGY, row, trader)
