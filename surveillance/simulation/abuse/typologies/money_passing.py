"""Money passing: in a thin option a loser sweeps the book up to a winner's absurd price."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import BUY, SELL, Order
from surveillance.simulation.venue.money import address
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import DAY, HOUR, MINUTE, SECOND

TYPOLOGY = "money_passing"
TAKES = (Disguise.LATE, Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.MIDNIGHT)


def plan(stage: Stage) -> None:
    """Plan some pairs, each on a day or two, there and back so that no position is left."""
    options = stage.market.options("ETH") + stage.market.options("BTC")
    for rank in range(2):
        winner, loser = stage.cast("retail", 2, orders=60)
        stage.blame.account(TYPOLOGY, winner, loser)
        which = options[int(stage.chance.integers(0, len(options)))]
        total = stage.scale(9_000, 40_000)
        act = stage.act()
        passes = masking.count(act, round(stage.scale(8, 4)))
        moment = masking.moment(act, int((rank % stage.days + 0.4) * DAY))
        for number in range(passes):
            side = BUY if number % 2 else SELL
            usd = total / passes * (0.7 + 0.6 * stage.chance.random())
            usd *= masking.weight(act)
            stage.exchange.at(moment, _offer, act, (winner, loser), which, side, usd)
            moment += int(stage.chance.uniform(8, 70) * MINUTE) // masking.count(act, 1)
            moment += masking.wait(act, 1_800, 7_200)
        if moment + 20 * HOUR < stage.market.end:
            place = address("winnings", winner)
            row = stage.till.chain(winner, moment + 20 * HOUR, "out", 0.8 * total, place)
            act.blame.transfer(TYPOLOGY, row, winner)


def _offer(stage: Stage, pair: tuple[int, int], which: int, side: int, usd: float) -> None:
    """Have the winner bid (or ask) far from the market, and the loser meet it."""
    here, terms = stage.exchange, stage.market.instruments[which]
    winner, loser = pair
    if not stage.market.is_open(which, here.now):
        return
    off = stage.scale(0.04, 0.25) * (0.7 + 0.6 * stage.chance.random())
    price = max(2, round(here.reference(which) * (1 - side * off)))
    lots = max(1, round(usd / (off * here.reference(which) * terms.tick * terms.lot / UNIT**2)))
    order = here.submit(winner, which, side, price, lots)
    stage.blame.order(TYPOLOGY, order)
    pause = int(stage.chance.uniform(2, 20) * SECOND)
    here.at(here.now + pause, _meet, stage, order, loser)


def _meet(stage: Stage, order: Order, loser: int) -> None:
    here = stage.exchange
    swept = order.remaining * 2
    since = len(here.trades)
    taken = here.submit(loser, order.instrument, -order.side, order.price, swept, lasting=False)
    stage.blame.order(TYPOLOGY, taken)
    stage.blame.trades(TYPOLOGY, here, since, [order.trader, loser], True)
    here.cancel(order)
