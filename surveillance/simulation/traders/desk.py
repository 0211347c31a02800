"""Requests for quote: a client asks dealers for a size that the book would not bear.

The dealers asked know at once, the best quote becomes a block, and the public learns of it some
minutes later. Between the two lies what rule F01 looks for; honest dealers hedge after they won.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.simulation.people import Person
from surveillance.simulation.traders.crowd import Crowd
from surveillance.times import DAY, MINUTE, SECOND

_SPREAD = {"perpetual": 0.0006, "future": 0.0009, "option": 0.03, "spot": 0.0008}


@dataclass(slots=True)
class Request:
    """One request, and the block it led to; ``winner`` is None until one is agreed."""

    number: int
    client: int
    instrument: int
    side: int
    lots: int
    usd: float
    asked: int
    dealers: tuple[int, ...]
    winner: int | None = None
    price: int | None = None
    trade: int | None = None
    executed: int | None = None
    published: int | None = None


class Desk:
    """Takes requests; ``listeners`` are told of each when its dealers are."""

    def __init__(self, crowd: Crowd, people: list[Person], chance: np.random.Generator) -> None:
        self.crowd = crowd
        self.exchange = crowd.exchange
        self.people = people
        self.chance = chance
        self.requests: list[Request] = []
        self.listeners: list[Callable[[Request], None]] = []

    def request(
        self, client: int, instrument: int, side: int, usd: float,
        dealers: Sequence[int] | None = None, wait: int = 60 * SECOND,
    ) -> Request:  # fmt: skip
        """Ask dealers, by default some honest ones, and agree a block after ``wait``."""
        here = self.exchange
        if dealers is None:
            honest = [person.number for person in self.people
                      if person.role == "dealer" and not person.is_cast]  # fmt: skip
            dealers = sorted(self.chance.permutation(honest)[:4].tolist())
        lots = here.market.lots(instrument, usd, here.now)
        request = Request(
            len(self.requests) + 1, client, instrument, side, lots, usd, here.now, tuple(dealers)
        )
        self.requests.append(request)
        for listener in self.listeners:
            listener(request)
        here.at(here.now + wait, self._agree, request)
        return request

    def _agree(self, request: Request) -> None:
        here, chance = self.exchange, self.chance
        if not request.dealers or not here.market.is_open(request.instrument, here.now):
            return
        winner = request.dealers[int(chance.integers(0, len(request.dealers)))]
        terms = here.market.instruments[request.instrument]
        spread = _SPREAD[terms.kind] * chance.uniform(0.5, 1.5)
        price = max(1, round(here.reference(request.instrument) * (1 + request.side * spread)))
        request.trade = here.block(
            request.instrument, request.side, price, request.lots, request.client, winner
        )
        if not request.trade:
            here.at(here.now + 1_000, self._agree, request)
            return
        request.winner, request.price, request.executed = winner, price, here.now
        request.published = here.now + int(chance.uniform(5, 15) * MINUTE)
        self._hedge(request, winner)

    def _hedge(self, request: Request, winner: int) -> None:
        """Have the winner take off in the book most of what they took on."""
        here, chance = self.exchange, self.chance
        terms = here.market.instruments[request.instrument]
        delta = here.market.delta(request.instrument, here.now)
        usd = abs(delta) * request.usd * chance.uniform(0.3, 0.8)
        side = request.side if delta > 0 else -request.side
        start = here.now + int(chance.uniform(3, 60) * SECOND)
        where = here.market.perpetual(terms.underlying)
        minutes, count = chance.uniform(12, 45), int(chance.integers(10, 24))
        here.at(start, self.crowd.slice, winner, where, side, usd, minutes, count)


def plan_requests(desk: Desk, people: list[Person], chance: np.random.Generator) -> None:
    """Plan the requests of honest institutions over the span."""
    market = desk.exchange.market
    clients = [person.number for person in people if person.role == "institution"]
    where = [0, 1, market.future("BTC"), *market.options("BTC"), *market.options("ETH")]
    for client in clients:
        for moment in market.times(chance, round(0.7 * market.end / DAY)).tolist():
            instrument = int(chance.choice(where[:3] if chance.random() < 0.6 else where[3:]))
            side = 1 if chance.random() < 0.5 else -1
            usd = float(np.clip(500_000 * np.exp(chance.normal(0, 0.5)), 200_000, 1_500_000))
            wait = int(chance.uniform(20, 150) * SECOND)
            desk.exchange.at(moment, desk.request, client, instrument, side, usd, None, wait)
