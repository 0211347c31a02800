"""Travel rule data that does not fit: a message names another, lacks a party, or never comes."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import EXCHANGES, Message, address
from surveillance.times import DAY, HOUR

TYPOLOGY = "travel_rule_data"
TAKES = (Disguise.MANY_SMALL, Disguise.LATE)
SINCE = 7

_ANOTHER = "Juliett Romeo Golf"


def plan(stage: Stage) -> None:
    """Have three accounts pay institutions: as another, without a payee's account, unannounced."""
    wrong = (Message(name=_ANOTHER), Message(missing="account of the beneficiary"), None)
    for trader, message in zip(stage.cast("depositor", 3, orders=0), wrong, strict=True):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        usd, parts = act.chance.uniform(6_000, 14_000), masking.count(act, 1)
        ts = int(DAY * act.chance.uniform(0.1, 0.6))
        later = masking.wait(act, 3 * 3600, 9 * 3600)
        stage.till.bank(trader, max(0, ts - HOUR), "in", round(1.1 * usd, 2))
        for part in range(parts):
            place, vasp = address("told", trader, part), EXCHANGES[part % len(EXCHANGES)]
            row = stage.till.chain(
                trader, ts + part * HOUR, "out", round(usd / parts, 2), place, vasp=vasp
            )
            stage.till.messages[row] = message and message.sent(later)
            act.blame.transfer(TYPOLOGY, row, trader)
