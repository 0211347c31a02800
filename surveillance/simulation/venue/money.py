"""Money and doors: honest deposits, withdrawals, internal payments, and logins.

Merchants gather small payments and pay most out again, firms move large sums through custody,
some people earn a salary here: each is what a laundering rule must not mistake.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from surveillance.simulation.people import Person
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import DAY, HOUR, MINUTE

EXCHANGES = ("VASP-EAST", "VASP-NORTH", "VASP-SOUTH", "VASP-WEST")
_COINS = ("BTC", "ETH")
_WORDS = ("Alpha", "Bravo", "Delta", "Echo", "Foxtrot", "Hotel", "Kilo", "Lima", "November",
          "Oscar", "Papa", "Quebec", "Sierra", "Tango", "Uniform", "Whiskey", "Yankee",
          "Zulu")  # fmt: skip
LISTED = 12
"""Names on the simulated list."""


def address(*name: object) -> str:
    """Make the chain address that belongs to a name."""
    return "0x" + hashlib.sha256(repr(name).encode()).hexdigest()[:40]


MIXER = address("mixer")
"""The labelled address of a mixing service."""


def listed_name(number: int) -> str:
    """Return a name of the simulated list, of the letters of the radio alphabet."""
    count = len(_WORDS)
    places = (number, number * 5 + 3, number * 7 + 11)
    return " ".join(_WORDS[place % count] for place in places)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One side of a movement of money; ``amount`` in 1e-8 of the asset, ``cents`` of a dollar."""

    ts: int
    trader: int
    direction: str
    asset: str
    amount: int
    cents: int
    kind: str
    address: str | None = None
    counterparty: str | None = None
    vasp: str | None = None
    country: str | None = None
    self_hosted: bool | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """One session or change of credentials."""

    ts: int
    trader: int
    kind: str
    ip: str
    network: str
    country: str
    device: str
    anonymised: bool


@dataclass(frozen=True, slots=True, order=True)
class Check:
    """What a check of an account's credential said."""

    ts: int
    trader: int
    status: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a travel rule message says of the customer: a name, or the own one; and what it lacks.

    ``late`` is how many microseconds after the transfer it is sent.
    """

    name: str = ""
    missing: str | None = None
    late: int = 0

    def sent(self, late: int) -> "Message":
        """Return the same message, sent so much later than the transfer."""
        return replace(self, late=late)


class Till:
    """Writes transfers down; ``rows`` are in the order of writing, not of time.

    ``logins`` are those that somebody planned, ``checks`` those of credentials, ``messages`` what
    institutions say of a transfer where it is not as usual; None is one that never came.
    """

    def __init__(self, market: Market, people: list[Person]) -> None:
        self.market = market
        self.people = people
        self.rows: list[Transfer] = []
        self.logins: list[Login] = []
        self.checks: list[Check] = []
        self.messages: dict[int, Message | None] = {}

    def sign_in(
        self, trader: int, ts: int, kind: str = "login", device: str = "", country: str = ""
    ) -> None:
        """Have an account sign in, or change what it signs in with, from anywhere."""
        person = self.people[trader]
        device, country = device or f"DV{person.device:04d}", country or person.country
        where = int(hashlib.sha256(f"{trader} {device} {country}".encode()).hexdigest()[:8], 16)
        ip = f"10.{200 + where % 50}.{where // 50 % 250}.{where // 12_500 % 250 + 1}"
        self.logins.append(
            Login(ts, trader, kind, ip, f"AS{64900 + where % 50}", country, device, False)
        )

    def bank(self, trader: int, ts: int, direction: str, usd: float, partner: str = "") -> int:
        """Move dollars from or to a bank account, the customer's own unless said."""
        person = self.people[trader]
        partner = partner or f"BA{person.owner:06d}"
        cents = round(usd * 100)
        return self._write(
            Transfer(ts, trader, direction, "USD", cents * UNIT // 100, cents, "bank",
                     counterparty=partner, country=person.country)
        )  # fmt: skip

    def chain(
        self, trader: int, ts: int, direction: str, usd: float, address: str,
        asset: str = "USDC", vasp: str | None = None, country: str = "",
    ) -> int:  # fmt: skip
        """Move an asset on chain; without an institution the address is a person's own."""
        cents = round(usd * 100)
        amount = cents * UNIT // 100
        if asset in _COINS:
            price = round(self.market.dollars(asset, ts) * 100)
            amount = cents * UNIT // price
        return self._write(
            Transfer(ts, trader, direction, asset, amount, cents, "chain", address=address,
                     vasp=vasp, country=country or self.people[trader].country,
                     self_hosted=vasp is None)
        )  # fmt: skip

    def internal(self, sender: int, receiver: int, ts: int, usd: float) -> tuple[int, int]:
        """Move dollars between two accounts of the venue: one row a side."""
        cents = round(usd * 100)
        sides = ((sender, receiver, "out"), (receiver, sender, "in"))
        first, second = (
            self._write(
                Transfer(ts, trader, way, "USD", cents * UNIT // 100, cents, "internal",
                         counterparty=self.people[other].trader_id,
                         country=self.people[other].country)
            )
            for trader, other, way in sides
        )  # fmt: skip
        return first, second

    def message(self, number: int) -> Message | None:
        """Return what an institution says of a transfer, if there is one and it says anything."""
        return self.messages.get(number, Message()) if self.rows[number].vasp else None

    def _write(self, transfer: Transfer) -> int:
        self.rows.append(transfer)
        return len(self.rows) - 1


