"""A peel chain: a sum is handed on from account to account, and each keeps a little."""

from itertools import pairwise

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR

TYPOLOGY = "peel_chain"
TAKES = (Disguise.LATE,)
SINCE = 6


def plan(stage: Stage) -> None:
    """Have four accounts hand a sum on within a day or two, and the last send it away."""
    hands = stage.cast("depositor", 4, orders=0)
    stage.blame.account(TYPOLOGY, *hands)
    act = stage.act()
    usd, ts = 9_000 * act.chance.uniform(0.8, 1.4), int(DAY * act.chance.uniform(0, 0.3))
    stage.till.bank(hands[0], ts - HOUR // 2 if ts > HOUR else ts, "in", 1.2 * usd)
    for payer, payee in pairwise(hands):
        ts += int(act.chance.uniform(2, 6) * HOUR) + masking.wait(act, 5 * 3600, 12 * 3600)
        rows = stage.till.internal(payer, payee, ts, usd)
        for row, who in zip(rows, (payer, payee), strict=True):
            act.blame.transfer(TYPOLOGY, row, who)
        usd *= act.chance.uniform(0.88, 0.95)
    out = address("peeled", hands[-1])
    row = stage.till.chain(hands[-1], min(ts + 3 * HOUR, stage.market.end - 1), "out", usd, out)
    act.blame.transfer(TYPOLOGY, row, hands[-1])
