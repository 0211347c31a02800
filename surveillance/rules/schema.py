"""A rule as a person writes it: identity, meaning, logic, tests, in that order.

Unknown keys are faults, so a mistyped key never silently loosens a rule. For the same reason a
parameter's values per segment stand under ``segments:`` instead of beside ``value``. ``every`` is
a hop aligned to the epoch, so how runs are cut never changes what is found.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from surveillance.characters import MARK
from surveillance.model import Risk, Severity, digest
from surveillance.times import span

_LONGEST = timedelta(days=3660)
_MAX_HOPS = 10_000
"""Each row is spread over the hops of a lookback, or its part of a sum is."""
_TAKEN = frozenset(
    ("trader_id", "owner_id", "instrument", "segment", "started_at", "at", "hop", "fired", "score",
     "occurrences")
)  # fmt: skip


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", text):
        raise ValueError(f"expected a name of small letters, digits and _, was {text!r}")
    return text


def _positive(text: str) -> str:
    if span(text) <= timedelta(0):
        raise ValueError(f"expected a positive length of time, was {text!r}")
    return _short(text)


def _short(text: str) -> str:
    if abs(span(text)) > _LONGEST:
        raise ValueError(f"expected a length of at most {_LONGEST.days}d, was {text!r}")
    return text


def _measure(text: str) -> str:
    if text in _TAKEN or text.startswith("evidence_"):
        raise ValueError(f"expected another name than {text!r}, which every hit has")
    return _name(text)


Name: TypeAlias = Annotated[str, AfterValidator(_name)]
Span: TypeAlias = Annotated[str, AfterValidator(_positive)]
SignedSpan: TypeAlias = Annotated[str, AfterValidator(_short)]
Measure: TypeAlias = Annotated[str, AfterValidator(_measure)]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Product: TypeAlias = Literal["spot", "perpetual", "future", "option", "block", "transfer"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Reporting(_Strict):
    """Which reports a confirmed hit leads to; ``sar`` lists FinCEN activity subtypes."""

    stor: bool = False
    """Whether it is for a suspicious transaction and order report."""
    sar: list[int] = []
    """FinCEN activity subtypes of a suspicious activity report."""


class Parameter(_Strict):
    """A threshold with its unit and where it comes from: ``engineering`` or a source.

    Either ``value``, with other values for some ``segments``, or ``peer_quantile`` of the feature
    ``of`` among the segment's peers, never below ``floor``: a segment full of manipulators must
    not make itself normal.
    """

    value: int | float | str | None = None
    """The threshold for everybody, or where ``segments`` has no other."""
    segments: dict[Name, int | float] = {}
    """Other values, by the name of a segment."""
    peer_quantile: float | None = Field(default=None, gt=0, lt=1)
    """Quantile of a feature among the peers of the segment, instead of a value."""
    of: Name | None = None
    """The feature whose quantile it is."""
    floor: int | float | None = None
    """Least value that the quantile may give."""
    unit: Text
    """What it counts in, such as USD, share, seconds, orders."""
    source: Text
    """Where it comes from: a citation, a measurement, or ``engineering``."""

    @model_validator(mode="after")
    def _one_way(self) -> "Parameter":
        relative = self.peer_quantile is not None
        if relative == (self.value is not None):
            raise ValueError("expected either value or peer_quantile, was both or neither")
        if relative and (self.of is None or self.floor is None):
            raise ValueError("expected of and floor beside peer_quantile, was without")
        if not relative and (self.of is not None or self.floor is not None):
            raise ValueError("expected of and floor only beside peer_quantile")
        if isinstance(self.value, str) and (mark := MARK.search(self.value)):
            raise ValueError(f"expected no mark of the product's own, was {mark[0]!r}")
        if self.segments and not isinstance(self.value, (int, float)):
            raise ValueError(f"expected a number beside segments, was {self.value!r}")
        return self

    @property
    def is_plain(self) -> bool:
        """Say whether it is the same for everybody."""
        return self.value is not None and not self.segments


class Aggregate(_Strict):
    """Measures over the rows of one relation, per subject, in hopping windows."""

    from_: Name = Field(alias="from")
    """The table or fact whose rows are measured."""
    where: Text | None = None
    """Which of its rows count."""
    by: list[Name] = Field(min_length=1)
    """Who is judged: trader_id or owner_id, and instrument if each is judged alone."""
    measure: dict[Measure, Text] = Field(min_length=1)
    """Numbers over the rows of a window, by name."""
    fire_when: Text
    """When it is a hit: a condition over measures and ``$parameters``."""


class Step(_Strict):
    """One step of a sequence: rows of a relation, and when they must come.

    ``within`` counts from the step named in ``after`` (by default the one before); ``between``
    gives both ends, and may reach back.
    """

    from_: Name = Field(alias="from")
    """The table or fact whose rows are steps."""
    at: Name | None = None
    """Which of its columns says when; default: the table's own time."""
    where: Text | None = None
    """Which rows are this step; earlier steps are named, as in ``bait.side``."""
    after: Name | None = None
    """The step that it follows; default: the one before."""
    within: Span | None = None
    """How soon after that step at the latest."""
    between: list[SignedSpan] | None = Field(default=None, min_length=2, max_length=2)
    """How soon at the earliest and at the latest; may be negative."""

    @property
    def offsets(self) -> tuple[timedelta, timedelta]:
        """Return the earliest and the latest time after the step that it follows."""
        if self.between is not None:
            return span(self.between[0]), span(self.between[1])
        return timedelta(0), span(self.within or "0s")


