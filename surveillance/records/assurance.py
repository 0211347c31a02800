"""The form of the assurance of surveillance, as its report and its JSON have it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AssuredRule:
    """A rule that is not retired: that it runs, that it still finds, what it did not judge.

    ``outcome`` and ``reason`` are its last verdict, ``canary`` what became of what was planted for
    it then and ``is_missed`` whether that was missed; ``silence`` how long it has not hit. Empty is
    not known. ``off`` says who switched it off; ``approved_by`` is the second officer of its life.
    """

    rule_id: str
    version: int
    title: str
    life: str
    off: str
    outcome: str
    reason: str
    canary: str
    is_missed: bool
    silence: str
    is_unusual: bool
    not_judged: tuple[str, ...]
    since: datetime | None
    by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A step in the life of a rule version, and why."""

    at: datetime
    rule_id: str
    version: int
    life: str
    by: str
    approved_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class AssuranceRecord:
    """What a run says of every rule and feed, and what was changed in the days before."""

    format: str
    run_id: str
    start: datetime
    end: datetime
    as_of: datetime
    feeds: tuple[str, ...]
    rules: tuple[AssuredRule, ...]
    changes: tuple[RuleChange, ...]
