"""Smoking: a tempting order that turns dear while the order of whoever saw it is on its way."""

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import HOUR, SECOND

TYPOLOGY = "smoking"
TAKES = (Disguise.MIDNIGHT, Disguise.OPENING)


def plan(stage: Stage) -> None:
    """Have two people lure for some busy hours, each in an instrument."""
    for trader, instrument in zip(stage.cast("retail", 2, orders=120), (0, 1), strict=True):
        stage.blame.account(TYPOLOGY, trader)
        act = stage.act()
        smoker = _Smoker(act, trader, instrument)
        stage.crowd.intents.append(smoker.hear)
        for begin in stage.busy_hours():
            moment = masking.moment(act, begin)
            until = moment + int(stage.scale(3, 5) * HOUR)
            while moment < until:
                stage.exchange.at(moment, smoker.tempt)
                moment += int(stage.chance.uniform(8, stage.scale(40, 25)) * SECOND)
            stage.exchange.at(until, smoker.stop)


class _Smoker:
    """One who lures, with the order that tempts now and the price that it will turn to."""

    def __init__(self, stage: Stage, trader: int, instrument: int) -> None:
        self.stage = stage
        self.trader = trader
        self.instrument = instrument
        self.lure: Order | None = None
        self.dear = 0

    def tempt(self) -> None:
        """Show a better price than everybody's."""
        here, which, chance = self.stage.exchange, self.instrument, self.stage.chance
        self.stop()
        side = 1 if chance.random() < 0.5 else -1
        gap = side * (here.best(which, -side) - here.best(which, side))
        if gap < 4:
            return
        self.dear = here.best(which, side) + side
        better = self.dear + side * max(1, round(gap * chance.uniform(0.2, 0.6)))
        price = here.passive(which, side, better)
        lots = here.market.lots(which, chance.uniform(4_000, 15_000), here.now)
        self.lure = here.submit(self.trader, which, side, price, lots)

    def stop(self) -> None:
        """Take the tempting order away."""
        if self.lure:
            self.stage.exchange.cancel(self.lure)
            self.lure = None

    def hear(self, trader: int, instrument: int, side: int, usd: float, arrives: int) -> None:
        """Learn that somebody has sent an order, and turn the lure dear before it arrives."""
        here, lure = self.stage.exchange, self.lure
        if instrument != self.instrument or not lure or not lure.resting or lure.side == side:
            return
        if here.best(instrument, lure.side) != lure.price or trader == self.trader:
            return
        if self.stage.chance.random() < self.stage.scale(0.5, 0.9):
            wait = int((arrives - here.now) * self.stage.chance.uniform(0.2, 0.9))
            here.at(here.now + wait, self._turn, lure)
            here.at(arrives + 1, self._caught, lure, len(here.trades))

    def _turn(self, lure: Order) -> None:
        if lure.resting:
            price = self.stage.exchange.passive(self.instrument, lure.side, self.dear)
            self.stage.exchange.replace(lure, price, lure.remaining)

    def _caught(self, lure: Order, since: int) -> None:
        """Name the lure and its trades once somebody has met it."""
        if lure.remaining < lure.quantity:
            self.stage.blame.order(TYPOLOGY, lure)
            exchange = self.stage.exchange
            self.stage.blame.trades(TYPOLOGY, exchange, since, [self.trader], False)
