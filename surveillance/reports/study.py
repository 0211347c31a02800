"""A study as its report and its screen show it: the answer, its pictures, its sentence."""

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from surveillance.canonical import digest
from surveillance.chart import Day, days_svg, thresholds_svg
from surveillance.errors import SurveillanceError
from surveillance.records.answers import (
    AlertChange,
    Answer,
    Backtest,
    Missed,
    Rewrite,
    Score,
    Tuning,
    ValueOutcome,
    VerdictSummary,
)
from surveillance.records.tables import Study
from surveillance.reports.pages import plain
from surveillance.times import parse_time

_SHORT, _AROUND = 240, 60
"""Characters of a rewritten text that are shown whole, and around what differs in a longer one."""


class ScoreRow(NamedTuple):
    """A score against labels, and the version or value that it is of."""

    name: str
    score: Score


class MoveRow(NamedTuple):
    """An estimate, and the move of the line that it is of."""

    name: str
    missed: Missed


@dataclass(frozen=True)
class StudyReport(ABC):
    """A stored study: its id, which is the SHA-256 of ``body``, who asked, and when.

    Raises:
        SurveillanceError: the body is not what the id says.
    """

    id: str
    body: str
    by: str
    at: datetime

    def __post_init__(self) -> None:
        if digest(self.body) != self.id:
            raise SurveillanceError(f"expected the answer of study {self.id}, was changed")

    @property
    @abstractmethod
    def kind(self) -> str:
        """Return which report the study is."""

    @property
    @abstractmethod
    def answer(self) -> Answer:
        """Return the answer."""

    @property
    @abstractmethod
    def picture(self) -> str:
        """Return the chart of the study as a standalone SVG."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """Return what was found, in a few sentences."""

    @property
    @abstractmethod
    def scores(self) -> Sequence[ScoreRow]:
        """Return how alerts agree with labels, where there are any."""

    @property
    def start(self) -> datetime:
        """Return the start of the activity judged."""
        return parse_time(self.answer["window"]["from"])

    @property
    def end(self) -> datetime:
        """Return the end of the activity judged."""
        return parse_time(self.answer["window"]["to"])

    @property
    def as_of(self) -> datetime:
        """Return when the activity was known so."""
        return parse_time(self.answer["as_of"])


@dataclass(frozen=True)
class BacktestReport(StudyReport):
    """A backtest: a version of a rule beside the one in force."""

    kind = "backtest"

    @cached_property
    def answer(self) -> Backtest:
        """Return the answer."""
        answer: Backtest = json.loads(self.body)
        return answer

    @property
    def picture(self) -> str:
        """Return alerts by day as a standalone SVG."""
        days = [Day(day["name"], day["before"], day["after"]) for day in self.answer["days"]]
        title = f"Alerts a day: {self.answer['rule']['title']}"
        return days_svg(title, days, has_before=self.answer["in_force"] is not None)

    @property
    def sentence(self) -> str:
        """Return how the two versions compare, in a few sentences."""
        after, before = self.answer["verdicts"]["after"], self.answer["verdicts"]["before"]
        studied = f"As studied, the rule raises {_alerts(after)}."
        in_force = self.answer["in_force"]
        if before is None or in_force is None:
            return f"{studied} No version of it is in force, so there is nothing to compare with."
        counts = self.answer["counts"]
        moved = ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in ("gained", "lost", "changed"))
        version = in_force["version"]
        return f"{studied} Version {version}, in force, raises {_alerts(before)}: {moved}."

    @property
    def scores(self) -> Sequence[ScoreRow]:
        """Return how the alerts of each version agree with labels."""
        labels = self.answer["labels"]
        if labels is None:
            return ()
        before = labels["before"] if self.answer["in_force"] else []
        return [
            *(ScoreRow("in force", score) for score in before),
            *(ScoreRow("as studied", score) for score in labels["after"]),
        ]

    @property
    def rewritten(self) -> Sequence[Rewrite]:
        """Return where two versions read otherwise; of long texts, the part that differs."""
        return [_shortened(rewrite) for rewrite in self.answer["rewritten"]]

    def changes(self, kind: str) -> Sequence[AlertChange]:
        """Return the alerts that were gained, lost or changed."""
        return [change for change in self.answer["changes"] if change["kind"] == kind]


@dataclass(frozen=True)
class TuningReport(StudyReport):
    """A tuning: how many alerts other values of a parameter would raise."""

    kind = "tuning"

    @cached_property
    def answer(self) -> Tuning:
        """Return the answer."""
        answer: Tuning = json.loads(self.body)
        return answer

    @property
    def picture(self) -> str:
        """Return alerts by value as a standalone SVG."""
        rows, parameter = self.answer["values"], self.answer["parameter"]
        by_segment = {
            name: [row["by_segment"].get(name, 0) for row in rows] for name in self.segments
        }
        return thresholds_svg(
            parameter["name"],
            parameter["unit"],
            [row["value"] for row in rows],
            parameter["value"],
            [row["alerts"] for row in rows],
            by_segment,
        )

    @property
    def sentence(self) -> str:
        """Return what other values would raise and what today's misses, in a few sentences."""
        today = self.answer["parameter"]["value"]
        sentences = [f"At today's {plain(today)} the rule raises {_alerts(self.today)}."]
        rows = self.answer["values"]
        for name, row in (("lowest", rows[0]), ("highest", rows[-1])):
            if row["value"] != today:
                moved = f"{row['added']} more and {row['dropped']} fewer"
                sentences.append(
                    f"At the {name} value tried, {plain(row['value'])}, it would raise "
                    f"{_alerts(row)}, {moved} than today."
                )
        return " ".join([*sentences, *self._missed()])

    @property
    def today(self) -> ValueOutcome:
        """Return what today's value raises."""
        today = self.answer["parameter"]["value"]
        return next(row for row in self.answer["values"] if row["value"] == today)

    @property
    def scores(self) -> Sequence[ScoreRow]:
        """Return how the alerts of each value agree with labels."""
        today = self.answer["parameter"]["value"]
        return [
            ScoreRow(plain(row["value"]) + (" today" if row["value"] == today else ""), score)
            for row in self.answer["values"]
            for score in row["labels"] or ()
        ]

    @property
    def segments(self) -> Sequence[str]:
        """Return the segments in which any value raises an alert."""
        return self.answer["alerting_segments"]

    @property
    def moves(self) -> Sequence[MoveRow]:
        """Return what the labels estimate of each move of the line, and of all below it."""
        labelled = self.answer["labelled"]
        if labelled is None:
            return ()
        moves = [MoveRow(plain(move["value"]), move) for move in labelled["moves"]]
        return [*moves, MoveRow("everything below", labelled["all"])]

    def _missed(self) -> Sequence[str]:
        labelled = self.answer["labelled"]
        if labelled is None:
            return ()
        below = labelled["all"]
        if below["missed"] is None or below["missed_interval"] is None:
            return ()
        low, high = below["missed_interval"]
        return (
            f"Of {_many(below['population'], 'hit')} below the line {below['labelled']:,} "
            f"labelled, {below['productive_seen']:,} productive: by this estimate today's value "
            f"misses {plain(below['missed'])} productive alerts "
            f"(95 % interval {plain(low)}–{plain(high)}).",
        )


