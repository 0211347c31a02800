"""A customer to whom a mixer sends a few dollars among much honest money."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import MIXER
from surveillance.times import DAY, HOUR

KIND = "dusted customer"
RESEMBLES = "address_exposure"
DIFFERS = "what the mixer sent is a few dollars, and nobody asked for it"


def plan(stage: Stage) -> None:
    """Have two people get dust, pay in thousands, and send some of it to one another."""
    first, second = stage.twins(KIND, 2)
    for trader in (first, second):
        ts = int(DAY * stage.chance.uniform(0.1, 0.4))
        stage.till.chain(trader, ts, "in", round(stage.chance.uniform(1, 20), 2), MIXER)
        stage.till.bank(trader, ts + HOUR, "in", round(stage.chance.uniform(4_000, 7_000), 2))
    stage.till.internal(first, second, int(0.7 * DAY), 3_000)
