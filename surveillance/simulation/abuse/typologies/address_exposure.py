"""Exposure to a labelled address: money of a mixer, straight from it or by way of another."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import MIXER
from surveillance.times import DAY, HOUR

TYPOLOGY = "address_exposure"
TAKES = (Disguise.MANY_SMALL, Disguise.INTERMEDIARY)
SINCE = 7


def plan(stage: Stage) -> None:
    """Have one account take in money of a mixer, and another send some to it."""
    for trader, way in zip(stage.cast("depositor", 2, orders=0), ("in", "out"), strict=True):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        usd, parts = act.chance.uniform(4_000, 12_000), masking.count(act, 1)
        ts = int(DAY * act.chance.uniform(0.2, 0.6))
        nearer = masking.middle(act, (trader,))[-1] if way == "in" else trader
        if way == "out":
            stage.till.bank(trader, ts - HOUR, "in", round(1.1 * usd, 2))
        for part in range(parts):
            at = ts + part * HOUR
            row = stage.till.chain(nearer, at, way, round(usd / parts, 2), MIXER)
            act.blame.transfer(TYPOLOGY, row, nearer)
        if nearer != trader:
            rows = stage.till.internal(nearer, trader, ts + 3 * HOUR, round(0.95 * usd, 2))
            for row, who in zip(rows, (nearer, trader), strict=True):
                act.blame.transfer(TYPOLOGY, row, who)