_REPORTS: dict[str, type[BacktestReport] | type[TuningReport]] = {
    "surveillance-backtest/1": BacktestReport,
    "surveillance-tuning/1": TuningReport,
}


def study_report(study: Study) -> BacktestReport | TuningReport:
    """Return a stored study as its report shows it.

    Raises:
        SurveillanceError: the answer is not what the id says, or of no known form.
    """
    form = json.loads(study.body).get("format")
    if form not in _REPORTS:
        raise SurveillanceError(f"expected a study of {', '.join(_REPORTS)}, was {form}")
    return _REPORTS[form](study.id, study.body, study.created_by, study.created_at)


def _shortened(rewrite: Rewrite) -> Rewrite:
    texts = rewrite["before"], rewrite["after"]
    if max(map(len, texts)) <= _SHORT:
        return rewrite
    same = _shared(*texts)
    ends = _shared(*(text[same:][::-1] for text in texts))
    before, after = (_middle(text, same, len(text) - ends) for text in texts)
    return {"where": rewrite["where"], "before": before, "after": after}


def _shared(text: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(text), len(other)))


def _middle(text: str, start: int, end: int) -> str:
    """Return what stands between two places with a little around it, and at most a paragraph."""
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND, start + 2 * _SHORT)
    return f"{'… ' if first else ''}{text[first:last]}{' …' if last < len(text) else ''}"


def _alerts(counts: VerdictSummary | ValueOutcome) -> str:
    return f"{_many(counts['alerts'], 'alert')} on {_many(counts['subjects'], 'subject')}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
