"""A rule as a person writes it: identity, meaning, logic, tests, in that order.

Unknown keys are faults, so a mistyped key never silently loosens a rule. For the same reason a
parameter's values per segment stand under ``segments:`` instead of beside ``value``. ``every`` is
a hop aligned to the epoch, so how runs are cut never changes what is found.
"""

from typing import Literal, TypeAlias

from pydantic import AliasChoices, Field, model_validator

from surveillance.canonical import digest
from surveillance.characters import MARK
from surveillance.model import Risk, Severity
from surveillance.rules.inline import Example, written_out
from surveillance.rules.logic import (
    Aggregate,
    Detect,
    Name,
    Sequence,
    Span,
    Strange,
    Text,
    Written,
)
from surveillance.times import span

_MAX_HOPS = 10_000
"""Each row is spread over the hops of a lookback, or its part of a sum is."""
Product: TypeAlias = Literal["spot", "perpetual", "future", "option", "block", "transfer"]


class Reporting(Written):
    """Which reports a confirmed hit leads to; ``sar`` lists FinCEN activity subtypes."""

    stor: bool = False
    """Whether it is for a suspicious transaction and order report."""
    sar: list[int] = []
    """FinCEN activity subtypes of a suspicious activity report."""


class Parameter(Written):
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


class Grade(Written):
    """How a measure raises the score: 50 at ``from``, up to 100 at ``to``, by its weight."""

    from_: int | float | str | None = Field(default=None, alias="from")
    """Where the score is 50; default: the line of its gate."""
    to: int | float | str
    """Where the score is 100."""
    weight: int | float = Field(default=1, gt=0)
    """How much this measure counts among the others."""


class Rule(Written):
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
    """The logic, in one of five shapes."""
    score: dict[Name, Grade] = {}
    """How measures beyond their lines raise the score, 50 to 100; default: each gate alike."""
    evidence: dict[Name, str] = {}
    """By table, the rows that show it: a table's name, or a condition."""
    participants: Literal["payers", "parties"] | None = None
    """Who, not accused, carries a part of the risk: those who paid the subject in the transfers of
    the evidence, or all parties to them."""
    say: Text | None = None
    """What happened, in one sentence with measures in braces: ``showed {shown} and bought``."""
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
        if not isinstance(self.detect, Strange) and not self.evidence:
            raise ValueError("expected evidence")
        written_out(self.tests)
        return self

    @property
    def examples(self) -> list[Example]:
        """Return the inline tests with all of their rows."""
        return written_out(self.tests)

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
