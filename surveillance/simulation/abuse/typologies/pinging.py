"""Pinging: crumbs that feel for an iceberg, and a large order once it is found.

A search is named once it has found what was hidden; one that met nothing left only crumbs.
"""

from dataclasses import replace
from math import ceil

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import MINUTE, SECOND

TYPOLOGY = "pinging"
TAKES = (Disguise.LATE, Disguise.UNEVEN, Disguise.LINKED, Disguise.MIDNIGHT, Disguise.OPENING)


def plan(stage: Stage) -> None:
    """Plan two people's searches; now and then an institution's iceberg is there."""
    for rank, trader in enumerate(stage.cast("retail", 2, orders=200)):
        for begin in stage.busy_hours():
            act = stage.act()
            moment, taker = masking.moment(act, begin), masking.helper(act, trader)
            for number in range(2 + round(3 * stage.severity)):
                side = 1 if number % 2 else -1
                stage.exchange.at(moment, _hide, act, trader, taker, (1, 3)[rank], side)
                moment += int(stage.chance.uniform(8, 25) * MINUTE)


def _hide(stage: Stage, trader: int, taker: int, instrument: int, side: int) -> None:
    """Have an institution rest an iceberg inside the spread, honestly."""
    here, owners = stage.exchange, stage.pick("institution")
    gap = side * (here.best(instrument, -side) - here.best(instrument, side))
    wish = here.best(instrument, -side) - side * max(1, round(gap * 0.3))
    lots = here.market.lots(instrument, stage.chance.uniform(60_000, 120_000), here.now)
    ice = here.submit(
        owners[int(stage.chance.integers(len(owners)))], instrument, -side,
        here.passive(instrument, -side, wish), lots, kind="iceberg", shown=max(1, lots // 20),
    )  # fmt: skip
    here.at(here.now + 40 * MINUTE, here.cancel, ice)
    count = round(stage.scale(12, 24))
    moment = here.now + int(stage.chance.uniform(5, 60) * SECOND)
    search = replace(stage, blame=Blame(stage.disguise))
    search.blame.account(TYPOLOGY, trader)
    for step in range(count):
        who = (trader, taker)
        here.at(moment, _ping, search, who, ice, side, count - step, stage.blame)
        moment += int(stage.chance.uniform(0.3, stage.scale(6, 3)) * SECOND)
        moment += masking.wait(stage, 3, 20)


def _ping(
    stage: Stage, who: tuple[int, int], ice: Order, side: int, left: int, sheet: Blame
) -> None:  # fmt: skip
    """Offer a crumb a little further on; where it meets what is hidden at last, take a lot."""
    here, which = stage.exchange, ice.instrument
    trader, taker = who
    if not ice.resting:
        return
    gap = max(1, side * (ice.price - here.best(which, side)))
    price = ice.price - side * ceil(gap * (left - 1) / 20)
    usd = stage.chance.uniform(40, 100) * masking.weight(stage)
    lots = here.market.lots(which, usd, here.now)
    since = len(here.trades)
    ping = here.submit(trader, which, side, price, lots, lasting=False)
    stage.blame.order(TYPOLOGY, ping)
    stage.blame.trades(TYPOLOGY, here, since, [trader], False)
    if left == 1 and ice.remaining < ice.quantity:
        pause = int(stage.chance.uniform(0.1, stage.scale(3, 1)) * SECOND)
        size = lots * round(stage.scale(60, 250))
        here.at(here.now + pause, _take, stage, taker, ice, side, size, sheet)


def _take(stage: Stage, trader: int, ice: Order, side: int, lots: int, sheet: Blame) -> None:
    """Take the iceberg while it stands, and put the search on the answer sheet."""
    here, since = stage.exchange, len(stage.exchange.trades)
    order = here.submit(trader, ice.instrument, side, ice.price, lots, lasting=False)
    stage.blame.order(TYPOLOGY, order)
    stage.blame.trades(TYPOLOGY, here, since, [trader], False)
    if any(trade.has_order(ice.number) for trade in here.trades[since:]):
        sheet.rows += stage.blame.rows
