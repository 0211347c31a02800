"""What a source hands to the lake, and what the lake says became of it.

Nothing is ever dropped in silence: every row that came in is counted as landed or quarantined.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import pyarrow as pa

FAULT = "fault"
"""Column by which a source says why it could not make sense of a row, which is quarantined."""
ORIGIN = "source_line"
"""Column that says where a row came from, such as ``orders.csv:12``."""
FEED = "feed"
"""Column that says from which source a row came."""


Scope: TypeAlias = Literal["instrument", "venue", "trader", "day"]
"""What an id is unique within: an instrument, the venue, a trader, or an instrument and day."""
GENESIS = datetime(2009, 1, 3, tzinfo=UTC)
"""When the first coin was made: no venue traded any before."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a venue means by what it writes.

    ``orders`` and ``trades`` say what their ids are unique within; nothing that it did lies
    before ``begins``; a stamp without an offset is of ``time_zone``, an IANA name.
    """

    orders: Scope = "instrument"
    trades: Scope = "instrument"
    begins: datetime = GENESIS
    time_zone: str = "UTC"


USUAL = Conventions()


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a source has answered one question about a table; another question begins anew."""

    question: str
    upto: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one pull: catalogue table to Arrow rows, under a name that repeats if they do.

    ``tables`` hold columns of the catalogue, plus ``source_line`` and ``fault`` where known.
    ``faults`` maps a table, or a list, to lines that never became rows, with the columns
    ``reason``, ``row`` and ``source_line``. ``id`` must be a digest of what was read: a second
    landing of the same id does nothing. ``marks`` say, by table, how far everything has been read
    once this batch has landed; ``remarks`` say how something was read that nobody had stated, for
    whoever pulls.
    """

    source: str
    id: str
    tables: Mapping[str, pa.Table]
    faults: Mapping[str, pa.Table] = field(default_factory=dict)
    conventions: Conventions = USUAL
    marks: Mapping[str, Mark] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


Landed: TypeAlias = Callable[[str], bool]
"""Whether the batch of an id has landed, so that what it would hold need not be read again."""


def never(batch: str) -> bool:
    """Return that a batch has not landed, where nobody knows."""
    return False


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the rows of one table: received = landed + quarantined.

    ``repeated`` of the landed were in the lake before, with the same values; ``revised`` of
    them replace a row with the same key; ``remarked`` of them lack a value that made no sense.
    """

    received: int
    landed: int
    quarantined: int
    repeated: int = 0
    revised: int = 0
    remarked: int = 0

    def __post_init__(self) -> None:
        if self.received != self.landed + self.quarantined:
            raise AssertionError(f"expected received = landed + quarantined, was {self}")


@dataclass(frozen=True, slots=True)
class Landing:
    """What one landing did, per table; ``already`` says that all of it was in the lake before."""

    batch: str
    counts: Mapping[str, Count]

    @property
    def already(self) -> bool:
        """Return whether nothing new came with this batch."""
        return all(count.repeated == count.landed for count in self.counts.values())

    @property
    def received(self) -> int:
        """Return the number of rows that came in."""
        return sum(count.received for count in self.counts.values())

    @property
    def landed(self) -> int:
        """Return the number of rows that are in the lake."""
        return sum(count.landed for count in self.counts.values())

    @property
    def quarantined(self) -> int:
        """Return the number of rows that broke the contract."""
        return sum(count.quarantined for count in self.counts.values())
