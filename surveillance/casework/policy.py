"""What an installation asks beyond the law: a second look by severity, and a share of reviews."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.model import Severity

DUE_AFTER = {
    Severity.LOW: timedelta(days=30),
    Severity.MEDIUM: timedelta(days=7),
    Severity.HIGH: timedelta(days=3),
    Severity.CRITICAL: timedelta(days=1),
}
"""How long after an alert was filed its case should be decided."""
GRAVITY = {severity: place for place, severity in enumerate(Severity)}
"""The place of a severity among all, 0 for the lowest."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Severities that no one officer closes alone, and how many closings in a hundred are drawn.

    Whether one is drawn follows from case and time alone, so that nobody can choose it.
    """

    second_look: frozenset[str] = frozenset()
    review_percent: int = 0

    def needs_second(self, gravity: int | None) -> bool:
        """Say whether a case of a severity, as its place, is closed by two officers."""
        return gravity is not None and list(Severity)[gravity] in self.second_look

    def draws(self, case_id: str, at: datetime) -> bool:
        """Say whether a closing is reviewed."""
        return int(digest(["review", case_id, at])[:8], 16) % 100 < self.review_percent


PLAIN = Policy()


def policy_of(settings: Settings) -> Policy:
    """Return what an installation asks."""
    return Policy(frozenset(settings.second_look), settings.review_percent)