class Sequence(_Strict):
    """Steps in time per subject: one candidate for each occurrence of the step ``per``.

    It is judged once every later step, and ``settle``, has had its time. Candidates that fire are
    rolled up per subject and hop; ``at_least`` says how many it takes within the lookback.
    """

    sequence: list[dict[Name, Step]] = Field(min_length=2, max_length=6)
    """The steps in order, each with a name."""
    by: list[Name] = Field(min_length=1)
    """Who must have done all of them: trader_id or owner_id, and instrument."""
    per: Name
    """The step that is a candidate each time it happens."""
    measure: dict[Measure, Text] = Field(min_length=1)
    """Numbers over the rows of the steps, by name."""
    fire_when: Text
    """When it is a hit: a condition over measures and ``$parameters``."""
    at_least: int = Field(default=1, ge=1)
    """How many candidates that fire it takes within the lookback."""
    settle: Span | None = None
    """How long after the last step it is judged at the earliest."""

    @model_validator(mode="after")
    def _one_name_a_step(self) -> "Sequence":
        names = self.names
        for index, entry in enumerate(self.sequence):
            if len(entry) != 1:
                raise ValueError(f"expected one name for step {index + 1}, was {sorted(entry)}")
            step = next(iter(entry.values()))
            if index and (step.within is None) == (step.between is None):
                raise ValueError(f"expected either within or between in step {names[index]}")
            if step.offsets[0] > step.offsets[1]:
                raise ValueError(f"expected between to end after it begins in step {names[index]}")
            if step.after is not None and step.after not in names[:index]:
                raise ValueError(f"expected after to name an earlier step, was {step.after!r}")
        if len(set(names)) != len(names) or self.per not in names:
            raise ValueError(f"expected per to be one of the steps {names}, was {self.per!r}")
        return self

    @property
    def names(self) -> list[str]:
        """Return the names of the steps in order."""
        return [next(iter(entry)) for entry in self.sequence]

    @property
    def steps(self) -> dict[str, Step]:
        """Return the steps by name, each knowing which one it follows."""
        return {name: step for entry in self.sequence for name, step in entry.items()}


class Query(_Strict):
    """One SELECT that returns the hit contract: a subject, ``started_at``, ``at``, measures."""

    query: Text
    """One SELECT that gives a subject, started_at, at, and measures as columns."""
    fire_when: Text
    """When it is a hit: a condition over the columns and ``$parameters``."""


class Anomaly(_Strict):
    """A PyOD detector over trader features of the lookback, judged at a stated error rate.

    It is fitted per segment of at least ``min_traders`` traders, and to all traders for the rest.
    """

    detector: Text
    """A detector of ``surveillance reference detectors``."""
    settings: dict[str, int | float | str | bool] = {}
    """Its settings, ``seed`` among them."""
    features: list[Name] = Field(min_length=1)
    """The features in which traders are compared."""
    min_traders: int = Field(default=100, ge=20)
    """Traders a segment must have for a model of its own."""
    false_discovery_rate: float = Field(gt=0, lt=0.5)
    """Share of false alarms among the alerts that is accepted."""


class Strange(_Strict):
    """The shape of a rule whose logic is a fitted detector."""

    anomaly: Anomaly
    """The detector, and how it is judged."""


def _shape(value: Any) -> str:
    keys = set(value) if isinstance(value, Mapping) else set()
    return next((key for key in ("sequence", "query", "anomaly") if key in keys), "aggregate")


Detect: TypeAlias = Annotated[
    Annotated[Aggregate, Tag("aggregate")]
    | Annotated[Sequence, Tag("sequence")]
    | Annotated[Query, Tag("query")]
    | Annotated[Strange, Tag("anomaly")],
    Discriminator(_shape),
]


