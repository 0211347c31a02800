"""The stage on which abuse is played: the venue to act in, people to cast, an answer sheet.

Those cast are accounts of their own beside the honest ones, each with honest trading as cover, so
that the honest venue underneath is planned the same with abuse and without.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.people import Person, enlist, share_device
from surveillance.simulation.settings import SimulationSettings
from surveillance.simulation.traders.crowd import Crowd
from surveillance.simulation.traders.desk import Desk
from surveillance.simulation.venue.chain import Chain
from surveillance.simulation.venue.events import PublicEvent
from surveillance.simulation.venue.exchange import Exchange
from surveillance.simulation.venue.margin import Margin
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.money import Till
from surveillance.times import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Stage:
    """What one kind of abuse may use; ``chance`` is its own, and ``masks`` that of disguises."""

    settings: SimulationSettings
    exchange: Exchange
    crowd: Crowd
    till: Till
    desk: Desk
    margin: Margin
    chain: Chain
    people: list[Person]
    blame: Blame
    chance: np.random.Generator
    masks: np.random.Generator
    takes: Sequence[Disguise] = ()

    @property
    def market(self) -> Market:
        """Return what is traded and what it is worth."""
        return self.exchange.market

    @property
    def severity(self) -> float:
        """Return from 0, rarely, little and disguised, to 1, often, much and openly."""
        return self.settings.severity

    @property
    def days(self) -> int:
        """Return the whole days of the span."""
        return self.settings.days

    @property
    def disguise(self) -> Disguise:
        """Return what the act is disguised by."""
        return self.blame.disguise

    def of(self, typology: str, takes: Sequence[Disguise]) -> "Stage":
        """Return the stage of one typology, with chance of its own and the disguises it takes."""
        chance = self.settings.chance
        return replace(
            self, chance=chance(f"abuse {typology}"), masks=chance(f"disguise {typology}"),
            takes=takes,
        )  # fmt: skip

    def act(self) -> "Stage":
        """Return the stage of one act, plain or in one of the disguises that the abuse takes."""
        if not self.settings.disguises:
            return self
        ways = (Disguise.PLAIN, *self.takes)
        way = ways[int(self.masks.integers(len(ways)))]
        return replace(self, blame=self.blame.under(way))

    def cast(self, role: str = "retail", count: int = 1, orders: int = 80) -> list[int]:
        """Return new accounts of a role, each with at most ``orders`` honest ones a week."""
        return [enlist(self.people, self.settings, role, self.chance, orders) for _ in range(count)]

    def twins(self, kind: str, count: int = 1, role: str = "retail") -> list[int]:
        """Return new honest accounts of a kind of twin, with a little other trading besides.

        Their positions are small beside what they own, so that nobody liquidates them.
        """
        numbers = [enlist(self.people, self.settings, role, self.chance) for _ in range(count)]
        for number in numbers:
            self.people[number].twin, self.people[number].orders = kind, 80
            self.margin.set_leverage(number, 0.5)
        return numbers

    def pick(self, role: str) -> list[int]:
        """Return the honest accounts of a role: victims, clients, bystanders."""
        return [
            person.number
            for person in self.people
            if person.role == role and not person.is_cast and not person.twin
        ]

    def share_owner(self, first: int, *others: int) -> None:
        """Give accounts one owner, as the venue knows; it keeps them from trading together."""
        for other in others:
            self.people[other].owner = self.people[first].owner
            self.people[other].group = self.people[first].group
            self.share_device(first, other)

    def share_device(self, first: int, *others: int) -> None:
        """Have people use one device, and let the venue note the link."""
        for other in others:
            self.people[other].linked = first
        self.share_quietly(first, *others)

    def share_quietly(self, first: int, *others: int) -> None:
        """Have people use one device, which nobody noted."""
        for other in others:
            share_device(self.people[first], self.people[other])

    def allow_self_trades(self, *traders: int) -> None:
        """Switch off the exchange's prevention of trades with oneself."""
        for trader in traders:
            self.people[trader].group = trader

    def employ(self, trader: int, access: str) -> None:
        """Declare an account to be an employee's who can see some data, joined by a space."""
        self.people[trader].access = access

    def copy(self, follower: int, leader: int) -> None:
        """Have an account follow another by the venue's own copy trading, as the venue knows."""
        self.people[follower].copies = leader

    def events(self, *kinds: str) -> list[PublicEvent]:
        """Return the public events of some kinds, or all."""
        return [event for event in self.market.events if not kinds or event.kind in kinds]

    def announce(
        self, ts: int, kind: str, text: str, *, asset: str | None = None,
        instrument: str | None = None, size: float = 0.0, known_at: int | None = None,
    ) -> PublicEvent:  # fmt: skip
        """Add a public event; the price of its coin moves by ``size`` in the two minutes after."""
        event = PublicEvent(ts, kind, text, asset, instrument, size, known_at)
        self.market.announce(event)
        return event

    def day(self, moment: int) -> int:
        """Return the day of a moment, counted from 0."""
        return min(moment // DAY, self.days - 1)

    def scale(self, mild: float, severe: float) -> float:
        """Return what lies between two values by severity."""
        return mild + (severe - mild) * self.severity

    def busy_hours(self) -> list[int]:
        """Draw a moment of the day on 30 to 70 in a hundred days, at least one."""
        count = max(1, round(self.days * self.scale(0.3, 0.7)))
        days = np.sort(self.chance.permutation(self.days)[:count])
        return [int(day * DAY + self.chance.uniform(9, 20) * HOUR) for day in days]
