"""Who is alerted on where nobody does wrong: simulated weeks of the honest, and of their twins.

A measure says how often that is; this says of whom, by which rule and in which words, so that each
can be looked at. Hits of a rule on one subject and instrument in a week are told once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from surveillance.model import ALERT_LINE, Hit
from surveillance.studies.intervals import poisson_upper
from surveillance.studies.measure.clean import rate
from surveillance.studies.measure.count import clean_kind
from surveillance.studies.measure.week import JudgedWeek, Week, judge_week
from surveillance.times import format_time


@dataclass(frozen=True, slots=True)
class Accusation:
    """What a rule said of somebody honest: its strongest hit, in words, and how many there were."""

    seed: int
    rule_id: str
    kind: str
    subject: str
    instrument: str | None
    first_at: str
    hits: int
    score: float
    words: str


@dataclass(frozen=True, slots=True)
class Accused:
    """Every accusation over some weeks, and how many days of owners these are."""

    accusations: tuple[Accusation, ...]
    owner_days: int

    @property
    def summary(self) -> str:
        """Return in a sentence how many there are."""
        count = len(self.accusations)
        upper = 1000 * poisson_upper(count) / self.owner_days
        return (
            f"{count} accusations in {self.owner_days:,} days of owners who do no wrong: "
            f"{rate(count, self.owner_days)} per 1,000 (95 %: at most {upper:.2f})"
        )


def accused(
    weeks: Sequence[Week], rules: Path, folder: Path, progress: Callable[[str], None]
) -> Accused:
    """Judge weeks without abuse one after the other; ``folder`` is scratch."""
    accusations: list[Accusation] = []
    days = 0
    folder.mkdir(parents=True, exist_ok=True)
    for week in weeks:
        judged = judge_week(week, rules, folder)
        accusations += accusations_of(week.seed, judged)
        days += len(judged.truth.clean) * week.days
        progress(f"seed {week.seed}")
    return Accused(tuple(accusations), days)


def accusations_of(seed: int, judged: JudgedWeek) -> Iterator[Accusation]:
    """Yield what was said of the honest in a week, by rule, subject and instrument."""
    hits = sorted((hit for verdict in judged.run.verdicts for hit in verdict.hits
                   if hit.score >= ALERT_LINE), key=_told_once)  # fmt: skip
    for (rule_id, subject, instrument), group in groupby(hits, _told_once):
        of = list(group)
        strongest = max(of, key=lambda hit: hit.score)
        if kind := clean_kind(strongest, judged.truth):
            first = format_time(min(hit.at for hit in of))
            words = "; ".join(strongest.words)
            yield Accusation(
                seed, rule_id, kind, subject, instrument or None, first, len(of),
                strongest.score, words,
            )  # fmt: skip


def _told_once(hit: Hit) -> tuple[str, str, str]:
    return hit.rule_id, hit.subject, hit.instrument or ""
