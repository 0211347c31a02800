"""A customer whom institutions name the other way round, and by an initial."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import EXCHANGES, Message, address
from surveillance.times import DAY, HOUR

KIND = "shortened name"
RESEMBLES = "travel_rule_data"
DIFFERS = "it is the customer's own name, written another way"

_NAMES = (
    ("Quebec Romeo Oscar", "OSCAR, Quebec R."),
    ("Foxtrot Golf Whiskey", "Whiskey Foxtrot G"),
)


def plan(stage: Stage) -> None:
    """Have two people withdraw to institutions that write the name their own way."""
    for trader, (name, written) in zip(stage.twins(KIND, 2), _NAMES, strict=True):
        stage.people[trader].called = name
        for day in range(0, stage.days, 2):
            ts, usd = day * DAY + 15 * HOUR, round(stage.chance.uniform(1_500, 4_000), 2)
            stage.till.bank(trader, ts - 5 * HOUR, "in", usd)
            place, vasp = address("written", trader), EXCHANGES[trader % len(EXCHANGES)]
            row = stage.till.chain(trader, ts, "out", usd, place, vasp=vasp)
            stage.till.messages[row] = Message(name=written)
