"""Ramping: bids that climb over one another and never trade, until somebody pays the new price.

Where others close the gap at once there is nothing to climb: what bettered the best price less
than four times is a quote like any other, and is not named.
"""

from dataclasses import dataclass, field

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import MINUTE, SECOND

TYPOLOGY = "ramping"
TAKES = (
    Disguise.LATE, Disguise.UNEVEN, Disguise.LINKED, Disguise.MIDNIGHT, Disguise.OPENING,
)  # fmt: skip
_FEWEST = 4


@dataclass(slots=True)
class _Climb:
    """One climb: who climbs and who sells, where, which way, and the orders that stand."""

    trader: int
    seller: int
    instrument: int
    side: int
    left: int
    usd: float
    step: Order | None = None
    offer: Order | None = None
    patience: int = 15
    """How often it waits for the best prices to lie far enough apart."""
    advanced: int = 0
    """Steps that bettered the best price and the step before."""
    blame: Blame = field(default_factory=Blame)
    """What is named once it was a climb."""


def plan(stage: Stage) -> None:
    """Plan one or two climbs in each busy hour of two people."""
    for trader, instrument in zip(stage.cast("retail", 2, orders=120), (7, 8), strict=True):
        stage.blame.account(TYPOLOGY, trader)
        for number, begin in enumerate(stage.busy_hours()):
            act = stage.act()
            climb = _Climb(
                trader, masking.helper(act, trader), instrument, 1 if number % 2 else -1,
                6 + round(6 * stage.severity), stage.scale(9_000, 25_000),
                blame=Blame(act.disguise),
            )  # fmt: skip
            stage.exchange.at(masking.moment(act, begin), _climb, act, climb)


def _climb(stage: Stage, climb: _Climb) -> None:
    """Better the best price a little, pull the step before, and after the last one sell."""
    here, which, side = stage.exchange, climb.instrument, climb.side
    gap = side * (here.best(which, -side) - here.best(which, side))
    if climb.step is None and gap <= 2 * climb.left and climb.patience:
        climb.patience -= 1
        here.at(here.now + 2 * MINUTE, _climb, stage, climb)
        return
    if climb.step:
        here.cancel(climb.step)
    if climb.left == 0:
        here.at(here.now + 2 * MINUTE, _leave, stage, climb)
        return
    better = here.best(which, side) + side * max(1, round(gap / (climb.left + 2)))
    if climb.step:
        better = side * max(side * better, side * climb.step.price + 1)
    usd = stage.chance.uniform(500, 1_500) * masking.weight(stage)
    lots = here.market.lots(which, usd, here.now)
    price = here.passive(which, side, better)
    before = side * climb.step.price if climb.step else side * price - 1
    climb.advanced += side * price > max(before, side * here.best(which, side))
    climb.step = here.submit(climb.trader, which, side, price, lots)
    climb.blame.order(TYPOLOGY, climb.step)
    climb.left -= 1
    if climb.offer is None:
        _offer(stage, climb)
    if climb.left < 2:
        stage.crowd.believe(climb.step)
    pause = stage.chance.uniform(15, stage.scale(70, 30))
    pause += masking.wait(stage, 60, 200) / SECOND
    here.at(here.now + int(pause * SECOND), _climb, stage, climb)


def _offer(stage: Stage, climb: _Climb) -> None:
    """Offer at the best price of the other side what is to be sold."""
    here, which = stage.exchange, climb.instrument
    price = here.passive(which, -climb.side, here.best(which, -climb.side) - climb.side)
    lots = here.market.lots(which, climb.usd, here.now)
    climb.offer = here.submit(
        climb.seller, which, -climb.side, price, lots,
        watcher=lambda _, __: climb.blame.trades(
            TYPOLOGY, here, len(here.trades) - 1, [climb.seller], False
        ),
    )  # fmt: skip
    climb.blame.order(TYPOLOGY, climb.offer)


def _leave(stage: Stage, climb: _Climb) -> None:
    """Sell what was not bought yet at what the price has become, and name what was a climb."""
    if climb.offer and climb.offer.resting:
        _sell(stage, climb, climb.offer)
    if climb.advanced >= _FEWEST:
        stage.blame.rows += climb.blame.rows


def _sell(stage: Stage, climb: _Climb, offer: Order) -> None:
    here, lots = stage.exchange, offer.remaining
    here.cancel(offer)
    since = len(here.trades)
    limit = round(here.best(climb.instrument, climb.side) * (1 - climb.side * 0.002))
    order = here.submit(climb.seller, climb.instrument, -climb.side, limit, lots, lasting=False)
    climb.blame.order(TYPOLOGY, order)
    climb.blame.trades(TYPOLOGY, here, since, [climb.seller], False)
