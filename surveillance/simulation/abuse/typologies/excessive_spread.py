"""Excessive spread: who has beaten everybody's quotes for days widens them just inside the next.

Nobody else is as near, so whoever must trade meanwhile pays; the other makers stand further out.
While others stand too near for that it quotes as ever, and that is not named.
"""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import BUY, SELL, Order
from surveillance.times import DAY, HOUR, SECOND

TYPOLOGY = "excessive_spread"
TAKES = ()
_PAUSE = 30 * SECOND
_WIDER = 3.5
"""How many times its usual quote one must be able to be to be worth it."""


def plan(stage: Stage) -> None:
    """Have two people quote dated futures by day, and abuse it on later days."""
    for trader, instrument in zip(stage.cast("retail", 2, orders=60), (4, 5), strict=True):
        stage.blame.account(TYPOLOGY, trader)
        begins = [moment for moment in stage.busy_hours() if moment > DAY] or [DAY + 13 * HOUR]
        spans = [(begin, begin + int(stage.scale(2.5, 3.5) * HOUR)) for begin in begins]
        quoter = _Quoter(stage, trader, instrument, spans)
        for day in range(stage.days):
            stage.exchange.at(day * DAY + 7 * HOUR + 5 * SECOND, quoter.wake)


class _Quoter:
    """One dominant quoter, with the quotes that stand now and the spans of abuse."""

    def __init__(
        self, stage: Stage, trader: int, instrument: int, spans: list[tuple[int, int]]
    ) -> None:
        self.stage = stage
        self.trader = trader
        self.instrument = instrument
        self.spans = spans
        self.quotes: list[Order] = []
        self.usual = 0.0

    def wake(self) -> None:
        """Take both quotes away, until late in the evening to see where everybody else stands."""
        here = self.stage.exchange
        for order in self.quotes:
            here.cancel(order)
        self.quotes = []
        if here.now % DAY < 23 * HOUR:
            here.at(here.now + 1_200_000, self._show)
            here.at(here.now + _PAUSE, self.wake)

    def _show(self) -> None:
        """Quote well inside everybody else, or, in a span of abuse, only just."""
        here, which, stage = self.stage.exchange, self.instrument, self.stage
        part, abused = stage.scale(0.16, 0.12), stage.scale(0.75, 0.92)
        bid, ask = here.best(which, BUY), here.best(which, SELL)
        wide = self._abuses() and abused * (ask - bid) > _WIDER * self.usual
        if not self._abuses():
            self.usual += (max(2, part * (ask - bid)) - self.usual) / 20
        for side in (BUY, SELL):
            wish = (bid + ask) / 2 - side * max(1, (abused if wide else part) * (ask - bid) / 2)
            self._quote(side, wish, wide)

    def _quote(self, side: int, wish: float, wide: bool) -> None:
        here, which = self.stage.exchange, self.instrument
        lots = here.market.lots(which, self.stage.chance.uniform(6_000, 12_000), here.now)
        price = here.passive(which, side, wish)
        watcher = self._paid if wide else None
        order = here.submit(self.trader, which, side, price, lots, watcher=watcher)
        self.quotes.append(order)
        if wide:
            self.stage.blame.order(TYPOLOGY, order)

    def _abuses(self) -> bool:
        return any(begin <= self.stage.exchange.now < end for begin, end in self.spans)

    def _paid(self, order: Order, _: int) -> None:
        here = self.stage.exchange
        since = len(here.trades) - 1
        self.stage.blame.trades(TYPOLOGY, here, since, [order.trader], False)
