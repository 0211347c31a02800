"""Fan-out: a sum comes in and is scattered over many whom the account never paid."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "fan_out"
TAKES = (Disguise.LATE, Disguise.UNEVEN)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have two accounts pay out to a dozen new addresses what came in the same day."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        usd, count = 30_000 * act.chance.uniform(0.8, 1.3), 8 + round(5 * stage.severity)
        ts = int(DAY * act.chance.uniform(0.1, 0.5))
        payer = f"BA7{int(act.chance.integers(0, 99_999)):05d}"
        rows = [stage.till.bank(trader, ts, "in", usd, payer)]
        for number in range(count):
            ts += int(act.chance.uniform(0.5, 1.5) * HOUR) + masking.wait(act, 3600, 3 * 3600)
            part = round(0.95 * usd / count * masking.weight(act), 2)
            place = address("scattered", trader, number)
            rows.append(stage.till.chain(trader, min(ts, stage.market.end - 1), "out", part, place))
        for row in rows:
            act.blame.transfer(TYPOLOGY, row, trader)
