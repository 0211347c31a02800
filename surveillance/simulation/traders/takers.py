"""Honest people who trade now and then: retail, momentum, sliced parents, ladders, arbitrage.

Their habits are the false positives that a rule must live with: ladders look like layers,
followers and momentum traders crowd together, hedgers and slicers trade into the settlement.
"""

import numpy as np

from surveillance.simulation.people import ROLES, Person
from surveillance.simulation.traders.crowd import Crowd
from surveillance.simulation.venue.exchange import BUY, SELL
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.terms import ASSETS
from surveillance.times import DAY, HOUR, SECOND

SETTLEMENT = 8 * HOUR


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
    for event in market.news:
        for person in traders:
            for _ in range(int(chance.integers(0, 3))):
                side = BUY if event.size > 0 else SELL
                _chase(crowd, person, perpetuals[str(event.asset)], side, event.ts, chance)


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
        for moment in market.times(chance, market.end // DAY).tolist():
            side, usd = BUY if chance.random() < 0.5 else SELL, chance.uniform(30_000, 160_000)
            instrument, away = int(chance.integers(0, 6)), chance.uniform(0.0002, 0.0015)
            crowd.exchange.at(moment, crowd.hide, person.number, instrument, side, usd, away)


def _plan_ladders(
    crowd: Crowd, market: Market, traders: list[Person], chance: np.random.Generator
) -> None:
    for person in traders:
        for moment in market.times(chance, 5 * market.end // DAY).tolist():
            side = BUY if chance.random() < 0.5 else SELL
            usd, count = chance.uniform(8_000, 50_000), int(chance.integers(4, 9))
            instrument = int(chance.integers(0, 6))
            crowd.exchange.at(moment, crowd.ladder, person.number, instrument, side, usd, count)
        for event in market.news:
            moment = event.ts + int(chance.uniform(2, 40) * SECOND)
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
