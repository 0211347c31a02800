"""What is on record for a rule version before it may go active, and what of it is lacking.

A backtest is a study of exactly this behaviour, and counts for as much of its window as there was
activity in the lake; it and a shadow run count where their verdict says hit or no hit, for one
without data proves nothing. Time is counted once however often it was judged. A behaviour that
was active before has proved itself, and needs neither.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from surveillance.config import Settings
from surveillance.governance.lifecycle.states import lives, steps_of
from surveillance.model import Outcome
from surveillance.records.tables import (
    Life,
    RuleStep,
    RuleVersion,
    RunMode,
    RunRow,
    Study,
    StudyKind,
    VerdictRow,
)
from surveillance.times import parse_time

_JUDGED = (Outcome.HIT, Outcome.NO_HIT)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """What is on record for one version.

    ``backtested`` and ``shadowed`` are lengths of activity, each moment counted once;
    ``in_shadow_since`` is empty while it is not in shadow.
    """

    name: str
    studies: tuple[Study, ...]
    backtested: timedelta
    in_shadow_since: datetime | None
    shadowed: timedelta
    was_active: bool

    def lacking(self, settings: Settings, at: datetime) -> list[str]:
        """Say what is missing, and what to do about it; nothing where all is there."""
        return [] if self.was_active else [*self._backtest(settings), *self._shadow(settings, at)]

    def _backtest(self, settings: Settings) -> Iterator[str]:
        if self.backtested < settings.backtest_days * _DAY:
            yield (
                f"a backtest of {settings.backtest_days} days of activity, was "
                f"{self.backtested / _DAY:.1f} (surveillance backtest --help)"
            )

    def _shadow(self, settings: Settings, at: datetime) -> Iterator[str]:
        asked = settings.shadow_hours * _HOUR
        if self.in_shadow_since is None:
            yield (
                f"{settings.shadow_hours} hours in shadow, was not in shadow "
                f"(surveillance rules shadow {self.name})"
            )
            return
        if at - self.in_shadow_since < asked:
            yield (
                f"{settings.shadow_hours} hours in shadow, was "
                f"{(at - self.in_shadow_since) / _HOUR:.1f} (wait)"
            )
        if self.shadowed < asked:
            yield (
                f"shadow runs that judged {settings.shadow_hours} hours of activity, was "
                f"{self.shadowed / _HOUR:.1f} (surveillance run, or schedule)"
            )


def proof(session: Session, row: RuleVersion, at: datetime) -> Proof:
    """Gather what is on record for a version at a moment."""
    studies = _studies(session, row)
    step = lives(steps_of(session, row.rule_id), at).get(row.version)
    is_shadow = step is not None and step.life is Life.SHADOW
    return Proof(
        name=f"{row.rule_id}@{row.version}",
        studies=studies,
        backtested=covered(window for study in studies for window in _judged_by(study)),
        in_shadow_since=step.since if step is not None and is_shadow else None,
        shadowed=covered(_shadow_windows(session, row)),
        was_active=was_active(session, row.digest),
    )


def was_active(session: Session, digest: str) -> bool:
    """Tell whether a version of this behaviour was ever active."""
    behaved = (
        select(RuleStep.id)
        .join(
            RuleVersion,
            (col(RuleVersion.rule_id) == col(RuleStep.rule_id))
            & (col(RuleVersion.version) == col(RuleStep.version)),
        )
        .where(RuleStep.life == Life.ACTIVE, RuleVersion.digest == digest)
    )
    return session.exec(behaved.limit(1)).first() is not None


def covered(windows: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """Return how much time half-open windows cover together, each moment counted once."""
    total, last = timedelta(0), None
    for start, end in sorted(windows):
        begin = start if last is None else max(start, last)
        total += max(end - begin, timedelta(0))
        last = end if last is None else max(end, last)
    return total


def _studies(session: Session, row: RuleVersion) -> tuple[Study, ...]:
    of = select(Study).where(Study.rule_id == row.rule_id, Study.rule_digest == row.digest)
    return tuple(session.exec(of.order_by(col(Study.created_at), col(Study.id))))


def _judged_by(study: Study) -> Iterator[tuple[datetime, datetime]]:
    """Yield the part of a backtest's window in which the version judged any activity."""
    if study.kind is not StudyKind.BACKTEST:
        return
    answer = json.loads(study.body)
    activity, verdict = answer.get("activity"), answer.get("verdicts", {}).get("after", {})
    if activity and verdict.get("outcome") in _JUDGED:
        yield parse_time(activity["from"]), parse_time(activity["to"])


def _shadow_windows(session: Session, row: RuleVersion) -> list[tuple[datetime, datetime]]:
    judged = (
        select(RunRow.start, RunRow.end)
        .join(VerdictRow, col(VerdictRow.run_id) == col(RunRow.id))
        .where(
            RunRow.mode == RunMode.SHADOW,
            VerdictRow.rule_id == row.rule_id,
            VerdictRow.version == row.version,
            VerdictRow.digest == row.digest,
            col(VerdictRow.outcome).in_(_JUDGED),
        )
    )
    return list(session.exec(judged).all())
