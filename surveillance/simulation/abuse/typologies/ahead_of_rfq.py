"""Ahead of a request: a dealer who was asked, or an employee who sees requests, deals before it.

The dealer asked is one of several and does not always win; where it wins it does nothing wrong.
"""

from functools import partial

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.dealing import Deal
from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.traders.desk import Request
from surveillance.times import DAY, HOUR, MINUTE, SECOND

TYPOLOGY = "ahead_of_rfq"
TAKES = (*POSITION, Disguise.OTHER_PRODUCT, Disguise.LINKED, Disguise.AT_A_LOSS)


def plan(stage: Stage) -> None:
    """Plan one dealer who hears of requests sent to it, and one employee who sees them all."""
    dealer, clerk = stage.cast("retail", 1, orders=20)[0], stage.cast("staff", 1, orders=20)[0]
    stage.employ(clerk, "rfqs")
    stage.blame.account(TYPOLOGY, dealer, clerk)
    others = stage.pick("dealer")
    for trader in (dealer, clerk):
        acts = [stage.act() for _ in range(stage.days)]
        hands = [masking.helper(act, trader) for act in acts]
        stage.desk.listeners.append(partial(_heard, acts, hands, trader))
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


def _heard(acts: list[Stage], hands: list[int], trader: int, request: Request) -> None:
    """Deal on what was asked, most of the time, unless it is too small to care.

    ``acts`` and ``hands`` are by day: in what disguise it is done, and by which account.
    The employee deals at once; the dealer once it knows that it lost, before the block is public.
    """
    day = acts[0].day(request.asked)
    stage = acts[day]
    if stage.market.instruments[request.instrument].kind == "option" or request.usd < 250_000:
        return
    if stage.chance.random() > stage.scale(0.6, 0.95):
        return
    here = stage.exchange
    if stage.people[trader].access:
        _deal(stage, trader, hands[day], request)
    elif trader in request.dealers:
        here.at(here.now + 100 * SECOND, _deal, stage, trader, hands[day], request)


def _deal(stage: Stage, trader: int, hand: int, request: Request) -> None:
    here = stage.exchange
    if request.winner == trader or (request.winner is None and trader in request.dealers):
        return
    where = masking.beside(stage, request.instrument)
    deal = Deal(stage, TYPOLOGY, hand, where, request.side)
    usd = request.usd * stage.scale(0.14, 0.3)
    deal.enter(usd, here.now + 3 * SECOND, here.now + 18 * SECOND, 4)
    stage.blame.request(TYPOLOGY, request, trader)
    deal.leave(here.now + 17 * MINUTE, here.now + 40 * MINUTE, 5)
