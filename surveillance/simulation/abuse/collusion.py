"""Trades that are not at arm's length: wash trades, matched pairs, rings, a pushed settlement,
and dealing ahead of a client.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.traders.takers import SETTLEMENT
from surveillance.simulation.venue.exchange import Order
from surveillance.times import DAY, HOUR, MINUTE, SECOND

_TRIES = 90
"""How often a hand is tried again where the spread is closed or a stranger was quicker."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One round of a quantity through the hands of a ring, ``pause`` seconds a hand."""

    typology: str
    ring: tuple[int, ...]
    instrument: int
    lots: int
    pause: float


@dataclass(slots=True)
class RoundTrip:
    """A position taken only to be left again; ``lots`` are still held."""

    typology: str
    trader: int
    instrument: int
    side: int
    lots: int = 0


class Colluder:
    """The verbs of those who trade with themselves, with friends, or on what they know."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.crowd = stage.crowd
        self.exchange = stage.exchange
        self.blame = stage.blame
        self.chance = stage.chance
        self.severity = stage.severity

    def conspire(
        self, typology: str, ring: Sequence[int], instrument: int, usd: float, pause: float
    ) -> None:
        """Blame a ring and plan its rounds in busy hours."""
        self.blame.account(typology, *ring)
        for begin in self.stage.busy_hours():
            act = self.stage.act()
            colluder, hands = Colluder(act), masking.middle(act, _hands(act, ring))
            which, moment = masking.place(act, instrument), masking.moment(act, begin)
            between, rounds = pause + masking.wait(act, 600, 2400) / SECOND, self._rounds
            parts = masking.count(act, rounds)
            for _ in range(parts):
                size = masking.money(act, usd) * self.chance.uniform(0.6, 1.6) * rounds / parts
                self.exchange.at(moment, colluder.start, typology, hands, which, size, between)
                moment += int(self.chance.uniform(7, 26) * MINUTE) * rounds // parts

    @property
    def _rounds(self) -> int:
        return 3 + round(6 * self.severity)

    def pass_on(self, turn: Turn, step: int, left: int, tries: int) -> None:
        """Have one rest an order inside the spread and the next meet it within the second."""
        here, ring = self.exchange, turn.ring
        which = masking.beside(self.stage, turn.instrument) if step else turn.instrument
        bid, ask = here.best(which, 1), here.best(which, -1)
        if ask - bid < 2:
            if tries:
                here.at(here.now + 15 * SECOND, self.pass_on, turn, step, left, tries - 1)
            return
        price = bid + 1 + int(self.chance.random() * (ask - bid - 1))
        seller, buyer = ring[step], ring[(step + 1) % len(ring)]
        first, second, side = (
            (seller, buyer, -1) if self.chance.random() < 0.5 else (buyer, seller, 1)
        )
        hidden = self.stage.disguise is Disguise.ICEBERG
        resting = here.submit(
            first, which, side, price, left, kind="iceberg" if hidden else "limit",
            shown=max(1, left // 5) if hidden else None,
        )  # fmt: skip
        self.blame.order(turn.typology, resting)
        delay = int((0.04 + 0.7 * self.chance.random()) * SECOND)
        here.at(here.now + delay, self._meet, turn, step, tries, resting, second)

    def _meet(self, turn: Turn, step: int, tries: int, resting: Order, trader: int) -> None:
        here, since = self.exchange, len(self.exchange.trades)
        left = resting.quantity
        spare = self.chance.random() * 0.004 if turn.typology == "matched_orders" else 0
        order = here.submit(
            trader, resting.instrument, -resting.side, resting.price, left + int(left * spare),
            lasting=False,
        )  # fmt: skip
        here.cancel(resting)
        self.blame.order(turn.typology, order)
        self.blame.trades(turn.typology, here, since, [trader, resting.trader], True)
        met = (trade for trade in here.trades[since:] if trade.has_order(resting.number))
        left -= sum(trade.quantity for trade in met)
        if left and tries:
            here.at(here.now + 15 * SECOND, self.pass_on, turn, step, left, tries - 1)
        elif not left and step + 1 < len(turn.ring) and self.stage.disguise is not Disguise.KEPT:
            pause = int(turn.pause * (0.7 + 0.6 * self.chance.random()) * SECOND)
            which = masking.beside(self.stage, turn.instrument)
            lots = masking.same(self.stage, turn.lots, turn.instrument, which)
            lots = max(1, round(lots * masking.weight(self.stage)))
            here.at(here.now + pause, self.pass_on, turn, step + 1, lots, _TRIES)

    def start(
        self, typology: str, ring: Sequence[int], instrument: int, usd: float, pause: float
    ) -> None:
        """Pass one quantity once around a ring, so that everybody ends as they began."""
        lots = max(20, self.exchange.market.lots(instrument, usd, self.exchange.now))
        self.pass_on(Turn(typology, tuple(ring), instrument, lots, pause), 0, lots, _TRIES)

    def push(self, trader: int, pusher: int, instrument: int, side: int) -> None:
        """Take a position, push the price into the settlement, and unwind after it."""
        usd = masking.money(self.stage, 60_000 + 90_000 * self.severity)
        settlement = self.exchange.now // DAY * DAY + SETTLEMENT
        held = masking.beside(self.stage, instrument)
        position = RoundTrip("marking_the_close", trader, held, side)
        push = position
        if (pusher, instrument) != (trader, held):
            push = RoundTrip("marking_the_close", pusher, instrument, side)
        early = masking.wait(self.stage, 300, 1500)
        self._enter(position, usd, settlement - 75 * MINUTE, settlement - 12 * MINUTE, 7)
        self._enter(push, usd * 2.2, settlement - 4 * MINUTE - early, settlement - 6 * SECOND, 16)
        for trip in (position, push) if push is not position else (push,):
            self._leave(trip, settlement + 2 * MINUTE, settlement + 26 * MINUTE, 12)

    def run_ahead(self, runner: int, client: int, instrument: int, side: int, sliced: bool) -> None:
        """Trade minutes before a client's large order, sliced or whole, and leave after it."""
        here = self.exchange
        early = masking.wait(self.stage, 900, 2400)
        start = here.now + 9 * MINUTE + early
        usd = masking.money(self.stage, 130_000 + 170_000 * self.severity)
        minutes = 18 + 10 * self.chance.random()
        if sliced:
            whole = masking.money(self.stage, 1_600_000)
            here.at(start, self.crowd.slice, client, instrument, side, whole, minutes, 30)
        else:
            usd, minutes, whole = usd * 0.35, 10, masking.money(self.stage, 750_000)
            here.at(start, self.crowd.sweep, client, instrument, side, whole, 10 * MINUTE)
        where = masking.beside(self.stage, instrument)
        trip = RoundTrip("front_running", runner, where, side)
        self._enter(trip, usd, here.now + MINUTE, start - early - MINUTE, 6)
        done = start + int(minutes * MINUTE)
        self._leave(trip, done + MINUTE, done + 25 * MINUTE, 6)

    def _enter(self, trip: RoundTrip, usd: float, begin: int, until: int, usual: int) -> None:
        count = masking.count(self.stage, usual)
        for moment in np.linspace(begin, until, count).astype(int).tolist():
            part = usd / count * (0.8 + 0.4 * self.chance.random()) * masking.weight(self.stage)
            self.exchange.at(moment, self._buy, trip, part)

    def _leave(self, trip: RoundTrip, begin: int, until: int, usual: int) -> None:
        span, count = masking.closing(self.stage, begin, until), masking.count(self.stage, usual)
        for step, moment in enumerate(
            np.linspace(*span, count).astype(int).tolist() if span else ()
        ):
            self.exchange.at(moment, self._undo, trip, count - step)

    def _buy(self, trip: RoundTrip, usd: float) -> None:
        since = len(self.exchange.trades)
        order = self.crowd.take(trip.trader, trip.instrument, trip.side, usd)
        trip.lots += order.quantity - order.remaining
        self.blame.order(trip.typology, order)
        self.blame.trades(trip.typology, self.exchange, since, [trip.trader], False)

    def _undo(self, trip: RoundTrip, steps: int, tries: int = 40) -> None:
        here, part = self.exchange, trip.lots // steps
        if masking.waits_for_a_loss(self.stage, trip.trader, trip.instrument, tries):
            here.at(here.now + 4 * MINUTE, self._undo, trip, steps, tries - 1)
        elif part:
            since = len(here.trades)
            limit = round(here.best(trip.instrument, trip.side) * (1 - trip.side * 0.004))
            order = here.submit(
                trip.trader, trip.instrument, -trip.side, limit, part, lasting=False
            )
            trip.lots -= order.quantity - order.remaining
            self.blame.order(trip.typology, order)
            self.blame.trades(trip.typology, here, since, [trip.trader], False)

    def best_hour(self, instrument: int, day: int, after: int) -> tuple[int, int]:
        """Return when on a day, and which way, a client's order would do its front-runner good."""
        fair = self.exchange.market.fair_price
        moments = [day * DAY + 9 * HOUR + int(step * 11 * MINUTE) for step in range(64)]
        gains = [
            fair(instrument, moment + after * MINUTE) / fair(instrument, moment + 5 * MINUTE) - 1
            for moment in moments
        ]
        place = int(np.argsort(np.abs(gains))[-8])
        return moments[place], 1 if gains[place] > 0 else -1


def _hands(stage: Stage, ring: Sequence[int]) -> tuple[int, ...]:
    """Return a ring, the last of it acting through another account where that is the disguise."""
    *others, last = ring
    return (*others, masking.helper(stage, last))
