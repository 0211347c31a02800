"""Who is cast to abuse the venue, and when: the honest venue underneath is the same without.

Everybody cast keeps their honest trading too, so that abuse is a part of what they do.
"""

import numpy as np

from surveillance.activity.sources.synthetic.blame import Blame
from surveillance.activity.sources.synthetic.collusion import (
    Colluder,
    plan_collusion,
    plan_knowledge,
)
from surveillance.activity.sources.synthetic.deceit import Deceiver, plan_deceit, plan_oddity
from surveillance.activity.sources.synthetic.people import Person
from surveillance.activity.sources.synthetic.settings import DAY, HOUR, Settings
from surveillance.activity.sources.synthetic.takers import Crowd

_CAST = {
    "spoofer": 3, "layerer": 2, "stuffer": 2, "pair_a": 2, "pair_b": 2, "ring_a": 3, "ring_b": 4,
    "closer": 2, "odd": 2, "structurer": 4, "passer": 3, "gatherer": 2, "exposed": 3, "shuffler": 1,
}  # fmt: skip
_QUIET = {
    "structurer": 12, "passer": 4, "gatherer": 5, "exposed": 80, "shuffler": 30, "odd": 40,
    "self_a": 150, "self_b": 150, "hidden": 150, "pair_a": 60, "pair_b": 60, "ring_a": 80,
    "ring_b": 80,
}  # fmt: skip


def cast_of(settings: Settings, people: list[Person]) -> dict[str, list[int]]:
    """Give out the parts: part to account numbers; nobody plays two."""
    retail = [person.number for person in people if person.role == "retail"]
    alone = settings.chance("cast").permutation(retail[22:]).tolist()
    cast = {part: [alone.pop() for _ in range(count)] for part, count in _CAST.items()}
    cast["self_a"], cast["self_b"] = retail[0:2], retail[2:4]
    cast["hidden"] = retail[14:16]
    roles = {role: [person.number for person in people if person.role == role] for role in
             ("staff", "house", "institution")}  # fmt: skip
    cast["runner"] = [roles["staff"][0], roles["house"][0]]
    cast["victim"] = roles["institution"][:3]
    return cast


def plan_abuse(
    settings: Settings, crowd: Crowd, people: list[Person], cast: dict[str, list[int]]
) -> Blame:
    """Plan all market abuse of the span; what it does is named in the returned blame."""
    chance = settings.chance("abuse")
    blame = Blame()
    for part in ("spoofer", "layerer"):
        blame.account("spoofing" if part == "spoofer" else "layering", *cast[part])
    blame.account("quote_stuffing", *cast["stuffer"])
    blame.account("anomalous_order_flow", *cast["odd"])
    moments = {number: _moments(settings, chance) for part in cast.values() for number in part}
    deceiver = Deceiver(crowd, blame, chance, settings.severity)
    plan_deceit(deceiver, cast, moments)
    plan_oddity(deceiver, cast, settings.days)
    colluder = Colluder(crowd, blame, chance, settings.severity)
    plan_collusion(colluder, cast, moments)
    plan_knowledge(colluder, cast, settings.days)
    return blame


def prepare(people: list[Person], cast: dict[str, list[int]], abuse: bool) -> None:
    """Make the cast's accounts fit their parts: who trades little, who shares a device.

    Only for abuse: owners who mean to trade with themselves switch off the exchange's
    prevention of it.
    """
    for part, orders in _QUIET.items():
        for number in cast[part]:
            people[number].orders = orders
    first, second = (people[number] for number in cast["structurer"][2:])
    second.device, second.linked, second.country = first.device, first.number, first.country
    for number in cast["self_a"] + cast["self_b"] + cast["hidden"] if abuse else ():
        people[number].group = number


def _moments(settings: Settings, chance: np.random.Generator) -> list[int]:
    """Draw a busy hour on about half of the days, at least one."""
    count = max(1, round(settings.days * (0.3 + 0.4 * settings.severity)))
    days = np.sort(chance.permutation(settings.days)[:count])
    return [int(day * DAY + chance.uniform(9, 20) * HOUR) for day in days]
