"""What is asked of facts: which of their columns and rows, and of activity since when.

Most of a fact's cost is in a few columns, and in rows that nobody looks at: a rule that looks back
a day asks the same of a fact whether its view begins that day or weeks before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

ALL = datetime.min.replace(tzinfo=UTC)
"""The moment since which all activity is."""
_NEVER = datetime.max.replace(tzinfo=UTC)
SETTLED = "settled_at"
"""The column of facts that says when all that a row says is past."""

Condition: TypeAlias = tuple[str, frozenset[str]]
"""What a row of a fact must meet by itself: SQL, and the columns in it."""
Conditions: TypeAlias = Mapping[str, Sequence[Sequence[Condition]]]
"""By table, for each place in which it is read, the conditions that every row there meets."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one rule, say, reads: tables, the words in which it says so, and conditions.

    Among the ``words`` are the names of all columns that count; ``None`` is every column. All that
    it looks back on, by way of facts too, lies ``since`` a moment, but for what rates rest on. Of
    facts whose rows say when they are settled it reads those rows that are ``settled`` since.
    """

    tables: frozenset[str]
    words: frozenset[str] | None = None
    conditions: Conditions = field(default_factory=dict)
    since: datetime = ALL
    settled: datetime = ALL


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of one fact: its columns, and rows that meet one condition; ``None`` is all.

    It is made of activity ``since`` a moment, so its first rows may be wrong, and some missing. Of
    one whose rows say when they are settled, those are asked for that are ``settled`` since. What
    is ``kept`` of it changes nothing of what was asked.
    """

    columns: frozenset[str] = frozenset()
    rows: frozenset[str] | None = frozenset()
    since: datetime = _NEVER
    settled: datetime = ALL
    kept: "Past | None" = field(default=None, compare=False)

    @property
    def begins(self) -> datetime:
        """Return since when activity is read to make what is not kept."""
        return max(self.since, self.kept.begins) if self.kept else self.since

    def __or__(self, other: "Ask") -> "Ask":
        rows = None if self.rows is None or other.rows is None else self.rows | other.rows
        since, settled = min(self.since, other.since), min(self.settled, other.settled)
        return Ask(self.columns | other.columns, rows, since, settled)

    def covers(self, other: "Ask") -> bool:
        """Return whether what was made for this does for another too."""
        return self | other == self


@dataclass(frozen=True, slots=True)
class Past:
    """Days of a fact that are kept, without a gap, until a moment; what is later is made.

    That is made of activity which ``begins`` so long before the moment as the fact looks back.
    """

    files: tuple[Path, ...]
    until: datetime
    begins: datetime


Asked: TypeAlias = Mapping[str, Ask]
NOTHING = Ask(settled=_NEVER)


def before(moment: datetime, by: timedelta) -> datetime:
    """Return the moment that lies so much before another, if there is one."""
    return moment - by if moment - ALL > by else ALL
