"""Strange order flow that breaks no rule: a metronome, and somebody who cannot leave one alone."""

from surveillance.simulation.abuse.deceit import Deceiver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import HOUR, SECOND

TYPOLOGY = "anomalous_order_flow"
TAKES = ()


def plan(stage: Stage) -> None:
    """Plan every night of both."""
    deceiver = Deceiver(stage, TYPOLOGY)
    steady, restless = stage.cast("retail", 2, orders=40)
    stage.blame.account(TYPOLOGY, steady, restless)
    for day in range(stage.days):
        night = (24 * day + 1) * HOUR
        for number in range(36):
            moment = night + number * 421 * SECOND
            stage.exchange.at(moment, deceiver.metronome, steady, number)
        until = night + 4 * HOUR
        for instrument in (0, 1):
            stage.exchange.at(night + instrument, deceiver.fidget, restless, instrument, until)
