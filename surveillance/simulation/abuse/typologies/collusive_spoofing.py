"""Spoofing shared: one person shows the large order, another trades; neither does both."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.deceit import Deceiver
from surveillance.simulation.abuse.disguise import MANNER, WITHDRAWAL, Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import MINUTE

TYPOLOGY = "collusive_spoofing"
TAKES = (*WITHDRAWAL, Disguise.ICEBERG, Disguise.UNEVEN, *MANNER, Disguise.MANY_SMALL)


def plan(stage: Stage) -> None:
    """Plan attempts of two pairs; the milder, the more often the parts are swapped."""
    for instrument in (0, 4):
        pair = stage.cast("retail", 2, orders=200)
        stage.blame.account(TYPOLOGY, *pair)
        for begin in stage.busy_hours():
            act = stage.act()
            deceiver = Deceiver(act, TYPOLOGY)
            which, moment = masking.place(act, instrument), masking.moment(act, begin)
            for number in range(4 + round(6 * stage.severity)):
                shower, trader = pair if stage.chance.random() < stage.scale(0.7, 1) else pair[::-1]
                side = 1 if number % 2 else -1
                stage.exchange.at(moment, deceiver.spoof, trader, which, side, 1, shower)
                moment += int(stage.chance.uniform(2, 14) * MINUTE)
