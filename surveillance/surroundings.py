"""What a rule weighed beside prices, orders and fills, for the picture of a hit.

A mark pushed away from its index, a position above its limit, trades ahead of an announcement or
around a stranger's swap cannot be seen from the subject's own trading, so this goes with it.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Track:
    """A figure over time under its name, such as ``mark price`` or an account; exact text."""

    name: str
    points: tuple[tuple[datetime, str], ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """When something became public or took effect, in words."""

    ts: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Swap:
    """A swap on chain by its place in the block; amounts are exact text."""

    block: str
    place: str
    trader_id: str
    asset_in: str
    asset_out: str
    amount_in: str
    amount_out: str
    is_evidence: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Prices to compare with, what accounts held and the limit of it, moments, and swaps beside.

    ``references`` are prices of the scene's instrument; ``holdings`` are contracts by account,
    negative where short.
    """

    references: tuple[Track, ...] = ()
    holdings: tuple[Track, ...] = ()
    limit: str | None = None
    moments: tuple[Moment, ...] = ()
    swaps: tuple[Swap, ...] = ()
