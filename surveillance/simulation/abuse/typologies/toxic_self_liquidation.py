"""Toxic liquidation: of two opposite positions one is stripped, and the index pushed over it."""

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.simulation.venue.paths import VENUES
from surveillance.times import DAY, HOUR, MINUTE

TYPOLOGY = "toxic_self_liquidation"
TAKES = (Disguise.UNEVEN, Disguise.CLOSED_LATE)


def plan(stage: Stage) -> None:
    """Plan one scheme in an owner's two accounts, and one with a partner nobody knows of."""
    for rank in range(2):
        loser, winner = stage.cast("retail", 2, orders=40)
        if rank:
            stage.share_quietly(loser, winner)
        else:
            stage.share_owner(loser, winner)
            stage.allow_self_trades(loser, winner)
        Driver(stage, TYPOLOGY).enrol(loser, winner)
        moment = int((stage.chance.uniform(0.4, max(0.41, stage.days - 0.7))) * DAY)
        stage.exchange.at(moment, _open, stage.act(), loser, winner, 1 if rank else -1)


def _open(stage: Stage, loser: int, winner: int, side: int) -> None:
    """Trade the two positions between the two, strip the loser, and push."""
    here, driver = stage.exchange, Driver(stage, TYPOLOGY)
    which = stage.market.perpetual("DRIFT")
    usd, parts = stage.scale(60_000, 160_000), round(stage.scale(16, 8))
    for step in range(parts):
        moment = here.now + int((step + stage.chance.random()) * 4 * MINUTE)
        here.at(moment, driver.cross, loser, winner, which, side, usd / parts)
    stripped = here.now + parts * 4 * MINUTE + 5 * MINUTE
    cash = usd * stage.scale(0.1, 0.3)
    row = stage.till.chain(loser, stripped, "out", cash, address("stripped", loser))
    stage.blame.transfer(TYPOLOGY, row, loser)
    here.at(stripped, stage.margin.set_leverage, loser, stage.scale(80, 125))
    pushed = stripped + int(stage.chance.uniform(20, 60) * MINUTE)
    size = -side * stage.scale(0.16, 0.28)
    for venue in VENUES["DRIFT"]:
        stage.market.push_outside("DRIFT", venue, pushed, pushed + HOUR, size)
    driver.leave(winner, which, (pushed + 4 * MINUTE, pushed + 50 * MINUTE), 24)
