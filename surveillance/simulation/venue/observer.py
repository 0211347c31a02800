"""What the venue reports as it goes: best quotes by the minute and positions by the hour."""

from surveillance.simulation.settings import HOUR, MINUTE
from surveillance.simulation.venue.exchange import Exchange
from surveillance.simulation.venue.margin import Margin


class Observer:
    """Looks at the exchange on the clock; an unchanged position is reported every four hours.

    ``positions`` is (ts, trader, instrument, lots, cost, mark, liquidation price or -1, delta in
    1e-6 of a lot).
    """

    def __init__(self, exchange: Exchange, margin: Margin) -> None:
        self.exchange = exchange
        self.margin = margin
        self.positions: list[tuple[int, int, int, int, int, int, int, int]] = []
        self._reported: dict[tuple[int, int], int] = {}
        for moment in range(MINUTE, exchange.market.end, MINUTE):
            exchange.at(moment, self._minute)

    def _minute(self) -> None:
        here = self.exchange
        for terms in here.market.instruments:
            here.glance(terms.number)
        if here.now % HOUR == 0:
            self._holdings()

    def _holdings(self) -> None:
        here, again = self.exchange, self.exchange.now % (4 * HOUR) == 0
        for key, (lots, cost) in sorted(here.positions.items()):
            trader, instrument = key
            known = self._reported.get(key, 0)
            if here.market.instruments[instrument].kind == "spot":
                continue
            if lots != known or (lots and again):
                self._reported[key] = lots
                level = self.margin.level(trader, instrument)
                delta = here.market.delta(instrument, here.now)
                self.positions.append(
                    (here.now, trader, instrument, lots, cost, round(self.margin.mark(instrument)),
                     -1 if level is None else round(level), round(lots * delta * 1_000_000))
                )  # fmt: skip
