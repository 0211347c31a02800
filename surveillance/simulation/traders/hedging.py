"""Honest people who trade into reference prices because they must.

Hedgers spread over the settlement and the fixing, option makers keep their delta at nothing and
hurry in the last half hour before expiry, and carry traders earn funding by narrowing the premium.
"""

import numpy as np

from surveillance.simulation.people import Person
from surveillance.simulation.traders.crowd import Crowd
from surveillance.simulation.traders.makers import Maker
from surveillance.simulation.traders.takers import SETTLEMENT
from surveillance.simulation.venue.exchange import BUY, SELL
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import DAY, HOUR, MINUTE, SECOND

FIXING = 16 * HOUR


class Hedger:
    """Keeps the delta of one account's options in one coin near nothing, in the perpetual."""

    def __init__(self, crowd: Crowd, trader: int, asset: str, chance: np.random.Generator) -> None:
        self.crowd = crowd
        self.trader = trader
        self.asset = asset
        self.chance = chance
        market = crowd.exchange.market
        self.options = market.options(asset)
        self.perpetual = market.perpetual(asset)

    def hedge(self) -> None:
        """Trade what is missing, and look again: every minute or two before expiry, else later."""
        here = self.crowd.exchange
        usd = self.exposure() * here.market.dollars(self.asset, here.now)
        if abs(usd) > 3_000:
            side = SELL if usd > 0 else BUY
            self.crowd.take(self.trader, self.perpetual, side, min(abs(usd), 60_000))
        hurry = 0 < here.market.expiry - here.now < 30 * MINUTE
        pause = self.chance.uniform(40, 110) if hurry else self.chance.uniform(500, 1_500)
        here.at(here.now + int(pause * SECOND), self.hedge)

    def exposure(self) -> float:
        """Return the delta held, in coins."""
        here = self.crowd.exchange
        total = 0.0
        for number in (*self.options, self.perpetual):
            lots = here.held(self.trader, number)
            total += (
                lots
                * here.market.delta(number, here.now)
                * (here.market.instruments[number].lot / UNIT)
            )
        return total


def plan_hedging(
    crowd: Crowd, market: Market, people: list[Person], chance: np.random.Generator
) -> None:
    """Plan the hedges and the carry of the whole span."""
    for person in people:
        if person.role == "hedger":
            _plan_fixed(crowd, market, person, chance)
        elif person.role in ("gamma", "dealer"):
            _plan_gamma(crowd, market, person, chance)
        elif person.role == "arbitrageur":
            _plan_carry(crowd, market, person, chance)


def _plan_fixed(crowd: Crowd, market: Market, person: Person, chance: np.random.Generator) -> None:
    """Hedge from half an hour before the settlement or the fixing until ten minutes after it."""
    for day in range(market.end // DAY):
        for reference in (SETTLEMENT, FIXING):
            if reference == FIXING and chance.random() < 0.5:
                continue
            start = day * DAY + reference - int(chance.uniform(18, 32) * MINUTE)
            side = BUY if chance.random() < 0.5 else SELL
            instrument = int(chance.choice((0, 1, 4, 5)))
            usd = chance.uniform(40_000, 160_000)
            crowd.exchange.at(start, crowd.slice, person.number, instrument, side, usd, 40.0, 20)


def _plan_gamma(crowd: Crowd, market: Market, person: Person, chance: np.random.Generator) -> None:
    """Quote half of the options, and hedge what that brings."""
    for asset in ("BTC", "ETH"):
        for instrument in market.options(asset):
            if chance.random() < 0.5:
                maker = Maker(crowd.exchange, person, instrument, chance)
                crowd.exchange.at(int(chance.integers(0, MINUTE)), maker.wake)
                for moment in market.times(chance, 20 * market.end // DAY).tolist():
                    crowd.exchange.at(moment, maker.wake)
        hedger = Hedger(crowd, person.number, asset, chance)
        crowd.exchange.at(int(chance.integers(0, 20 * MINUTE)), hedger.hedge)


def _plan_carry(crowd: Crowd, market: Market, person: Person, chance: np.random.Generator) -> None:
    for moment in range(8 * HOUR, market.end, 8 * HOUR):
        for asset in ("BTC", "ETH", "DRIFT"):
            if chance.random() < 0.4:
                start = moment - int(chance.uniform(5, 90) * MINUTE)
                usd = chance.uniform(15_000, 60_000) * (0.1 if asset == "DRIFT" else 1)
                crowd.exchange.at(start, _carry, crowd, person.number, asset, usd, moment)


def _carry(crowd: Crowd, trader: int, asset: str, usd: float, funding: int) -> None:
    """Sell what is dear and buy what is cheap of perpetual and spot, and undo it after funding."""
    here = crowd.exchange
    perpetual, spot = here.market.perpetual(asset), here.market.spot(asset)
    terms = here.market.instruments
    rich = (
        here.best(perpetual, BUY)
        * terms[perpetual].tick
        / (here.best(spot, SELL) * terms[spot].tick)
    )
    if abs(rich - 1) < 0.0004:
        return
    side = SELL if rich > 1 else BUY
    for instrument, way in ((perpetual, side), (spot, -side)):
        crowd.slice(trader, instrument, way, usd, 4.0, 4)
        crowd.exchange.at(
            funding + 10 * MINUTE, crowd.slice, trader, instrument, -way, usd, 20.0, 5
        )
