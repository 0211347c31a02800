"""Honest people who act alike: one signal sold to several, and the venue's own copy trading.

Those who rent a strategy trade within seconds of one another and know nothing of each other; those
who copy follow their leader a moment later, and the venue arranged it.
"""

import numpy as np

from surveillance.simulation.people import Person
from surveillance.simulation.traders.crowd import Crowd
from surveillance.simulation.venue.exchange import BUY, SELL
from surveillance.simulation.venue.market import Market
from surveillance.times import DAY, HOUR, SECOND


def plan_signals(
    crowd: Crowd, market: Market, people: list[Person], chance: np.random.Generator
) -> None:
    """Plan the trades of rented strategies, of leaders and of those who copy them."""
    twins = [person for person in people if person.role == "twin"]
    _plan_alike(crowd, market, twins, 16, (0.2, 6.0), chance)
    for leader in people:
        if leader.role == "leader":
            copiers = [person for person in people if person.copies == leader.number]
            _plan_alike(crowd, market, [leader, *copiers], 9, (0.4, 2.5), chance)


def _plan_alike(
    crowd: Crowd, market: Market, people: list[Person], daily: int, delay: tuple[float, float],
    chance: np.random.Generator,
) -> None:  # fmt: skip
    """Have everybody open and close on the same signals, the first at once where one leads."""
    for moment in market.times(chance, daily * market.end // DAY).tolist() if people else ():
        instrument = int(chance.choice((0, 1, 2, 3, 8), p=(0.35, 0.25, 0.15, 0.15, 0.1)))
        side = BUY if chance.random() < 0.5 else SELL
        hold = int(chance.uniform(0.2, 6) * HOUR)
        for person in people:
            if chance.random() < 0.85:
                lead = person.role == "leader"
                wait = 0 if lead else int(chance.uniform(*delay) * SECOND)
                usd = 1_800 * person.scale**0.5 * float(np.exp(chance.normal(0, 0.4)))
                usd *= 0.3 if instrument == 8 else 1
                act = crowd.round_trip
                crowd.exchange.at(moment + wait, act, person.number, instrument, side, usd, hold)
