"""Who trades here: accounts, the owners behind them, and the honest role each one plays.

Ids are handed out in a drawn order, so that they say nothing of a role or of who was cast. Some
owners have several accounts and some households share a device; both are honest. So are families,
an office, customers of one carrier and of one exit who share no more than a network address.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from surveillance.simulation.settings import SimulationSettings

ROLES = {
    "maker": 6,
    "quoter": 1,
    "house": 3,
    "staff": 5,
    "arbitrageur": 4,
    "hedger": 4,
    "institution": 8,
    "ladder": 6,
    "momentum": 14,
    "follower": 6,
    "merchant": 3,
    "dealer": 4,
    "swapper": 3,
    "gamma": 2,
    "grid": 4,
    "pegger": 3,
    "twin": 3,
    "leader": 1,
    "copier": 4,
    "desk": 3,
    "buggy": 2,
}
"""How many play each role in a venue of 200; everybody else is retail."""
_KINDS = {"maker": "market_maker", "dealer": "market_maker", "house": "house", "staff": "staff"}
_LEGAL = (
    "maker",
    "dealer",
    "gamma",
    "desk",
    "quoter",
    "house",
    "arbitrageur",
    "hedger",
    "institution",
    "merchant",
)
_QUICK = ("maker", "quoter", "dealer", "arbitrageur", "pegger")
_COUNTRIES = ("DE", "FR", "NL", "ES", "IT", "AT", "IE", "PL", "CH", "SE")
_SCALE = {"maker": 400.0, "quoter": 200.0, "house": 300.0, "arbitrageur": 80.0, "hedger": 60.0,
          "institution": 120.0, "ladder": 20.0, "momentum": 5.0, "follower": 8.0,
          "merchant": 15.0, "dealer": 200.0, "gamma": 100.0, "desk": 60.0, "grid": 6.0,
          "pegger": 20.0, "twin": 4.0, "leader": 10.0, "copier": 2.0}  # fmt: skip
_ACCESS = ("client_orders positions", "accounts", "transfers accounts", "", "logs")


@dataclass(slots=True)
class Person:
    """One account; ``scale`` is wealth relative to an ordinary customer."""

    number: int
    label: int
    owner: int
    role: str
    country: str
    scale: float
    opened: int
    device: int
    network: int
    """Whose network address the account signs in from."""
    hand: int
    """Who holds the account in truth, as far as activity can say: the number of one of theirs."""
    linked: int | None = None
    group: int = 0
    """Accounts of one group are kept from trading with one another by the exchange."""
    orders: int = 1_000_000
    """The most orders of their own that they place in a week."""
    is_cast: bool = False
    twin: str = ""
    """What kind of honest twin of an abuse they are."""
    access: str = ""
    """What an employee or a house desk can see, joined by a space."""
    copies: int | None = None
    """Whom the account follows by the venue's own copy trading."""
    leverage: float = 2.0
    """How many times its margin a position is."""
    called: str = ""
    """What the holder is called, if it is no neutral name."""
    asleep: int = 0
    """Days before the start when it last did anything, if the venue noted it as asleep."""
    document_days: int | None = None
    """Days from the start until the identity document expires, if that matters."""
    earns: int = 0
    """What they declared to earn a year, USD, if it is more than others of their wealth do."""
    latency: int = 40_000
    """Microseconds from the client's stamp on a message to the venue's."""

    @property
    def trader_id(self) -> str:
        """Return the account's id."""
        return f"TR{self.label:04d}"

    @property
    def owner_id(self) -> str:
        """Return the id of the owner that the venue knows."""
        return f"OW{self.owner:04d}"

    @property
    def name(self) -> str:
        """Return what the holder is called: a neutral name, unless there is another."""
        return self.called or f"{'Firm' if self.legal else 'Customer'} {self.owner:04d}"

    @property
    def kind(self) -> str:
        """Return what the account is for, in the catalogue's words."""
        return _KINDS.get(self.role, "client")

    @property
    def legal(self) -> bool:
        """Tell a firm from a person."""
        return self.role in _LEGAL

    def sleeps(self, days: int) -> None:
        """Let its last act lie so many days before the start; it was opened earlier."""
        self.asleep, self.opened = days, self.opened + days

    @property
    def income(self) -> int:
        """Return the declared income a year, USD."""
        return round(42_000 * self.scale / 100) * 100


