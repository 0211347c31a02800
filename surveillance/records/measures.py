"""The form in which a measure is stored: what each week counts, and the figures of all weeks.

Studies write it, reports read it, and neither knows the other; so its keys stand here. A share is
empty where it would divide by nothing, and then so is its interval.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class WeekSettings(TypedDict):
    """The settings that a week was simulated by."""

    seed: int
    severity: float
    days: int
    traders: int


class RowCount(TypedDict):
    """Rows that are rightly named, wrongly named, and labelled but not named."""

    tp: int
    fp: int
    fn: int


class DetectedAct(TypedDict):
    """An act that a right alert touched, and how long after its first row; the act by number."""

    act: int
    disguise: str
    delay_s: int | None
    filed_s: int | None


class ScoreCount(TypedDict):
    """Scores of alerts that are right or related, of those that are wrong, and of near misses."""

    right: list[float]
    wrong: list[float]
    near: list[float]


class RuleCount(TypedDict):
    """What one rule did in one week; alerts that are wrong by typology and by kind of trader."""

    version: int
    risk: str
    typology: str
    outcome: str
    reason: str
    alerts: int
    right: int
    related: int
    other: int
    besides: int
    on_other: dict[str, int]
    on_clean: dict[str, int]
    judged_by: str
    rows: RowCount
    detected: list[DetectedAct]
    scores: ScoreCount


class TypologyCount(TypedDict):
    """How much abuse of a typology a week has, its acts also by disguise."""

    acts: int
    rows: int
    disguises: dict[str, int]


class TwinCount(TypedDict):
    """Honest owners of one kind who look like abuse: how many, and by which rules accused."""

    resembles: str
    differs: str
    owners: int
    accused: int
    rules: dict[str, int]


class RunCount(TypedDict):
    """What one judged run counts."""

    clean_owners: dict[str, int]
    feeds: dict[str, int]
    typologies: dict[str, TypologyCount]
    twins: dict[str, TwinCount]
    rules: dict[str, RuleCount]


class WeekCount(RunCount):
    """What the run of one week counts."""

    week: WeekSettings


class Agreement(TypedDict):
    """Precision and recall with their intervals, and F1."""

    precision: float | None
    precision_interval: Sequence[float] | None
    recall: float | None
    recall_interval: Sequence[float] | None
    f1: float | None


class RowFigures(Agreement, RowCount):
    """How well single rows are named."""


class Delays(TypedDict):
    """Seconds, each of an act that was seen."""

    median: int
    p90: int
    most: int


class RuleFigures(Agreement):
    """How well a rule does over some weeks."""

    alerts: int
    right: int
    related: int
    on_other: int
    on_clean: int
    acts: int
    detected: int
    rows: RowFigures
    delay_s: Delays | None
    filed_s: Delays | None
    per_1000_clean: float | None


class RuleMeasure(TypedDict):
    """One rule: its figures at and above the severity of the aims, and at each severity."""

    version: int
    risk: str
    typology: str
    outcomes: dict[str, int]
    unable: list[str]
    judged_by: list[str]
    at_aim: RuleFigures
    severities: dict[str, RuleFigures]
    on_clean: dict[str, int]
    on_other: dict[str, int]
    besides: int


class TypologyFigures(TypedDict):
    """How many acts of a typology any of its rules detected."""

    acts: int
    detected: int
    recall: float | None
    recall_interval: Sequence[float] | None


class TypologyMeasure(TypedDict):
    """One typology: its rules, and its figures at each severity."""

    rules: list[str]
    severities: dict[str, TypologyFigures]


class CleanRate(TypedDict):
    """Alerts on the clean, a 1,000 owners a day; of the seeds the lowest and the highest rate."""

    alerts: int
    owner_days: int
    per_1000: float | None
    seeds: Sequence[float] | None
    rules: dict[str, int]


class CleanMeasure(TypedDict):
    """One family of risk: its rate on everybody clean, and on each kind of honest trader."""

    all: CleanRate
    kinds: dict[str, CleanRate]


class Aims(TypedDict):
    """What rules should reach where the severity is this or more; ``clean`` is a rate."""

    recall: float
    precision: float
    clean: float
    severity: float


class DisguiseFigures(TypedDict):
    """How many acts in one disguise were detected."""

    acts: int
    detected: int
    recall: float | None
    recall_interval: Sequence[float] | None


class TwinFigures(TwinCount):
    """One kind of twin over all weeks: an owner is counted once a week."""

    share: float | None
    share_interval: Sequence[float] | None


class CleanBound(TypedDict):
    """Alerts of all rules on the clean, and the most that 95 % sure is a 1,000 owners a day."""

    alerts: int
    owner_days: int
    per_1000: float | None
    upper: float | None


class Ranking(TypedDict):
    """How often a right alert scores above another hit: a wrong one or near miss; a wrong one."""

    right: int
    wrong: int
    near: int
    auc: float | None
    auc_of_alerts: float | None


class ConductAims(TypedDict):
    """What is aimed at: alerts a 1,000 clean owners a day, share of twins accused, ranking."""

    clean: float
    twins: float
    auc: float


class Conduct(TypedDict):
    """What disguises hide, and whom of the honest it costs.

    ``rules`` is by rule and disguise, at and above the severity of the aims; ``meaning`` says what
    each disguise is; ``no_near`` are rules that kept no near miss.
    """

    aims: ConductAims
    meaning: dict[str, str]
    disguises: dict[str, DisguiseFigures]
    rules: dict[str, dict[str, DisguiseFigures]]
    twins: dict[str, TwinFigures]
    clean: CleanBound
    ranking: Ranking
    ranking_by_rule: dict[str, float]
    no_near: list[str]


class Figures(TypedDict):
    """The figures of all weeks; measures that are older have no ``conduct``."""

    aims: Aims
    rules: dict[str, RuleMeasure]
    typologies: dict[str, TypologyMeasure]
    clean: dict[str, CleanMeasure]
    conduct: NotRequired[Conduct]


class Measure(Figures):
    """Figures, the weeks they are of, and the stamp: when, by which code, rules and command."""

    format: str
    at: str
    command: str
    seeds: list[int]
    seeds_tuned: list[int]
    severities: list[float]
    days: int
    traders: int
    rulebook: str
    code: str
    libraries: dict[str, str]
    orders: list[int]
    trades: list[int]
    clean_owners: list[int]


FORMAT = "surveillance-measure/2"
