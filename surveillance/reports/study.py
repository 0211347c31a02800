"""What a study says, as its report and its page show it: the answer, its pictures, its sentence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from surveillance.chart import Day, days_svg, thresholds_svg
from surveillance.errors import SurveillanceError
from surveillance.model import digest, parse_time
from surveillance.records.tables import Study
from surveillance.reports.pages import plain

_SHORT, _AROUND = 240, 60
"""Characters of a rewritten text that are shown whole, and around what differs in a longer one."""
_KINDS = {"surveillance-backtest/1": "backtest", "surveillance-tuning/1": "tuning"}


@dataclass(frozen=True)
class Told:
    """A kept study: its id, which is the SHA-256 of ``body``, who asked, and when.

    Raises:
        SurveillanceError: the body is not what the id says, or of no known form.
    """

    id: str
    body: str
    by: str
    at: datetime

    def __post_init__(self) -> None:
        if digest(self.body) != self.id:
            raise SurveillanceError(f"expected the answer of study {self.id}, was changed")
        if self.answer.get("format") not in _KINDS:
            was = self.answer.get("format")
            raise SurveillanceError(f"expected a study of {', '.join(_KINDS)}, was {was}")

    @cached_property
    def answer(self) -> Mapping[str, Any]:
        """Return the answer."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def kind(self) -> str:
        """Return which report the study is."""
        return _KINDS[self.answer["format"]]

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

    @property
    def picture(self) -> str:
        """Return the chart of the study as a standalone SVG."""
        return _days(self.answer) if self.kind == "backtest" else _thresholds(self.answer)

    @property
    def sentence(self) -> str:
        """Return what was found, in a few sentences."""
        return _compared(self.answer) if self.kind == "backtest" else _tuned(self.answer)

    @property
    def rewritten(self) -> Sequence[Mapping[str, str]]:
        """Return where two versions read otherwise; of long texts, the part that differs."""
        return [_shortened(one) for one in self.answer["rewritten"]]

    @property
    def segments(self) -> Sequence[str]:
        """Return the segments in which any value of a tuning raises an alert."""
        found: Sequence[str] = self.answer["alerting_segments"]
        return found

    @property
    def moves(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Return what a labelled tuning estimates of each move of the line, and of all below it."""
        labelled = self.answer["labelled"]
        if labelled is None:
            return ()
        moves = [(plain(one["value"]), one) for one in labelled["moves"]]
        return [*moves, ("everything below", labelled["all"])]

    def changes(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """Return the alerts of a backtest that were gained, lost or changed."""
        return [change for change in self.answer["changes"] if change["kind"] == kind]


def told(study: Study) -> Told:
    """Return what a kept study says."""
    return Told(study.id, study.body, study.created_by, study.created_at)


def _days(answer: Mapping[str, Any]) -> str:
    days = [Day(one["name"], one["before"], one["after"]) for one in answer["days"]]
    title = f"Alerts a day: {answer['rule']['title']}"
    return days_svg(title, days, has_before=answer["in_force"] is not None)


def _thresholds(answer: Mapping[str, Any]) -> str:
    rows, parameter = answer["values"], answer["parameter"]
    by_segment = {
        name: [row["by_segment"].get(name, 0) for row in rows]
        for name in answer["alerting_segments"]
    }
    return thresholds_svg(
        parameter["name"],
        parameter["unit"],
        [row["value"] for row in rows],
        parameter["value"],
        [row["alerts"] for row in rows],
        by_segment,
    )


def _shortened(one: Mapping[str, str]) -> Mapping[str, str]:
    texts = one["before"], one["after"]
    if max(map(len, texts)) <= _SHORT:
        return one
    same = _shared(*texts)
    ends = _shared(*(text[same:][::-1] for text in texts))
    before, after = (_middle(text, same, len(text) - ends) for text in texts)
    return {**one, "before": before, "after": after}


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _middle(text: str, start: int, end: int) -> str:
    """Return what stands between two places with a little around it, and at most a paragraph."""
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND, start + 2 * _SHORT)
    return f"{'… ' if first else ''}{text[first:last]}{' …' if last < len(text) else ''}"


def _compared(answer: Mapping[str, Any]) -> str:
    after, before = answer["verdicts"]["after"], answer["verdicts"]["before"]
    studied = f"As studied, the rule raises {_alerts(after)}."
    if before is None:
        return f"{studied} No version of it is in force, so there is nothing to compare with."
    counts = answer["counts"]
    moved = ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in ("gained", "lost", "changed"))
    version = answer["in_force"]["version"]
    return f"{studied} Version {version}, in force, raises {_alerts(before)}: {moved}."


def _tuned(answer: Mapping[str, Any]) -> str:
    rows, today = answer["values"], answer["parameter"]["value"]
    now = next(row for row in rows if row["value"] == today)
    said = [f"At today's {plain(today)} the rule raises {_alerts(now)}."]
    for name, row in (("lowest", rows[0]), ("highest", rows[-1])):
        if row["value"] != today:
            moved = f"{row['added']} more and {row['dropped']} fewer"
            said.append(
                f"At the {name} value tried, {plain(row['value'])}, it would raise "
                f"{_alerts(row)}, {moved} than today."
            )
    return " ".join([*said, *_missed(answer)])


def _missed(answer: Mapping[str, Any]) -> Sequence[str]:
    labelled = answer["labelled"]
    if labelled is None or labelled["all"]["missed"] is None:
        return ()
    found = labelled["all"]
    low, high = found["missed_interval"]
    return (
        f"Of {_many(found['population'], 'hit')} below the line {found['labelled']:,} labelled, "
        f"{found['productive_seen']:,} productive: by this estimate today's value misses "
        f"{plain(found['missed'])} productive alerts (95 % interval {plain(low)}–{plain(high)}).",
    )


def _alerts(counted: Mapping[str, Any]) -> str:
    return f"{_many(counted['alerts'], 'alert')} on {_many(counted['subjects'], 'subject')}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