def roster(settings: SimulationSettings) -> list[Person]:
    """Make everybody honest, in the order of ``number``."""
    chance = settings.chance("people")
    roles = [role for role, count in ROLES.items() for _ in range(_count(settings, role, count))]
    roles += ["retail"] * (settings.traders - len(roles))
    people: list[Person] = []
    for role in roles:
        enlist(people, settings, role, chance)
    _share_owners(people)
    _join(people)
    _share_networks(people)
    return people


def enlist(
    people: list[Person], settings: SimulationSettings, role: str, chance: np.random.Generator,
    orders: int | None = None,
) -> int:  # fmt: skip
    """Add an account, and return its number; one with a bound on its orders is cast."""
    number = len(people)
    label = _labels(settings)[number]
    wealth = float(np.clip(np.exp(chance.normal(0, 0.8)), 0.3, 8))
    person = Person(
        number=number, label=label, owner=label, role=role,
        country=_COUNTRIES[int(chance.integers(0, len(_COUNTRIES)))],
        scale=_SCALE.get(role, 1.0) * wealth ** (0.4 if role in _SCALE else 1),
        opened=int(chance.integers(20, 1500)), device=label, network=label,
        hand=number, group=number,
    )  # fmt: skip
    quick = role in _QUICK
    person.latency = int((2_000 if quick else 40_000) * (0.5 + 4 * chance.random()))
    if not person.legal:
        person.leverage = float(chance.choice((3, 5, 10, 20, 50), p=(0.3, 0.3, 0.25, 0.12, 0.03)))
    if orders is not None:
        person.orders, person.is_cast = orders, True
    people.append(person)
    return number


@lru_cache(maxsize=2)
def _labels(settings: SimulationSettings) -> list[int]:
    return [int(label) + 1 for label in settings.chance("labels").permutation(9_999)]


def _count(settings: SimulationSettings, role: str, count: int) -> int:
    fixed = ("maker", "quoter", "house", "dealer", "gamma", "desk", "twin")
    return count if role in fixed else count * settings.traders // 200 or 1


def _share_owners(people: list[Person]) -> None:
    """Give some retail owners two or three accounts, and join some households by a device."""
    retail = [person for person in people if person.role == "retail"]
    at = 0
    for size in (2, 2, 2, 3, 2, 3):
        first, *others = retail[at : at + size]
        for other in others:
            other.owner, other.group = first.owner, first.number
            share_device(first, other)
            other.linked = first.number
        at += size
    for first, second in zip(retail[at : at + 8 : 2], retail[at + 1 : at + 8 : 2], strict=True):
        share_device(first, second)
        second.linked = second.group = first.number


def share_device(first: Person, other: Person) -> None:
    """Have one person use the other's device at home: one hand has both accounts."""
    other.device, other.network, other.hand = first.device, first.network, first.hand
    other.country = first.country


def _share_networks(people: list[Person]) -> None:
    """Have strangers share a network address, each with a device of their own."""
    shared = {person.hand for person in people if person.hand != person.number}
    alone = [person for person in people if person.role == "retail" and person.linked is None
             and person.number not in shared]  # fmt: skip
    families = [alone[at : at + 2] for at in range(0, 8, 2)]
    exit_, carrier = alone[8:14], alone[14:30]
    office = [person for person in people if person.role == "momentum"][:12]
    for first, *others in (*families, exit_, carrier, office):
        for other in others:
            other.network = first.network


def _join(people: list[Person]) -> None:
    """Say what employees see, who copies whom, and which accounts one firm has.

    The desks of that firm trade independently and did not ask to be kept from one another.
    """
    for role in ("staff", "house"):
        for rank, person in enumerate(each for each in people if each.role == role):
            person.access = _ACCESS[rank % len(_ACCESS)] if role == "staff" else "positions"
    leaders = [person.number for person in people if person.role == "leader"]
    for person in people:
        if person.role == "copier":
            person.copies = leaders[0]
    first, *others = (person for person in people if person.role == "desk")
    for other in others:
        other.owner, other.linked, other.country = first.owner, first.number, first.country
        other.hand = first.hand
