"""An alert as the annexes print it: its picture, its figures against the lines, its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from surveillance.casework.files import AlertFile
from surveillance.chart import book_svg, dossier_svg, pattern_svg
from surveillance.chart.repeats import Mark
from surveillance.model import Dossier, Scalar
from surveillance.playback import Book
from surveillance.reports.exhibits import Exhibit, exhibits
from surveillance.rules import gates
from surveillance.rules.sentence import compared, conditions


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of a hit beside the threshold it was compared with, and what others came to.

    ``others`` is in words, and empty where there is no threshold.
    """

    measure: str
    value: Scalar
    threshold: Scalar
    others: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One parameter of a rule as it was in force for the subject, and where it comes from."""

    name: str
    value: Scalar
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The order book at a step of the playback: best prices, and the depth of ten levels."""

    name: str
    step: int
    at: datetime
    bid: str | None
    ask: str | None
    bids: Decimal
    own_bids: Decimal
    asks: Decimal
    own_asks: Decimal


@dataclass(frozen=True)
class AlertPage:
    """One alert as the annexes print it; ``number`` counts from 1 in order of time."""

    number: int
    file: AlertFile

    @property
    def dossier(self) -> Dossier:
        """Return everything that was gathered when the hit was filed."""
        return self.file.dossier

    @property
    def title(self) -> str:
        """Return the title of the rule that fired."""
        return str(self.dossier.rule.get("title") or self.dossier.hit.rule_id)

    @cached_property
    def chart(self) -> str:
        """Return the picture of the scene as SVG."""
        return dossier_svg(self.dossier)

    @cached_property
    def pattern(self) -> str:
        """Return the hits below the line that make up a pattern as SVG; nothing if it is none."""
        marks = [
            Mark(counted.hit.at, counted.hit.score, counted.is_alert)
            for counted in self.file.counted
        ]
        return pattern_svg(self.dossier, marks) if marks else ""

    @property
    def still_counted(self) -> int:
        """Return how many hits of a pattern are not alerts of their own by now."""
        return sum(not counted.is_alert for counted in self.file.counted)

    @cached_property
    def book(self) -> str:
        """Return the order book at its telling moments as SVG; nothing without a playback."""
        return book_svg(self.dossier)

    @cached_property
    def moments(self) -> list[Moment]:
        """Return the order book at its telling moments in figures."""
        playback = self.dossier.playback
        return [_moment(name, n, playback.steps[n].ts, book) for n, name, book in playback.marked()]

    @cached_property
    def exhibits(self) -> list[Exhibit]:
        """Return the evidence rows as tables."""
        return exhibits(self.dossier.rows, self.dossier.row_counts)

    @property
    def comparisons(self) -> list[Comparison]:
        """Return each measure with what the rule compares it with, where that is a parameter."""
        return [
            Comparison(name, value, line, "" if line is None else self._others(name))
            for name, value in self.dossier.hit.measures.items()
            for line in (self._threshold(name),)
        ]

    @property
    def thresholds(self) -> list[Threshold]:
        """Return the parameters in force: the hit's own values, with unit and provenance."""
        declared: Mapping[str, Any] = self.dossier.rule.get("parameters") or {}
        in_force = self.dossier.hit.thresholds
        return [
            Threshold(
                name,
                in_force.get(name, declared.get(name, {}).get("value")),
                str(declared.get(name, {}).get("unit", "")),
                str(declared.get(name, {}).get("source", "")),
            )
            for name in dict.fromkeys((*declared, *in_force))
        ]

    @property
    def conditions(self) -> list[str]:
        """Return in plain words from where on the rule fires, with the lines in force."""
        return conditions(self.dossier.rule, self.dossier.hit.thresholds)

    @property
    def is_anomaly(self) -> bool:
        """Say whether a fitted detector, not a written threshold, raised the alert."""
        return "anomaly" in (self.dossier.rule.get("detect") or {})

    def _others(self, measure: str) -> str:
        return compared(self.dossier.others.get(measure))

    def _threshold(self, measure: str) -> Scalar:
        """Find it by the gate of the measure, or by its name."""
        rule, in_force = self.dossier.rule, self.dossier.hit.thresholds
        required = gates.read((rule.get("detect") or {}).get("require") or {})
        lines = [gate.line.removeprefix("$") for gate in required if gate.measure == measure]
        return next((in_force[name] for name in (*lines, measure) if name in in_force), None)


def _moment(name: str, step: int, at: datetime, book: Book) -> Moment:
    bid, ask = (levels[0][1] if levels else None for levels in book)
    bids, own_bids = book.depth("buy")
    asks, own_asks = book.depth("sell")
    return Moment(
        name=name,
        step=step,
        at=at,
        bid=bid,
        ask=ask,
        bids=bids,
        own_bids=own_bids,
        asks=asks,
        own_asks=own_asks,
    )
