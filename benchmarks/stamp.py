"""What figures were measured with, so that a page says by itself which code and rules it is of.

Pages are not made anew when code or rules change: their stamp stays that of their figures.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from surveillance import software
from surveillance.studies.measure.week import rulebook_digest
from surveillance.times import format_time

_RULES = Path(__file__).parents[1] / "rules"


class Stamp(TypedDict):
    """When something was measured, with which code, and by which rules."""

    at: str
    code: str
    rules: str


def stamp() -> Stamp:
    """Return the stamp of what is measured now."""
    return {
        "at": format_time(datetime.now(UTC)),
        "code": software.code(),
        "rules": rulebook_digest(_RULES),
    }
