"""Scatter and gather: one account gives to several, and each hands it on to one other."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "scatter_gather"
TAKES = (Disguise.LATE, Disguise.UNEVEN)
SINCE = 8


def plan(stage: Stage) -> None:
    """Have one account give a sum to several, who send theirs to one within a day or three."""
    source, sink, *middles = stage.cast("depositor", 5 + round(2 * stage.severity), orders=0)
    stage.blame.account(TYPOLOGY, source, sink, *middles)
    act = stage.act()
    usd, ts = 4_000 * act.chance.uniform(0.7, 1.5), int(DAY * act.chance.uniform(0, 0.5))
    stage.till.bank(source, ts, "in", 1.2 * usd * len(middles))
    for middle in middles:
        ts += int(act.chance.uniform(0.5, 2) * HOUR)
        part = usd * masking.weight(act)
        later = ts + int(act.chance.uniform(6, 20) * HOUR) + masking.wait(act, 20 * 3600, 40 * 3600)
        kept = act.chance.uniform(0.02, 0.06)
        for payer, payee, at, sent in ((source, middle, ts, part),
                                       (middle, sink, later, part * (1 - kept))):  # fmt: skip
            rows = stage.till.internal(payer, payee, at, sent)
            for row, who in zip(rows, (payer, payee), strict=True):
                act.blame.transfer(TYPOLOGY, row, who)