def plan_money(till: Till, people: list[Person], chance: np.random.Generator) -> None:
    """Write the honest transfers of the whole span of some people."""
    for person in people:
        if person.role == "merchant":
            _merchant(till, person, chance)
        elif person.legal:
            _firm(till, person, chance)
        else:
            _customer(till, person, chance)
    _households(till, people, chance)


def _customer(till: Till, person: Person, chance: np.random.Generator) -> None:
    market, month = till.market, person.income / 12
    weeks = market.end / (7 * DAY)
    for rate, direction in ((1.3, "in"), (0.5, "out")):
        for moment in market.times(chance, int(chance.poisson(rate * weeks))).tolist():
            usd = max(20.0, month * chance.uniform(0.04, 0.35))
            usd = round(usd, -2) or 50.0 if chance.random() < 0.6 else usd
            _move(till, person, moment, direction, min(usd, 7_900.0), chance)
    if chance.random() < 0.15:
        for day in range(4, market.end // DAY, 7):
            moment = day * DAY + 9 * HOUR + int(chance.integers(0, 90 * MINUTE))
            employer = f"BA9{int(chance.integers(0, 40)):05d}"
            till.bank(person.number, moment, "in", round(month * 0.9), employer)


def _move(
    till: Till, person: Person, moment: int, direction: str, usd: float, chance: np.random.Generator
) -> None:
    way = chance.random()
    if way < 0.6:
        till.bank(person.number, moment, direction, usd)
    elif way < 0.8:
        asset = _COINS[int(chance.integers(0, 2))]
        own = address("own", person.owner)
        till.chain(person.number, moment, direction, usd, own, asset)
    else:
        vasp = EXCHANGES[int(chance.integers(0, len(EXCHANGES)))]
        hosted = address("hosted", vasp, person.owner)
        till.chain(person.number, moment, direction, usd, hosted, vasp=vasp)


def _merchant(till: Till, person: Person, chance: np.random.Generator) -> None:
    weeks = till.market.end / (7 * DAY)
    count = int(weeks * chance.integers(60, 130))
    total = 0.0
    for moment in till.market.times(chance, count).tolist():
        usd = round(float(np.clip(np.exp(chance.normal(4.3, 0.8)), 8, 600)), 2)
        buyer = address("buyer", int(chance.integers(0, 10**9)))
        till.chain(person.number, moment, "in", usd, buyer)
        total += usd
    for day in range(3, till.market.end // DAY, 4):
        till.bank(person.number, day * DAY + 17 * HOUR, "out", round(total * 0.28 / weeks))


def _firm(till: Till, person: Person, chance: np.random.Generator) -> None:
    """Move working capital to and from custody, and sweep most of it back."""
    custody = address("custody", person.owner)
    for day in range(till.market.end // DAY):
        if chance.random() < 0.45:
            usd = round(person.scale * chance.uniform(300, 1500), -3) + 1_000
            moment = day * DAY + int(chance.uniform(6, 12) * HOUR)
            till.chain(person.number, moment, "in", usd, custody, vasp="CUSTODY-ONE")
            back = moment + int(chance.uniform(5, 11) * HOUR)
            swept = usd * chance.uniform(0.5, 0.98)
            till.chain(person.number, back, "out", swept, custody, vasp="CUSTODY-ONE")


def _households(till: Till, people: list[Person], chance: np.random.Generator) -> None:
    for person in people:
        if person.linked is not None:
            for moment in till.market.times(chance, int(chance.integers(0, 4))).tolist():
                till.internal(person.linked, person.number, moment, round(chance.uniform(50, 900)))


def logins_of(till: Till, people: list[Person], chance: np.random.Generator) -> list[Login]:
    """Make everybody's sessions, those that were planned too, in time order."""
    market, rows = till.market, list(till.logins)
    for person in people:
        count = 1 + int(chance.poisson(1.6 * market.end / DAY))
        kinds = chance.choice(("login", "failure", "second_factor"), count, p=(0.9, 0.06, 0.04))
        hidden = chance.random() < 0.04
        for moment, kind in zip(market.times(chance, count).tolist(), kinds.tolist(), strict=True):
            anonymised = bool(hidden and chance.random() < 0.3)
            place = f"{person.network // 250}.7.{person.network % 250 + 1}"
            rows.append(
                Login(moment, person.number, kind, "10.99.9.9" if anonymised else f"10.{place}",
                      f"AS{64512 + person.network % 20}", person.country,
                      f"DV{person.device:04d}", anonymised)
            )  # fmt: skip
    return sorted(rows, key=lambda row: (row.ts, row.trader))
