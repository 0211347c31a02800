"""Patterns: hits below the line of one person and one practice that together make a case.

RTS (EU) 2025/885 Recital 15: what is nothing once may be suspicious in sum. A pattern is a function
of stored hits and of what ``patterns.yml`` asks for. Hits whose times overlap are one occasion, for
rules see one behaviour hour after hour, and several rules see it at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from surveillance import yamlfile
from surveillance.errors import RuleError
from surveillance.model import ALERT_LINE, Hit, Severity
from surveillance.times import format_time, span

PATTERN = "repeat_pattern"
"""What stands where an alert names its rule."""
FILE = "patterns.yml"


class HitTimes(NamedTuple):
    """When a hit began and when it became true."""

    started_at: datetime
    at: datetime


Occasion: TypeAlias = list[int]
"""Places of the hits that are one occasion."""


class Number(BaseModel):
    """A parameter that is a number, with its unit and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float = Field(ge=0)
    unit: str
    source: str = Field(min_length=1)


class Length(BaseModel):
    """A parameter that is a span of time, such as ``90d``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: str
    unit: str
    source: str = Field(min_length=1)

    @field_validator("value")
    @classmethod
    def _is_span(cls, value: str) -> str:
        span(value)
        return value


class PatternSettings(BaseModel):
    """What ``patterns.yml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    description: str
    law: list[str]
    at_least: Number
    within: Length
    chance: Number
    others: Number
    full: Number
    false_positives: list[str]
    limitations: list[str]
    runbook: str

    @property
    def reach(self) -> timedelta:
        """Return how far apart the hits of a pattern may be."""
        return span(self.within.value)

    @property
    def as_rule(self) -> dict[str, Any]:
        """Return it as an alert keeps its rule."""
        plain = self.model_dump()
        names = ("at_least", "within", "chance", "others", "full")
        parameters = {name: plain.pop(name) for name in names}
        return {"id": PATTERN, "version": 1, **plain, "parameters": parameters}


@dataclass(frozen=True, slots=True)
class Written:
    """The settings, and the text that they were read from."""

    settings: PatternSettings
    text: str


def load(folder: Path) -> Written | None:
    """Read ``patterns.yml`` of a folder of rules; without one nothing is added up.

    Raises:
        RuleError: with the line and column of every fault.
    """
    path = folder / FILE
    if not path.exists():
        return None
    document = yamlfile.load(path, RuleError)
    return Written(document.validate(PatternSettings), document.text)


def occasions(spans: Sequence[HitTimes]) -> list[Occasion]:
    """Put together the hits whose times overlap, in order of time."""
    together: list[Occasion] = []
    end = None
    for place in sorted(range(len(spans)), key=lambda n: spans[n]):
        hit = spans[place]
        if end is None or hit.started_at > end:
            together.append([])
        together[-1].append(place)
        end = hit.at if end is None else max(end, hit.at)
    return together


def founded(spans: Sequence[HitTimes], settings: PatternSettings) -> list[int]:
    """Return the places of the hits that are the first pattern among some; none if none is.

    They are so many occasions within the reach, and every later one within it of the one before.
    """
    apart, count = occasions(spans), int(settings.at_least.value)
    ends = [max(spans[place].at for place in occasion) for occasion in apart]
    for first in range(len(apart) - count + 1):
        if ends[first + count - 1] - ends[first] <= settings.reach:
            last = first + count
            while last < len(apart) and ends[last] - ends[last - 1] <= settings.reach:
                last += 1
            return [place for occasion in apart[first:last] for place in occasion]
    return []


def is_unusual(mine: int, others: Sequence[int], settings: PatternSettings) -> bool:
    """Say whether so many occasions are more than chance gives anybody at the rate of the others.

    Of persons who all come again at one rate, so many would have as many occasions: a geometric
    tail, in which one person more, with two, stands for those who are not known yet.
    """
    if len(others) < settings.others.value:
        return True
    count = len(others) + 1
    again = 1 - count / (sum(others) + 2)
    return bool(count * again ** (mine - 1) <= settings.chance.value)


def pattern_of(hits: Sequence[Hit], person: str, settings: PatternSettings) -> Hit:
    """Return the hit that a pattern is, of hits of one person and typology."""
    ordered = sorted(hits, key=lambda hit: (hit.at, hit.id))
    counted = len(occasions([HitTimes(hit.started_at, hit.at) for hit in ordered]))
    best = max(hit.score for hit in ordered)
    last = ordered[-1]
    knows_owner = any(hit.owner_id for hit in ordered)
    owner = person if knows_owner else _same(hit.owner_id for hit in ordered)
    return Hit(
        rule_id=PATTERN,
        version=1,
        risk=last.risk,
        typology=last.typology,
        severity=max((hit.severity for hit in ordered), key=list(Severity).index),
        score=_score(counted, settings),
        at=last.at,
        started_at=min(hit.started_at for hit in ordered),
        trader_id=_same(hit.trader_id for hit in ordered),
        owner_id=owner,
        instrument=_same(hit.instrument for hit in ordered),
        segment=last.segment,
        measures={"hits": len(ordered), "occasions": counted, "highest score": best},
        thresholds={"occasions": settings.at_least.value, "within": settings.within.value},
        evidence=_evidence(ordered),
        reasons=_reasons(ordered, counted, settings),
    )


def _score(counted: int, settings: PatternSettings) -> float:
    """Grade from the alert line at the least number to 100 at the full one."""
    least, full = settings.at_least.value, settings.full.value
    share = min(1.0, max(0.0, (counted - least) / (full - least)))
    return round(ALERT_LINE + (100 - ALERT_LINE) * share, 2)


def _same(values: Iterable[str | None]) -> str | None:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _evidence(hits: Iterable[Hit]) -> Mapping[str, tuple[str, ...]]:
    evidence: dict[str, set[str]] = {}
    for hit in hits:
        for table, ids in hit.evidence.items():
            evidence.setdefault(table, set()).update(ids)
    return {table: tuple(sorted(ids)) for table, ids in sorted(evidence.items())}


def _reasons(hits: Sequence[Hit], counted: int, settings: PatternSettings) -> tuple[str, ...]:
    days = (hits[-1].at - hits[0].at) / timedelta(days=1)
    names = ", ".join(sorted({hit.rule_id for hit in hits}))
    return (
        f"pattern of {len(hits)} hits below the line on {counted} occasions within "
        f"{days:.1f} days; the line is {settings.at_least.value:g} within {settings.within.value}",
        f"found by {names}, with scores up to {max(hit.score for hit in hits):g}; "
        f"the last at {format_time(hits[-1].at)[:19].replace('T', ' ')}",
    )
