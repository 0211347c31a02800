"""What a rule looks for: its logic, in one of five shapes, with the gates that each must pass.

A candidate is a row of a fact (``each``), the rows of a window (aggregate), steps in time
(sequence), a row of a SELECT (query), or a trader unlike others (anomaly). What it must meet stands
under ``require`` and nowhere else, so that what came near is known without being written twice.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from typing_extensions import TypeAliasType

from surveillance.rules.gates import Gates, is_any, read
from surveillance.times import span

EXCUSE = "excuse_"
"""What the columns of candidates are called that say whether something excuses them."""
_LONGEST = timedelta(days=3660)
_TAKEN = frozenset(
    ("trader_id", "owner_id", "instrument", "segment", "started_at", "at", "hop", "fired", "score",
     "occurrences", "excuse", "near", "unknown", "why", "rows")
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
    if text in _TAKEN or text.startswith(("evidence_", EXCUSE)) or is_any(text):
        raise ValueError(f"expected another name than {text!r}, which every hit has")
    return _name(text)


Name: TypeAlias = Annotated[str, AfterValidator(_name)]
Span: TypeAlias = Annotated[str, AfterValidator(_positive)]
SignedSpan: TypeAlias = Annotated[str, AfterValidator(_short)]
Measure: TypeAlias = Annotated[str, AfterValidator(_measure)]
Text: TypeAlias = Annotated[str, Field(min_length=1)]


class Written(BaseModel):
    """A part of a rule file: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def _gates(written: dict[str, Any]) -> dict[str, Any]:
    read(written)
    return written


Conditions = TypeAliasType("Conditions", "dict[Name, Text | list[Text] | list[Conditions]]")
Require: TypeAlias = Annotated[Conditions, AfterValidator(_gates)]


class Gated(Written):
    """What every shape with measures has: conditions that must hold, and what excuses."""

    require: Require
    """By measure, what it must be: ``>= $line``, ``$least to $most``, ``is true``, or several."""
    unless: dict[Name, Text] = {}
    """By name, conditions that excuse what would be a hit; what they excuse is counted."""

    @property
    def gates(self) -> Gates:
        """Return the conditions, read."""
        return read(self.require)

    @property
    def condition(self) -> str:
        """Return all of the conditions as one expression."""
        return self.gates.condition


class Each(Gated):
    """Each row of a fact is a candidate: what is hard is a fact, and the rule a filter over it."""

    each: Text
    """A name for the row, and the table or fact: ``bait in baits``."""
    where: Text | None = None
    """Which rows are looked at at all."""
    by: list[Name] = Field(min_length=1)
    """Whose act the row is: trader_id or owner_id, and instrument."""
    started_at: Text | None = None
    """When it began; default: the table's own time."""
    at: Text | None = None
    """When all of it is past, by which it belongs to a run; default: the table's own time."""
    measure: dict[Measure, Text] = Field(min_length=1)
    """Numbers of the row, by name; the row is named, as in ``bait.shown``."""

    @model_validator(mode="after")
    def _named(self) -> "Each":
        if not re.fullmatch(r"[a-z][a-z0-9_]* in [a-z][a-z0-9_]*", self.each):
            raise ValueError(
                f"expected a name in a table, as in 'bait in baits', was {self.each!r}"
            )
        return self

    @property
    def row(self) -> str:
        """Return the name of the row."""
        return self.each.split()[0]

    @property
    def fact(self) -> str:
        """Return the table or fact."""
        return self.each.split()[2]


class Aggregate(Gated):
    """Measures over the rows of one relation, per subject, in hopping windows."""

    from_: Name = Field(alias="from")
    """The table or fact whose rows are measured."""
    where: Text | None = None
    """Which of its rows count."""
    by: list[Name] = Field(min_length=1)
    """Who is judged: trader_id or owner_id, and instrument if each is judged alone."""
    measure: dict[Measure, Text] = Field(min_length=1)
    """Numbers over the rows of a window, by name."""


class Step(Written):
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


class Sequence(Gated):
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


class Query(Gated):
    """One SELECT that returns the hit contract: a subject, ``started_at``, ``at``, measures."""

    query: Text
    """One SELECT that gives a subject, started_at, at, and measures as columns."""


class Anomaly(Written):
    """A PyOD detector over trader features of the lookback, judged within a budget.

    It is fitted per segment of at least ``min_traders`` traders, where they have been seen in so
    many weeks that ranks alone hold the budget, and to all traders for the rest.
    """

    detector: Text
    """A detector of ``surveillance reference detectors``."""
    settings: dict[str, int | float | str | bool] = {}
    """Its settings, ``seed`` among them."""
    features: list[Name] = Field(min_length=1)
    """The features in which traders are compared."""
    is_novelty: bool = False
    """Whether it is how much stranger somebody is than in the window before that is compared."""
    min_traders: int = Field(default=100, ge=20)
    """Traders a segment must have for a model of its own."""
    false_alerts: float = Field(gt=0, lt=500)
    """How many false alerts a week of a thousand ordinary traders are accepted."""


class Strange(Written):
    """The shape of a rule whose logic is a fitted detector."""

    anomaly: Anomaly
    """The detector, and how it is judged."""


def _shape(value: Any) -> str:
    keys = set(value) if isinstance(value, Mapping) else set()
    return next(
        (key for key in ("each", "sequence", "query", "anomaly") if key in keys), "aggregate"
    )


Detect: TypeAlias = Annotated[
    Annotated[Each, Tag("each")]
    | Annotated[Aggregate, Tag("aggregate")]
    | Annotated[Sequence, Tag("sequence")]
    | Annotated[Query, Tag("query")]
    | Annotated[Strange, Tag("anomaly")],
    Discriminator(_shape),
]
