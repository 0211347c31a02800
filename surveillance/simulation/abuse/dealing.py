"""Positions taken to be left again, and prices run up or down to leave them into.

What every abuse that ends in a position has in common: taking it in parts, leaving it in parts,
and naming each order and trade of it.
"""

from dataclasses import dataclass

import numpy as np

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import HOUR, MINUTE, SECOND

_FAR = 0.03
"""How far from the best price those who want out, or in, still trade."""


@dataclass(slots=True)
class Deal:
    """One position of one trader; ``lots`` are still held."""

    stage: Stage
    typology: str
    trader: int
    instrument: int
    side: int
    lots: int = 0

    def enter(self, usd: float, begin: int, until: int, count: int) -> None:
        """Plan to take a position in parts of uneven size."""
        count = masking.count(self.stage, count)
        for moment in np.linspace(begin, until, count).astype(int).tolist():
            part = usd / count * self.stage.chance.uniform(0.7, 1.3)
            self.stage.exchange.at(moment, self.add, part)

    def leave(self, begin: int, until: int, count: int) -> None:
        """Plan to leave it in parts, the last with all that is left."""
        span, count = masking.closing(self.stage, begin, until), masking.count(self.stage, count)
        moments = np.linspace(*span, count).astype(int).tolist() if span else []
        for step, moment in enumerate(moments):
            self.stage.exchange.at(moment, self.cut, count - step)

    def add(self, usd: float) -> None:
        """Take a part now."""
        here = self.stage.exchange
        lots = here.market.lots(self.instrument, usd * masking.weight(self.stage), here.now)
        self.lots += self._take(self.side, lots)

    def cut(self, steps: int, tries: int = 40) -> None:
        """Leave one of so many equal parts now, or, who means to lose, once it loses."""
        here, part = self.stage.exchange, self.lots // steps
        if masking.waits_for_a_loss(self.stage, self.trader, self.instrument, tries):
            here.at(here.now + 4 * MINUTE, self.cut, steps, tries - 1)
        elif part > 0:
            self.lots -= self._take(-self.side, part)

    def _take(self, side: int, lots: int) -> int:
        here, blame = self.stage.exchange, self.stage.blame
        since = len(here.trades)
        limit = max(1, round(here.best(self.instrument, -side) * (1 + side * _FAR)))
        order = here.submit(self.trader, self.instrument, side, limit, lots, lasting=False)
        if order.quantity > order.remaining:
            blame.order(self.typology, order)
            blame.trades(self.typology, here, since, [self.trader], False)
        return order.quantity - order.remaining


def run_price(stage: Stage, typology: str, side: int, instrument: int, text: str) -> None:
    """Plan prices of the thin coin run up (1) or down (-1) from a position held before, and left.

    The position is built over most of a day; then there is talk, outside venues move, the crowd
    rushes in, and those who planned it leave before it is over. Mildly, it is split over two
    accounts that nobody ties together.
    """
    count = 2 if stage.severity < 0.5 else 1
    for begin in [moment for moment in stage.busy_hours() if moment > 22 * HOUR][:3]:
        act, team = stage.act(), stage.cast("retail", count, orders=15)
        stage.blame.account(typology, *team)
        team += [other for other in [masking.helper(act, team[0])] if other != team[0]]
        size = side * stage.scale(0.06, 0.11)
        stage.announce(begin, "social", text, asset="DRIFT")
        for venue in stage.market.outside["DRIFT"]:
            stage.market.push_outside("DRIFT", venue, begin, begin + 38 * MINUTE, size)
        for trader in team:
            stage.margin.set_leverage(trader, 2.0)
            deal = Deal(act, typology, trader, instrument, side)
            deal.enter(
                stage.scale(90_000, 160_000) / len(team), begin - 18 * HOUR, begin - HOUR, 30
            )
            deal.enter(
                stage.scale(10_000, 40_000) / len(team), begin - MINUTE, begin + 5 * MINUTE, 6
            )
            deal.leave(begin + 7 * MINUTE, begin + 33 * MINUTE, 14)
        _rush(stage, side, instrument, begin)


def _rush(stage: Stage, side: int, instrument: int, begin: int) -> None:
    """Have bystanders join late; they are the ones who lose."""
    chance, retail = stage.chance, stage.pick("retail")
    for trader in chance.choice(retail, 25, replace=False).tolist():
        moment = begin + 40 * SECOND + int(chance.exponential(9 * MINUTE))
        usd = float(np.clip(2_500 * np.exp(chance.normal(0, 0.7)), 200, 15_000))
        stage.exchange.at(moment, stage.crowd.market, trader, instrument, side, usd)
