"""Convert and leave: a coin comes in and another leaves within hours, to a new address."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "convert_and_leave"
TAKES = (Disguise.LATE, Disguise.MANY_SMALL)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts bring in a dollar coin and take out another one."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        usd = 40_000 * act.chance.uniform(0.5, 1.5)
        ts = int(DAY * act.chance.uniform(0.1, 0.5))
        rows = [stage.till.chain(trader, ts, "in", usd, address("changed", trader))]
        parts = masking.count(act, 1)
        for number in range(parts):
            ts += int(act.chance.uniform(1, 3) * HOUR) // parts + masking.wait(act, 3600, 4 * 3600)
            place = address("left", trader, number)
            rows.append(stage.till.chain(trader, ts, "out", 0.97 * usd / parts, place, "BTC"))
        for row in rows:
            act.blame.transfer(TYPOLOGY, row, trader)
