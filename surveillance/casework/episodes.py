"""Episodes: which hits are one alert, because they follow one another.

An officer works on behaviour, and a bot that does the same 47 times does one thing. Hits of one
rule, subject and instrument are one alert as long as none waits for the next longer than the rule
says, ``apart``. However a day was cut and in whatever order its rows landed, the same hits make the
same alerts: a hit that lands late between two alerts joins them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from surveillance.model import Sighting
from surveillance.records.tables import Alert


class Key(NamedTuple):
    """What the hits of one alert have in common."""

    rule_id: str
    subject: str
    instrument: str | None


@dataclass(slots=True)
class Episode:
    """An alert as it will be: those on file that it goes on from, and the new sightings."""

    on_file: list[Alert]
    started_at: datetime
    at: datetime
    sightings: list[Sighting] = field(default_factory=list)

    def reaches(self, sighting: Sighting) -> bool:
        """Return whether a sighting follows this one, or comes before it, within its time."""
        if sighting.apart is None:
            return False
        hit = sighting.hit
        return (
            self.started_at - sighting.apart <= hit.at
            and hit.started_at - sighting.apart <= self.at
        )

    def grow(self, sighting: Sighting) -> None:
        """Let a sighting be part of it."""
        self.started_at = min(self.started_at, sighting.hit.started_at)
        self.at = max(self.at, sighting.hit.at)
        self.sightings.append(sighting)

    def join(self, other: "Episode") -> None:
        """Take what another consists of."""
        self.started_at = min(self.started_at, other.started_at)
        self.at = max(self.at, other.at)
        self.on_file += other.on_file
        self.sightings += other.sightings

    @property
    def strongest(self) -> Sighting | None:
        """Return the new sighting that stands for all; None if one on file is stronger, or is
        as strong and came first.
        """
        best = min(
            self.sightings,
            key=lambda sighting: (-sighting.hit.score, sighting.hit.at, sighting.hit.id),
        )
        rank = (-best.hit.score, best.hit.at, best.hit.id)
        return best if all(rank < rank_of(alert) for alert in self.on_file) else None

    @property
    def leading(self) -> Alert | None:
        """Return the alert on file that the strongest hit on file is of, if there is any."""
        return min(self.on_file, key=rank_of, default=None)


def rank_of(alert: Alert) -> tuple[float, datetime, str]:
    """Return what orders alerts by their strongest hit, the strongest first."""
    return -alert.score, alert.hit_at, alert.hit_id


def key_of(sighting: Sighting) -> Key:
    """Return what a sighting has in common with those of its alert."""
    return Key(sighting.hit.rule_id, sighting.hit.subject, sighting.hit.instrument)


def in_order(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return sightings as their hits became true."""
    return sorted(sightings, key=lambda sighting: (sighting.hit.at, sighting.hit.id))


def episodes(on_file: Sequence[Alert], sightings: Iterable[Sighting]) -> list[Episode]:
    """Deal sightings of one key to the alerts on file and to new ones; return those that change."""
    dealt = [Episode([alert], alert.started_at, alert.at) for alert in on_file]
    for sighting in in_order(sightings):
        near = [episode for episode in dealt if episode.reaches(sighting)]
        if not near:
            near = [Episode([], sighting.hit.started_at, sighting.hit.at)]
            dealt.append(near[0])
        first, *others = near
        for other in others:
            first.join(other)
            dealt.remove(other)
        first.grow(sighting)
    return [episode for episode in dealt if episode.sightings]
