"""A dormant account wakes: after months of silence a sum comes in, and most of it leaves."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "dormant_activation"
TAKES = (Disguise.LATE, Disguise.MANY_SMALL)
SINCE = 7


def plan(stage: Stage) -> None:
    """Have two accounts that slept for months take in a sum and pass most of it on."""
    for trader in stage.cast("depositor", 2, orders=0):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        stage.people[trader].sleeps(int(act.chance.uniform(110, 300)))
        usd, payer = act.chance.uniform(9_000, 25_000), address("waker", trader)
        ts, parts = int(DAY * act.chance.uniform(0.1, 0.5)), masking.count(act, 1)
        rows = [
            stage.till.chain(trader, ts + part * HOUR, "in", round(usd / parts, 2), payer)
            for part in range(parts)
        ]
        left, gone = ts + int(act.chance.uniform(8, 30) * HOUR), act.chance.uniform(0.7, 0.95)
        left += masking.wait(act, 20 * 3600, 50 * 3600)
        for part in range(parts):
            at = min(left + part * HOUR, stage.market.end - 1)
            sent, place = round(gone * usd / parts, 2), address("woken", trader)
            rows.append(stage.till.chain(trader, at, "out", sent, place))
        for row in rows:
            act.blame.transfer(TYPOLOGY, row, trader)
