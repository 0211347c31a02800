"""Flip spoofing: large orders at the touch, pulled just as the other side is taken."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import MANNER, WITHDRAWAL, Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import MINUTE, SECOND

TYPOLOGY = "flip_spoofing"
TAKES = (
    *WITHDRAWAL, Disguise.UNEVEN, Disguise.OTHER_PRODUCT, Disguise.LINKED, *MANNER,
    Disguise.MANY_SMALL,
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Plan the turns of three people in busy hours."""
    for rank, trader in enumerate(stage.cast("retail", 3, orders=300)):
        stage.blame.account(TYPOLOGY, trader)
        for begin in stage.busy_hours():
            act, which = stage.act(), (0, 1, 5)[rank]
            moment, turner = masking.moment(act, begin), masking.helper(act, trader)
            for number in range(4 + round(5 * stage.severity)):
                side = 1 if number % 2 else -1
                where = masking.place(act, which)
                stage.exchange.at(moment, _show, act, trader, turner, where, side)
                moment += int(stage.chance.uniform(3, 15) * MINUTE)


def _show(stage: Stage, trader: int, turner: int, instrument: int, side: int) -> None:
    """Show size at the touch, in one order or, the milder the more often, in two."""
    here, chance = stage.exchange, stage.chance
    share = stage.scale(0.3, 0.5)
    lots = here.depth(instrument, side) * share / (1 - share)
    parts = masking.count(stage, 1 if chance.random() < stage.severity else 2)
    lots *= 1 if parts < 3 else 2 / parts
    baits = []
    for step in range(parts):
        price = here.best(instrument, side) - side * step
        size = max(1, round(lots * masking.weight(stage)))
        bait = here.submit(trader, instrument, side, price, size)
        stage.blame.order(TYPOLOGY, bait)
        baits.append(bait)
    stage.crowd.believe(baits[0])
    wait = int(chance.uniform(2, stage.scale(20, 8)) * SECOND)
    here.at(here.now + wait, _pull, stage, baits, turner)


def _pull(stage: Stage, baits: list[Order], turner: int) -> None:
    shown = sum(bait.remaining for bait in baits) if len(baits) > 2 else baits[0].quantity
    price = baits[0].price
    for bait in baits:
        masking.withdraw(stage, bait)
    pause = int(stage.chance.uniform(5_000, stage.scale(700_000, 60_000)))
    pause += masking.wait(stage, 2, 20)
    stage.exchange.at(stage.exchange.now + pause, _turn, stage, baits[0], price, shown, turner)


def _turn(stage: Stage, bait: Order, price: int, shown: int, turner: int) -> None:
    """Take from those at the price that was shown."""
    here, which = stage.exchange, masking.beside(stage, bait.instrument)
    since = len(here.trades)
    lots = max(1, round(shown * stage.chance.uniform(0.2, 0.6)))
    lots = masking.same(stage, lots, bait.instrument, which)
    if which != bait.instrument:
        price = here.best(which, bait.side)
    limit = round(price * (1 - bait.side * 0.0003))
    turn = here.submit(turner, which, -bait.side, limit, lots, lasting=False)
    stage.blame.order(TYPOLOGY, turn)
    stage.blame.trades(TYPOLOGY, here, since, [turner], False)
