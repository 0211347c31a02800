"""Spoofing shared: one person shows the large order, another trades; neither does both."""

from surveillance.simulation.abuse.deceit import Deceiver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import MINUTE

TYPOLOGY = "collusive_spoofing"


def plan(stage: Stage) -> None:
    """Plan attempts of two pairs; the milder, the more often the parts are swapped."""
    deceiver = Deceiver(stage)
    for instrument in (0, 4):
        pair = stage.cast("retail", 2, orders=200)
        stage.blame.account(TYPOLOGY, *pair)
        for begin in stage.busy_hours():
            moment = begin
            for number in range(4 + round(6 * stage.severity)):
                shower, trader = pair if stage.chance.random() < stage.scale(0.7, 1) else pair[::-1]
                side = 1 if number % 2 else -1
                stage.exchange.at(moment, deceiver.spoof, trader, instrument, side, 1, shower)
                moment += int(stage.chance.uniform(2, 14) * MINUTE)
