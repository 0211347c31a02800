"""What the venue reports as it goes: best quotes by the minute and positions by the hour."""

from typing import NamedTuple

from surveillance.simulation.venue.exchange import Exchange
from surveillance.simulation.venue.margin import Margin
from surveillance.times import HOUR, MINUTE

_DELTA_UNIT = 1_000_000


class PositionReport(NamedTuple):
    """A position as reported; ``liquidation_price`` is -1 where there is none.

    ``cost`` is in lots x ticks, the two prices are in ticks, and ``delta`` is in 1e-6 of a lot.
    """

    ts: int
    trader: int
    instrument: int
    lots: int
    cost: int
    mark: int
    liquidation_price: int
    delta: int


class Observer:
    """Looks at the exchange on the clock; an unchanged position is reported every four hours."""

    def __init__(self, exchange: Exchange, margin: Margin) -> None:
        self.exchange = exchange
        self.margin = margin
        self.positions: list[PositionReport] = []
        self._reported: dict[tuple[int, int], int] = {}
        for moment in range(MINUTE, exchange.market.end, MINUTE):
            exchange.at(moment, self._minute)

    def _minute(self) -> None:
        here = self.exchange
        for terms in here.market.instruments:
            here.publish_quotes(terms.number)
        if here.now % HOUR == 0:
            self._report_positions()

    def _report_positions(self) -> None:
        here, again = self.exchange, self.exchange.now % (4 * HOUR) == 0
        for key in sorted(here.positions):
            lots, reported = here.positions[key].lots, self._reported.get(key, 0)
            if here.market.instruments[key[1]].kind == "spot":
                continue
            if lots != reported or (lots and again):
                self._reported[key] = lots
                self.positions.append(self._report(*key))

    def _report(self, trader: int, instrument: int) -> PositionReport:
        here, position = self.exchange, self.exchange.positions[trader, instrument]
        level = self.margin.level(trader, instrument)
        delta = here.market.delta(instrument, here.now)
        return PositionReport(
            ts=here.now,
            trader=trader,
            instrument=instrument,
            lots=position.lots,
            cost=position.cost,
            mark=round(self.margin.mark(instrument)),
            liquidation_price=-1 if level is None else round(level),
            delta=round(position.lots * delta * _DELTA_UNIT),
        )
