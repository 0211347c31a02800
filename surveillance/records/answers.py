"""The form in which the answers of studies are stored.

A study writes its answer and a report, a screen or a terminal reads it, and none of them knows
the other; so the keys stand here. Times are written as everywhere in canonical JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from surveillance.model import Scalar

Number: TypeAlias = int | float
Range: TypeAlias = Sequence[float]
"""Two ends of an interval; a list once it was read back."""

Ends = TypedDict("Ends", {"from": str, "to": str})
"""Where a stretch of time begins, and where it ends."""


class SegmentsPin(TypedDict):
    """The segment model that a window was judged with; one made for a study has version 0."""

    version: int
    digest: str


class Score(TypedDict):
    """Precision, recall and F1 of one typology; empty where they would divide by nothing."""

    typology: str
    universe: int
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None


class ProductiveRate(TypedDict):
    """How many alerts were decided on, how many were productive, and the share."""

    decided: int
    productive: int
    rate: float | None
    interval: Range | None


class SettingRecord(TypedDict):
    """The activity that a study judged and what it was judged with, so that it can be done again.

    ``activity`` is the part of the window in which there is any.
    """

    window: Ends
    activity: Ends | None
    as_of: str
    lake: dict[str, int]
    segments: SegmentsPin | None
    features: str
    libraries: dict[str, str]
    code: str
    alert_line: float


class RuleSummary(TypedDict):
    """A rule version that was studied."""

    id: str
    version: int
    title: str
    risk: str
    typology: str
    severity: str
    description: str
    digest: str
    text_digest: str
    text: str
    detector: str | None
    parameters: dict[str, dict[str, Any]]


class Rewrite(TypedDict):
    """A place of a rule that reads otherwise in another version."""

    where: str
    before: str
    after: str


class VerdictSummary(TypedDict):
    """What one version of a rule raises; ``below`` are its near misses."""

    outcome: str
    reason: str
    alerts: int
    subjects: int
    below: int


class Verdicts(TypedDict):
    """The verdict of the version in force, if there is one, and of the studied one."""

    before: VerdictSummary | None
    after: VerdictSummary


class AlertCount(TypedDict):
    """Alerts of both versions on a day or in a segment."""

    name: str
    before: int
    after: int


class CrossingRecord(TypedDict):
    """A measure on the wrong side of a line; ``other`` is the line of the other version."""

    measure: str
    value: Scalar
    line: str
    at: Scalar
    other: Scalar


class AlertChange(TypedDict):
    """An alert that is gained, lost or changed between two versions, and why."""

    kind: str
    hit_id: str
    subject: str
    trader_id: str | None
    owner_id: str | None
    instrument: str | None
    segment: str
    at: str
    before: float | None
    after: float | None
    reasons: Sequence[str]
    crossings: Sequence[CrossingRecord]


class LabelScores(TypedDict):
    """How both versions agree with labels."""

    before: list[Score]
    after: list[Score]


class DispositionRates(TypedDict):
    """What became of the alerts of both versions, and of those that would be dropped."""

    before: ProductiveRate
    after: ProductiveRate
    both: ProductiveRate
    dropped: ProductiveRate
    dropped_productive: list[str]


class Backtest(SettingRecord):
    """What a version of a rule would have raised beside the one in force."""

    format: Literal["surveillance-backtest/1"]
    rule: RuleSummary
    in_force: RuleSummary | None
    rewritten: list[Rewrite]
    verdicts: Verdicts
    days: list[AlertCount]
    by_segment: list[AlertCount]
    counts: dict[str, int]
    changes: list[AlertChange]
    labels: LabelScores | None
    dispositions: DispositionRates


class PlaceInRule(TypedDict):
    """A place of a rule in words, and what is written there."""

    place: str
    text: str


class ParameterRecord(TypedDict):
    """The number that a tuning moves."""

    name: str
    value: Number
    unit: str
    source: str
    stands: list[PlaceInRule]


class ValueOutcome(TypedDict):
    """What one value of a parameter would raise, beside what is raised today."""

    value: Number
    alerts: int
    subjects: int
    below: int
    added: int
    dropped: int
    by_segment: dict[str, int]
    labels: list[Score] | None
    dispositions: ProductiveRate
    dropped_productive: int


class Stratum(TypedDict):
    """Hits below the line of one segment that enter at one value, and how many were drawn."""

    segment: str
    enters_at: Number | None
    population: int
    drawn: int


class SampledHit(TypedDict):
    """A hit below the line that was drawn for an officer to label."""

    stratum: int
    hit_id: str
    trader_id: str | None
    owner_id: str | None
    instrument: str | None
    at: str
    segment: str
    enters_at: Number | None
    score: float
    measures: Mapping[str, Scalar]
    evidence: Mapping[str, list[str]]


class Sample(TypedDict):
    """What lies below the line, and what was drawn of it."""

    population: int
    asked: int
    seed: str
    strata: list[Stratum]
    sample: list[SampledHit]


class Missed(TypedDict):
    """An estimate of the productive alerts that a line misses."""

    population: int
    labelled: int
    productive_seen: int
    not_covered: int
    rate: float | None
    interval: Range | None
    missed: float | None
    missed_interval: Range | None


class Move(Missed):
    """The estimate of what a move of the line to a value would take in."""

    value: Number


class LabelledStratum(Stratum):
    """A stratum with how many of its hits were labelled, and how many were productive."""

    labelled: int
    productive: int


class Estimate(TypedDict):
    """What the labels of a sample say of everything below the line."""

    labelled: int
    productive: int
    all: Missed
    moves: list[Move]
    strata: list[LabelledStratum]


class Labelled(Estimate):
    """An estimate with the labels that it rests on, by hit."""

    labels: Mapping[str, bool]


class Tuning(SettingRecord):
    """How many alerts a rule would raise with other values of a parameter."""

    format: Literal["surveillance-tuning/1"]
    rule: RuleSummary
    parameter: ParameterRecord
    days: int
    values: list[ValueOutcome]
    alerting_segments: list[str]
    below: Sample
    drawn_in: str | None
    labelled: Labelled | None


Answer: TypeAlias = Backtest | Tuning
