"""A measure: which weeks it is of, their figures, and everything that it depended on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path

from sqlmodel import Session, select

from surveillance import software
from surveillance.canonical import digest
from surveillance.errors import SurveillanceError
from surveillance.records import journal
from surveillance.records.measures import FORMAT, Measure
from surveillance.records.tables import JournalEntry
from surveillance.studies.measure.total import total
from surveillance.studies.measure.week import Week, rulebook_digest
from surveillance.studies.measure.work import count_weeks
from surveillance.times import format_time

TUNED = (7, 8, 21, 22, 23, 24, 31, 32)
"""The seeds that rules may be tuned on: what they score there says nothing of how well they are."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The weeks of a measure: every seed at every severity."""

    seeds: tuple[int, ...]
    severities: tuple[float, ...]
    days: int
    traders: int

    @property
    def weeks(self) -> list[Week]:
        """Return every week."""
        pairs = product(self.seeds, self.severities)
        return [Week(seed, severity, self.days, self.traders) for seed, severity in pairs]

    @property
    def honest_weeks(self) -> list[Week]:
        """Return a week without abuse for each seed."""
        return [Week(seed, 0, self.days, self.traders, abuse=False) for seed in self.seeds]

    @property
    def command(self) -> str:
        """Return what measures this again."""
        words = [
            "surveillance measure",
            f"--seeds {','.join(map(str, self.seeds))}",
            f"--severities {','.join(f'{severity:g}' for severity in self.severities)}",
            f"--days {self.days} --traders {self.traders}",
        ]
        return " ".join(words)


def plan(seeds: str, severities: str, days: int, traders: int) -> Plan:
    """Read a plan from words: seeds such as ``11-20`` or ``7,8``, severities such as ``0.1,0.9``.

    Raises:
        SurveillanceError: a seed or a severity is none.
    """
    try:
        numbers = tuple(n for part in seeds.split(",") for n in _numbers(part))
        shares = tuple(float(part) for part in severities.split(","))
    except ValueError:
        was = f"{seeds} and {severities}"
        raise SurveillanceError(
            f"expected seeds such as 11-20 and severities such as 0.1,0.9, was {was}"
        ) from None
    if not numbers or min(numbers) < 0 or not all(0 <= share <= 1 for share in shares):
        was = f"{seeds} and {severities}"
        raise SurveillanceError(f"expected seeds from 0 and severities from 0 to 1, was {was}")
    return Plan(tuple(sorted(set(numbers))), tuple(sorted(set(shares))), days, traders)


def _numbers(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


def measure(
    asked: Plan, rules: Path, folder: Path, at: datetime, progress: Callable[[str], None]
) -> Measure:
    """Judge every week that is not counted yet, and return the figures of all.

    ``folder`` keeps the counts; ``at`` is when the measure is made. Raises a SurveillanceError
    where a week cannot be judged.
    """
    weeks = count_weeks(asked.weeks, rules, folder, progress)
    return {
        "format": FORMAT,
        "at": format_time(at),
        "command": asked.command,
        "seeds": list(asked.seeds),
        "seeds_tuned": list(TUNED),
        "severities": list(asked.severities),
        "days": asked.days,
        "traders": asked.traders,
        "rulebook": rulebook_digest(rules),
        "code": software.code(),
        "libraries": software.libraries(),
        "orders": _range([week["feeds"].get("orders", 0) for week in weeks]),
        "trades": _range([week["feeds"].get("trades", 0) for week in weeks]),
        "clean_owners": _range([sum(week["clean_owners"].values()) for week in weeks]),
        **total(weeks),
    }


def journalled(session: Session, figures: Measure, at: datetime) -> journal.Anchor:
    """Say in the journal, once, that a measure was made; return the place where it says so."""
    subject = f"measure:{digest(figures)}"
    entry = session.exec(select(JournalEntry).where(JournalEntry.subject == subject)).first()
    if entry is None:
        detail = {
            "command": figures["command"],
            "code": figures["code"],
            "rulebook": figures["rulebook"],
        }
        entry = journal.append(session, journal.SYSTEM, "measure", subject, detail, at=at)
    return journal.Anchor(entry.seq, entry.digest)


def _range(values: list[int]) -> list[int]:
    return [min(values), max(values)]
