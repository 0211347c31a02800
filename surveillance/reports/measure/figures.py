"""What a measure says: which rules reach their aims, what the others miss, and why.

The reasons are written by hand beside the measure, one a rule, and read as they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pydantic import RootModel

from surveillance import yamlfile
from surveillance.canonical import canonical, digest
from surveillance.errors import SurveillanceError
from surveillance.records.measures import FORMAT, Measure, RuleMeasure
from surveillance.times import parse_time


@dataclass(frozen=True)
class MeasureReport:
    """A measure and the reasons, by rule, why aims are missed."""

    measure: Measure
    reasons: Mapping[str, str]

    def __post_init__(self) -> None:
        if self.measure.get("format") != FORMAT:
            raise SurveillanceError(f"expected {FORMAT}, was {self.measure.get('format')}")
        if unknown := self.reasons.keys() - self.rules.keys():
            raise SurveillanceError(f"expected reasons of rules, was {', '.join(sorted(unknown))}")

    @property
    def rules(self) -> Mapping[str, RuleMeasure]:
        """Return the figures of every rule."""
        return self.measure["rules"]

    @cached_property
    def body(self) -> bytes:
        """Return the measure and its reasons as canonical JSON."""
        return canonical({**self.measure, "reasons": self.reasons}).encode()

    @property
    def id(self) -> str:
        """Name the measure by its digest."""
        return digest(self.body)[:16]

    @property
    def at(self) -> datetime:
        """Return when it was made."""
        return parse_time(self.measure["at"])

    @property
    def tuned(self) -> list[int]:
        """Return the seeds among those measured that rules were tuned on."""
        return sorted(set(self.measure["seeds"]) & set(self.measure["seeds_tuned"]))

    def missed(self, rule: str) -> list[str]:
        """Return which aims a rule misses; what nothing can be said of is not missed."""
        figures, aims = self.rules[rule]["at_aim"], self.measure["aims"]
        reached = {"recall": figures["recall"], "precision": figures["precision"]}
        aimed = {"recall": aims["recall"], "precision": aims["precision"]}
        return [n for n, share in reached.items() if share is not None and share < aimed[n]]

    def against_aims(self, rule: str) -> str:
        """Return met, misses and which, or no label: the best that can be said of a rule."""
        if not self.rules[rule]["at_aim"]["acts"]:
            return "no label"
        missed = self.missed(rule)
        return f"misses {' and '.join(missed)}" if missed else "met"


class _Reasons(RootModel[dict[str, str]]):
    """A sentence a rule."""


def reasons(path: Path) -> dict[str, str]:
    """Read the reasons beside a measure, a sentence a rule; none if there is no file.

    Raises:
        FileError: it is not that; every fault has its line.
    """
    if not path.exists():
        return {}
    sentences = yamlfile.load(path).validate(_Reasons).root
    return {name: " ".join(text.split()) for name, text in sorted(sentences.items())}