class Grade(_Strict):
    """How a measure raises the score: 50 at ``from``, up to 100 at ``to``, by its weight."""

    from_: int | float | str = Field(alias="from")
    """Where the score is 50: usually the threshold."""
    to: int | float | str
    """Where the score is 100."""
    weight: int | float = Field(default=1, gt=0)
    """How much this measure counts among the others."""


class Example(_Strict):
    """An inline test: activity as rows of a few columns, and the hits expected of it."""

    name: Text
    """What happens in it."""
    given: dict[Name, list[dict[str, Any]]]
    """Rows by table, only the columns that matter; ``at`` is an offset such as 1h."""
    expect: list[dict[str, Any]]
    """Parts of the hits that must come, none but these; empty: no hit."""
    segments: dict[str, str] = {}
    """The segment of a trader, where thresholds differ by segment."""
    known_gap: bool = False
    """Whether it is known to be missed, and stays so on purpose."""


class Rule(_Strict):
    """One rule version, as its file says.

    ``products`` says which products it can judge, where that is not what its needs suggest;
    ``related`` names typologies of which it sees a part that its own is made of as well, so that
    an alert on their abuse is no false one; texts published under its old name, ``also``, are read
    for ever.
    """

    id: Name
    """Name of the rule, also of its file."""
    version: int = Field(ge=1)
    """Raised whenever its behaviour changes."""
    title: Text
    """What an officer reads first."""
    risk: Literal["manipulation", "front_running", "kyc_aml"]
    """The family of risk, also the folder of the file."""
    typology: Name
    """The practice that it looks for."""
    related: list[Name] = Field(default=[], validation_alias=AliasChoices("related", "also"))
    """Typologies of which it sees a part as well."""
    severity: Literal["low", "medium", "high", "critical"]
    """How bad it is if it is true."""
    description: Text
    """What it detects, in a few sentences."""
    practices: list[Text] = []
    """What of ``coverage.yml`` it answers, as source and code."""
    products: list[Product] = []
    """Products it can judge, where its needs do not say."""
    law: list[Text] = Field(min_length=1)
    """What the law says of such conduct."""
    report: Reporting = Reporting()
    """Which reports a confirmed hit leads to."""
    false_positives: list[Text] = Field(min_length=1)
    """Who is alerted on without having done it."""
    limitations: list[Text] = Field(min_length=1)
    """What it cannot see."""
    runbook: Text
    """What an officer does with an alert."""
    needs: list[Text] = Field(min_length=1)
    """Tables, or table.column, without which nothing can be judged."""
    lookback: Span
    """How far back a judgement looks."""
    every: Span | None = None
    """How often it is judged; a whole part of the lookback."""
    apart: Span = "3d"
    """How long an alert waits for the next hit on the same subject; what comes later is another."""
    parameters: dict[Name, Parameter] = {}
    """Thresholds by name; the logic writes them as ``$name``."""
    detect: Detect
    """The logic, in one of four shapes."""
    score: dict[Name, Grade] = {}
    """How measures beyond their thresholds raise the score, 50 to 100."""
    evidence: dict[Name, str] = {}
    """By table, the rows that show it: a table's name, or a condition."""
    tests: list[Example] = []
    """Activity and the hits expected of it; at least one fires and one does not."""

    @model_validator(mode="after")
    def _whole(self) -> "Rule":
        if isinstance(self.detect, (Aggregate, Sequence, Strange)) and self.every is None:
            raise ValueError("expected every, the hop at which it is judged")
        if self.every and span(self.lookback) % span(self.every):
            raise ValueError(f"expected lookback to be a multiple of every, was {self.lookback}")
        if self.every and span(self.lookback) // span(self.every) > _MAX_HOPS:
            message = f"expected at most {_MAX_HOPS} hops in a lookback, was every {self.every}"
            raise ValueError(f"{message} in {self.lookback}")
        if not isinstance(self.detect, Strange) and not (self.score and self.evidence):
            raise ValueError("expected score and evidence")
        return self

    @property
    def risk_family(self) -> Risk:
        """Return the risk as a value of the model."""
        return Risk(self.risk)

    @property
    def how_bad(self) -> Severity:
        """Return the severity as a value of the model."""
        return Severity(self.severity)

    @property
    def behaviour(self) -> str:
        """Return the digest of what decides a verdict; prose, units and sources are not in it."""
        decisive = {"needs", "lookback", "every", "score", "evidence"}
        logic = self.model_dump(include=decisive, by_alias=True) | {
            "detect": self.detect.model_dump(by_alias=True)
        }
        parameters = {
            name: parameter.model_dump(exclude={"unit", "source"})
            for name, parameter in self.parameters.items()
        }
        identity = [self.id, self.risk, self.typology, self.severity]
        return digest({"identity": identity, "logic": logic, "parameters": parameters})
