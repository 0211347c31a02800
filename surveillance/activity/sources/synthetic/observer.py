"""What the venue itself publishes as it goes: best quotes, marks and positions, on the clock."""

from surveillance.activity.sources.synthetic.exchange import BUY, SELL, Exchange
from surveillance.activity.sources.synthetic.market import STEP, UNIT
from surveillance.activity.sources.synthetic.settings import HOUR, MINUTE


class Observer:
    """Looks at the exchange every minute, writes what changed.

    ``book`` is (ts, message, instrument, side, price in ticks, lots); ``marks`` is (ts,
    instrument, kind, value in 1e-8); ``positions`` is (ts, trader, instrument, lots, cost, mark).
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.book: list[tuple[int, int, int, int, int, int]] = []
        self.marks: list[tuple[int, int, str, int]] = []
        self.positions: list[tuple[int, int, int, int, int, int]] = []
        self._last: dict[tuple[int, int], tuple[int, int]] = {}
        for moment in range(MINUTE, exchange.market.end, MINUTE):
            exchange.at(moment, self._minute)

    def _minute(self) -> None:
        self._quotes()
        if self.exchange.now % (5 * MINUTE) == 0:
            self._values()
        if self.exchange.now % (2 * HOUR) == 0:
            self._holdings()

    def _quotes(self) -> None:
        here = self.exchange
        for terms in here.market.instruments:
            for side in (BUY, SELL):
                quote = here.quote(terms.number, side)
                if quote[0] and self._last.get((terms.number, side)) != quote:
                    self._last[terms.number, side] = quote
                    self.book.append((here.now, len(here.messages), terms.number, side, *quote))

    def _values(self) -> None:
        here = self.exchange
        for terms in here.market.instruments:
            mark = round(here.reference(terms.number)) * terms.tick
            index = round(float(here.market.index[terms.underlying][here.now // STEP]) * 100)
            self.marks.append((here.now, terms.number, "mark", mark))
            self.marks.append((here.now, terms.number, "index", index * UNIT // 100))
            if terms.kind == "perpetual" and here.now % (8 * HOUR) == 0:
                rate = round((mark / (index * UNIT / 100) - 1) * UNIT / 8)
                self.marks.append((here.now, terms.number, "funding", rate))

    def _holdings(self) -> None:
        here = self.exchange
        marks = [round(here.reference(terms.number)) for terms in here.market.instruments]
        for (trader, instrument), (lots, cost) in sorted(here.positions.items()):
            if lots and here.market.instruments[instrument].kind != "spot":
                self.positions.append((here.now, trader, instrument, lots, cost, marks[instrument]))
