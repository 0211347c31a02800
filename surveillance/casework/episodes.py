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

from surveillance.model import Act
from surveillance.records.tables import Alert


class Key(NamedTuple):
    """What the hits of one alert have in common."""

    rule_id: str
    subject: str
    instrument: str | None


@dataclass(slots=True)
class Episode:
    """An alert as it will be: those on file that it goes on from, and the acts that are new."""

    on_file: list[Alert]
    started_at: datetime
    at: datetime
    acts: list[Act] = field(default_factory=list)

    def reaches(self, act: Act) -> bool:
        """Return whether an act follows this one, or comes before it, within its time."""
        if act.apart is None:
            return False
        hit = act.hit
        return self.started_at - act.apart <= hit.at and hit.started_at - act.apart <= self.at

    def grow(self, act: Act) -> None:
        """Let an act be part of it."""
        self.started_at = min(self.started_at, act.hit.started_at)
        self.at = max(self.at, act.hit.at)
        self.acts.append(act)

    def join(self, other: "Episode") -> None:
        """Take what another consists of."""
        self.started_at = min(self.started_at, other.started_at)
        self.at = max(self.at, other.at)
        self.on_file += other.on_file
        self.acts += other.acts

    @property
    def strongest(self) -> Act | None:
        """Return the new act that stands for all; None if one on file is stronger, or as strong
        and came first.
        """
        best = min(self.acts, key=lambda act: (-act.hit.score, act.hit.at, act.hit.id))
        rank = (-best.hit.score, best.hit.at, best.hit.id)
        return best if all(rank < rank_of(alert) for alert in self.on_file) else None

    @property
    def leading(self) -> Alert | None:
        """Return the alert on file that the strongest hit on file is of, if there is any."""
        return min(self.on_file, key=rank_of, default=None)


def rank_of(alert: Alert) -> tuple[float, datetime, str]:
    """Return what orders alerts by their strongest hit, the strongest first."""
    return -alert.score, alert.hit_at, alert.hit_id


def key_of(act: Act) -> Key:
    """Return what an act has in common with those of its alert."""
    return Key(act.hit.rule_id, act.hit.subject, act.hit.instrument)


def in_order(acts: Iterable[Act]) -> list[Act]:
    """Return acts as their hits became true."""
    return sorted(acts, key=lambda act: (act.hit.at, act.hit.id))


def episodes(on_file: Sequence[Alert], acts: Iterable[Act]) -> list[Episode]:
    """Deal acts of one key to the alerts on file and to new ones; return those that change."""
    dealt = [Episode([alert], alert.started_at, alert.at) for alert in on_file]
    for act in in_order(acts):
        near = [episode for episode in dealt if episode.reaches(act)]
        if not near:
            near = [Episode([], act.hit.started_at, act.hit.at)]
            dealt.append(near[0])
        first, *others = near
        for other in others:
            first.join(other)
            dealt.remove(other)
        first.grow(act)
    return [episode for episode in dealt if episode.acts]
