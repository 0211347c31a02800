"""Ahead of a request: a dealer who was asked, or an employee who sees requests, deals before it.

The dealer asked is one of several and does not always win; where it wins it does nothing wrong.
"""

from surveillance.activity.sources.synthetic.dealing import Deal
from surveillance.activity.sources.synthetic.desk import Request
from surveillance.activity.sources.synthetic.settings import DAY, HOUR, MINUTE, SECOND
from surveillance.activity.sources.synthetic.stage import Stage

TYPOLOGY = "ahead_of_rfq"


def plan(stage: Stage) -> None:
    """Plan one dealer who hears of requests sent to it, and one employee who sees them all."""
    dealer, clerk = stage.cast("retail", 1, orders=20)[0], stage.cast("staff", 1, orders=20)[0]
    stage.employ(clerk, "rfqs")
    stage.blame.account(TYPOLOGY, dealer, clerk)
    others = stage.pick("dealer")
    for trader in (dealer, clerk):
        stage.desk.listeners.append(lambda made, trader=trader: _heard(stage, trader, made))
    clients = stage.pick("institution")
    count = round(stage.days * stage.scale(0.7, 1.5))
    for _ in range(max(3, count)):
        moment = int(stage.chance.integers(0, stage.days)) * DAY
        moment += int(stage.chance.uniform(9, 20) * HOUR)
        client = clients[int(stage.chance.integers(0, len(clients)))]
        side = 1 if stage.chance.random() < 0.5 else -1
        usd = stage.scale(400_000, 900_000)
        where = int(stage.chance.choice((0, 1)))
        asked = [*others[:3], dealer]
        stage.exchange.at(moment, stage.desk.request, client, where, side, usd, asked, 90 * SECOND)


def _heard(stage: Stage, trader: int, made: Request) -> None:
    """Deal ahead of what was asked, most of the time, unless it is too small to care."""
    if stage.market.instruments[made.instrument].kind == "option" or made.usd < 250_000:
        return
    if trader not in made.dealers and not stage.people[trader].access:
        return
    if stage.chance.random() > stage.scale(0.6, 0.95):
        return
    here = stage.exchange
    deal = Deal(stage, TYPOLOGY, trader, made.instrument, made.side)
    share = stage.scale(0.14, 0.3)
    deal.enter(made.usd * share, here.now + 3 * SECOND, here.now + 18 * SECOND, 4)
    stage.blame.request(TYPOLOGY, made, trader)
    deal.leave(here.now + 17 * MINUTE, here.now + 40 * MINUTE, 5)
