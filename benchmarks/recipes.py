"""Which lakes there are: how much activity, how dense, and what is odd about it.

Ten million order messages are one day. Activity is made in blocks of constant density, each of its
own seed, so that a million is the beginning of ten million.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

SEED = 20_260_302
EDITION = 3
"""Raised when the generator changes what it makes."""
BLOCK = 8_640
"""Seconds in which a tenth of a day's messages come."""
OPENED = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Recipe:
    """One lake: blocks of ``seconds``, orders and transfers in each, and what is odd about it."""

    name: str
    blocks: int
    seconds: int = BLOCK
    orders: int = 411_500
    transfers: int = 100_000
    whale: bool = False
    round_to: int = 0

    @property
    def digest(self) -> str:
        """Name what is made of it: the recipe, and the generator's edition."""
        return hashlib.sha256(json.dumps([EDITION, SEED, asdict(self)]).encode()).hexdigest()[:16]

    @property
    def end(self) -> datetime:
        """Return when the activity ends."""
        return OPENED + timedelta(seconds=self.blocks * self.seconds)

    @property
    def as_of(self) -> datetime:
        """Return a moment at which all of it is known."""
        return self.end + timedelta(days=30)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("tiny", 2, orders=4_000, transfers=20_000),
        Recipe("100k", 1, seconds=BLOCK // 10, orders=41_150, transfers=10_000),
        Recipe("1M", 1),
        Recipe("10M", 10),
        Recipe("50M", 50),
        Recipe("hot", 10, seconds=BLOCK // 24),
        Recipe("whale", 10, whale=True),
        Recipe("ties", 10, round_to=1_000),
        Recipe("long", 51, seconds=86_400),
    )
}
"""Every lake by name. ``hot`` is a day within an hour; ``long`` is 51 days of a tenth as many."""
