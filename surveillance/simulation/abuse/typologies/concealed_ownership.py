"""Concealed ownership: one hand holds more than a position limit over accounts of other names.

Severely they are used from one device; mildly each has its own, and the rhythm of their trading
and an address that they all pay out to give them away. That trading is lawful, and so is each
block by which a part of the position is taken: what is wrong is that one hand holds the whole. So
accounts are named, and only once they hold more than the limit. It is played in a deep market,
where blocks of that size are usual; in the thin coin they would be all that is held, and forestall
any squeeze.
"""

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.money import address
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import DAY, HOUR, MINUTE, SECOND

TYPOLOGY = "concealed_ownership"
TAKES = ()
_ASSET = "ETH"
_LIMIT = 1_000
"""Contracts of it that one owner may hold, as the venue's terms say."""


def plan(stage: Stage) -> None:
    """Plan two hands, a long and a short one."""
    for rank, side in enumerate((1, -1)):
        accounts = stage.cast("retail", 3 + round(stage.scale(1, 0)), orders=10)
        if stage.severity >= 0.5:
            stage.share_quietly(*accounts)
        else:
            _pay_out(stage, accounts)
        for trader in accounts:
            stage.margin.set_leverage(trader, 1.0)
        _plan_rhythm(stage, accounts, side)
        begin = min(stage.days - 1, 2 + rank) * DAY + 10 * HOUR
        for place, trader in enumerate(accounts):
            part = stage.scale(1.3, 2.0) / len(accounts) * stage.chance.uniform(0.9, 1.1)
            moment = begin + place * int(stage.chance.uniform(9, 40) * MINUTE)
            stage.exchange.at(moment, _build, stage, trader, side, part)
        stage.exchange.at(begin + 4 * HOUR, _name, stage, accounts, side)


def _pay_out(stage: Stage, accounts: list[int]) -> None:
    """Pay a little out of each account to one address, where the money is the hand's."""
    for trader in accounts:
        moment = int(stage.chance.uniform(0, 1) * stage.market.end)
        usd = round(stage.chance.uniform(150, 700), 2)
        stage.till.chain(trader, moment, "out", usd, address("hand", accounts[0]))
        stage.people[trader].hand = accounts[0]


def _plan_rhythm(stage: Stage, accounts: list[int], side: int) -> None:
    """Have all trade a little within seconds of one another, as one hand does that has a list."""
    chance, where = stage.chance, stage.market.perpetual(_ASSET)
    for day in range(stage.days):
        for _ in range(6):
            moment = day * DAY + int(chance.uniform(8, 21) * HOUR)
            way = side if chance.random() < 0.6 else -side
            for place, trader in enumerate(chance.permutation(accounts).tolist()):
                wait = int((place * 1.6 + chance.uniform(0, 0.8)) * SECOND)
                usd = chance.uniform(300, 900)
                stage.exchange.at(moment + wait, stage.crowd.market, trader, where, way, usd)


def _build(stage: Stage, trader: int, side: int, part: float) -> None:
    """Take a part of the limit by a block, which no book of the coin would bear."""
    where = stage.market.perpetual(_ASSET)
    usd = part * _LIMIT * stage.market.dollars(_ASSET, stage.exchange.now)
    stage.desk.request(trader, where, side, usd)


def _name(stage: Stage, accounts: list[int], side: int) -> None:
    """Name the accounts if together they came to hold more than the limit."""
    where = stage.market.perpetual(_ASSET)
    lots = sum(stage.exchange.held(trader, where) for trader in accounts)
    if side * lots * stage.market.instruments[where].lot > _LIMIT * UNIT:
        stage.blame.account(TYPOLOGY, *accounts)
