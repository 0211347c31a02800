"""Honest people who trade now and then: retail, momentum, sliced parents, ladders, arbitrage.

Their habits are the false positives that a rule must live with: ladders look like layers,
followers and momentum traders crowd together, hedgers and slicers trade into the settlement.
"""

from collections.abc import Callable

import numpy as np

from surveillance.activity.sources.synthetic.exchange import BUY, SELL, Exchange, Order
from surveillance.activity.sources.synthetic.market import Market
from surveillance.activity.sources.synthetic.people import ROLES, Person
from surveillance.activity.sources.synthetic.settings import DAY, HOUR, MINUTE, SECOND
from surveillance.activity.sources.synthetic.terms import ASSETS

SETTLEMENT = 8 * HOUR


class Crowd:
    """The verbs of people who take, and of those who rest an order and wait."""

    def __init__(self, exchange: Exchange, chance: np.random.Generator) -> None:
        self.exchange = exchange
        self.chance = chance
        self.parents = 0
        self.followers: list[int] = []
        self.intents: list[Callable[[int, int, int, float, int], None]] = []
        self._ladders: dict[int, list[Order]] = {}

    def take(
        self, trader: int, instrument: int, side: int, usd: float, parent: int | None = None
    ) -> Order:
        """Take liquidity at once, within twelve basis points of the best price."""
        here = self.exchange
        lots = here.market.lots(instrument, usd, here.now)
        limit = here.best(instrument, -side) * (1 + side * 0.0012)
        return here.submit(
            trader, instrument, side, round(limit), lots, parent=parent, lasting=False
        )

    def market(self, trader: int, instrument: int, side: int, usd: float) -> Order:
        """Take liquidity at any price."""
        lots = self.exchange.market.lots(instrument, usd, self.exchange.now)
        return self.exchange.submit(trader, instrument, side, 0, lots, kind="market", lasting=False)

    def decide(self, trader: int, instrument: int, side: int, usd: float, limited: bool) -> None:
        """Send an order to take, which arrives after the account's latency: the book may move."""
        here = self.exchange
        if here.market.is_open(instrument, here.now):
            arrives = here.now + here.latency[trader]
            for told in self.intents:
                told(trader, instrument, side, usd, arrives)
            limit = round(here.best(instrument, -side) * (1 + side * 0.0012)) if limited else 0
            here.at(arrives, self._arrive, trader, instrument, side, usd, limit)

    def _arrive(self, trader: int, instrument: int, side: int, usd: float, limit: int) -> None:
        here = self.exchange
        lots = here.market.lots(instrument, usd, here.now)
        kind = "limit" if limit else "market"
        here.submit(trader, instrument, side, limit, lots, kind=kind, lasting=False)

    def rest(self, trader: int, instrument: int, side: int, usd: float, away: float) -> None:
        """Rest an order some way from the middle, and lose patience in the end."""
        here = self.exchange
        if not here.market.is_open(instrument, here.now):
            return
        price = here.passive(instrument, side, here.reference(instrument) * (1 - side * away))
        lots = here.market.lots(instrument, usd, here.now)
        shown = max(1, lots // 5) if usd > 60_000 and self.chance.random() < 0.5 else None
        kind = "limit" if shown is None else "iceberg"
        order = here.submit(trader, instrument, side, price, lots, kind=kind, shown=shown)
        patience = 20 * SECOND + int(self.chance.exponential(30 * MINUTE))
        here.at(here.now + patience, here.cancel, order)

    def slice(
        self, trader: int, instrument: int, side: int, usd: float, minutes: float, count: int
    ) -> None:
        """Work a parent order in equal steps; each child takes what is near the best price."""
        self.parents += 1
        pause = int(minutes * MINUTE / count)
        for step in range(count):
            jitter = int(self.chance.random() * pause * 0.4)
            moment = self.exchange.now + step * pause + jitter
            self.exchange.at(moment, self.take, trader, instrument, side, usd / count, self.parents)

    def sweep(self, trader: int, instrument: int, side: int, usd: float, patience: int) -> None:
        """Take what is near the best price in one large order, and let the remainder wait."""
        here = self.exchange
        lots = here.market.lots(instrument, usd, here.now)
        limit = round(here.best(instrument, -side) * (1 + side * 0.0015))
        order = here.submit(trader, instrument, side, limit, lots)
        here.at(here.now + patience, here.cancel, order)

    def ladder(self, trader: int, instrument: int, side: int, usd: float, count: int) -> None:
        """Rest several orders on one side and leave them there for hours."""
        here = self.exchange
        middle = here.reference(instrument)
        lots = max(1, here.market.lots(instrument, usd / count, here.now))
        for step in range(count):
            wish = middle * (1 - side * (0.0012 + 0.0007 * step))
            price = here.passive(instrument, side, wish)
            order = here.submit(trader, instrument, side, price, lots)
            self._ladders.setdefault(trader, []).append(order)
            life = int((0.7 + 5 * self.chance.random()) * HOUR)
            here.at(here.now + life, here.cancel, order)

    def arbitrage(self, trader: int, perpetual: int, spot: int, usd: float) -> None:
        """Trade perpetual against spot where their quotes are further apart than usual."""
        here = self.exchange
        terms = here.market.instruments
        for rich, poor in ((perpetual, spot), (spot, perpetual)):
            bid, _ = here.quote(rich, BUY)
            ask, _ = here.quote(poor, SELL)
            usual = (1 + terms[rich].premium) / (1 + terms[poor].premium)
            if ask and bid * terms[rich].tick > ask * terms[poor].tick * usual * 1.0002:
                self.take(trader, rich, SELL, usd)
                self.take(trader, poor, BUY, usd)

    def flee(self, trader: int) -> None:
        """Pull every ladder, as people do on news."""
        for order in self._ladders.pop(trader, ()):
            self.exchange.cancel(order)

    def round_trip(self, trader: int, instrument: int, side: int, usd: float, hold: int) -> None:
        """Take, leave a stop order behind as often as not, and take back later."""
        here = self.exchange
        order = self.market(trader, instrument, side, usd)
        done = order.quantity - order.remaining
        if done:
            stop = None
            if self.chance.random() < 0.5:
                away = 0.006 + 0.02 * self.chance.random()
                trigger = max(1, round(here.last(instrument) * (1 - side * away)))
                stop = here.stop(trader, instrument, -side, trigger, done)
            here.at(here.now + hold, self._return, trader, instrument, side, done, stop)

    def _return(
        self, trader: int, instrument: int, side: int, lots: int, stop: Order | None
    ) -> None:
        here = self.exchange
        if stop and not stop.waiting:
            return
        if stop:
            here.cancel(stop)
        if here.market.is_open(instrument, here.now):
            here.submit(trader, instrument, -side, 0, lots, kind="market", lasting=False)

    def follow(self, order: Order) -> None:
        """Have some followers see a large visible order near the touch and trade ahead of it."""
        here = self.exchange
        large = here.market.lots(order.instrument, 60_000, here.now)
        if order.trader in self.followers or order.visible < large:
            return
        if abs(order.price / here.best(order.instrument, order.side) - 1) < 0.002:
            self.believe(order)

    def believe(self, order: Order) -> None:
        """Have some followers react to one side of the book, while ``order`` rests there."""
        for trader in self.followers:
            if self.chance.random() < 0.4:
                delay = int((0.7 + 7 * self.chance.random()) * SECOND)
                self.exchange.at(self.exchange.now + delay, self._ahead, trader, order)

    def _ahead(self, trader: int, order: Order) -> None:
        if order.resting:
            usd = 1_500 + 9_000 * self.chance.random() ** 2
            self.take(trader, order.instrument, order.side, usd)


def plan_takers(
    crowd: Crowd, market: Market, people: list[Person], chance: np.random.Generator
) -> None:
    """Plan the trading of some people over the whole span."""
    crowd.followers += [person.number for person in people if person.role == "follower"]
    crowd.exchange.on_large = crowd.follow
    roles: dict[str, list[Person]] = {role: [] for role in ROLES}
    for person in people:
        roles.setdefault(person.role, []).append(person)
    _plan_retail(crowd, market, people, chance)
    _plan_momentum(crowd, market, roles["momentum"], chance)
    firms = roles["institution"] + roles["house"] + roles["desk"]
    _plan_parents(crowd, market, firms, chance)
    _plan_ladders(crowd, market, roles["ladder"], chance)
    _plan_arbitrage(crowd, market, roles["arbitrageur"], chance)


def _plan_retail(
    crowd: Crowd, market: Market, people: list[Person], chance: np.random.Generator
) -> None:
    """Spread retail activity over traders by Zipf's law, each with favourite instruments."""
    traders = [person for person in people if person.role in ("retail", "momentum", "staff")]
    order = chance.permutation(len(traders))
    share = 1 / np.arange(1.0, len(traders) + 1) ** 0.8
    counts = np.maximum(4, share / share.sum() * 4600 * market.end / DAY * len(traders) / 152)
    flow = np.array([terms.share for terms in market.instruments])
    for rank, count in zip(order, counts.astype(int), strict=True):
        person = traders[rank]
        limit = 60 if person.role == "staff" else person.orders
        taste = flow * chance.exponential(1, len(flow))
        picks = chance.choice(len(flow), count, p=taste / taste.sum()).tolist()
        sizes = 900 * person.scale**0.6 * np.exp(chance.normal(0, 1.2, count))
        sides = np.where(chance.random(count) < 0.5, BUY, SELL).tolist()
        ways = chance.random((count, 2)).tolist()
        moments = market.times(chance, count).tolist()
        chosen = list(zip(moments, picks, sides, sizes.tolist(), ways, strict=True))
        for at, instrument, side, usd, (way, away) in chosen[:: -(-count // limit)]:
            if way < 0.42:
                crowd.exchange.at(at, crowd.decide, person.number, instrument, side, usd, False)
            elif way < 0.62:
                crowd.exchange.at(at, crowd.decide, person.number, instrument, side, usd, True)
            else:
                distance = 0.0003 + 0.005 * away**2
                crowd.exchange.at(at, crowd.rest, person.number, instrument, side, usd, distance)


def _plan_momentum(
    crowd: Crowd, market: Market, traders: list[Person], chance: np.random.Generator
) -> None:
    perpetuals = {name: market.perpetual(name) for name in ASSETS}
    for asset, moves in (
        (name, market.moves(name, 0.003 if name != "DRIFT" else 0.01)) for name in perpetuals
    ):
        for moment, side in moves:
            for person in traders:
                if chance.random() < 0.03:
                    _chase(crowd, person, perpetuals[asset], side, moment, chance)
    for one in market.news:
        for person in traders:
            for _ in range(int(chance.integers(0, 3))):
                side = BUY if one.size > 0 else SELL
                _chase(crowd, person, perpetuals[str(one.asset)], side, one.ts, chance)


def _chase(
    crowd: Crowd, person: Person, instrument: int, side: int, moment: int,
    chance: np.random.Generator,
) -> None:  # fmt: skip
    usd = 2_500 * person.scale**0.5 * float(np.exp(chance.normal(0, 0.7)))
    hold = int(chance.uniform(0.3, 5) * HOUR)
    delay = int((1 + 50 * chance.random()) * SECOND)
    act = crowd.round_trip
    crowd.exchange.at(moment + delay, act, person.number, instrument, side, usd, hold)


def _plan_parents(
    crowd: Crowd, market: Market, traders: list[Person], chance: np.random.Generator
) -> None:
    for person in traders:
        for moment in market.times(chance, 2 * market.end // DAY).tolist():
            usd = float(np.clip(180_000 * np.exp(chance.normal(0, 0.6)), 60_000, 700_000))
            side = BUY if chance.random() < 0.5 else SELL
            minutes, count = chance.uniform(15, 150), int(chance.integers(12, 40))
            instrument = int(chance.choice(6, p=(0.35, 0.25, 0.15, 0.1, 0.1, 0.05)))
            crowd.exchange.at(
                moment, crowd.slice, person.number, instrument, side, usd, minutes, count
            )


def _plan_ladders(
    crowd: Crowd, market: Market, traders: list[Person], chance: np.random.Generator
) -> None:
    for person in traders:
        for moment in market.times(chance, 5 * market.end // DAY).tolist():
            side = BUY if chance.random() < 0.5 else SELL
            usd, count = chance.uniform(8_000, 50_000), int(chance.integers(4, 9))
            instrument = int(chance.integers(0, 6))
            crowd.exchange.at(moment, crowd.ladder, person.number, instrument, side, usd, count)
        for one in market.news:
            moment = one.ts + int(chance.uniform(2, 40) * SECOND)
            crowd.exchange.at(moment, crowd.flee, person.number)


def _plan_arbitrage(
    crowd: Crowd, market: Market, traders: list[Person], chance: np.random.Generator
) -> None:
    for person in traders:
        for moment in chance.integers(0, market.end, 200 * market.end // DAY).tolist():
            asset = str(chance.choice(ASSETS))
            usd = chance.uniform(3_000, 15_000) * (0.15 if asset == "DRIFT" else 1)
            pair = (market.perpetual(asset), market.spot(asset))
            crowd.exchange.at(moment, crowd.arbitrage, person.number, *pair, usd)
