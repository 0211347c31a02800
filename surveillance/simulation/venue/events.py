"""What becomes public in the span: news, listings, changes of margin, hacks, chatter.

All of it is honest. Prices jump after it, people trade on it, and some knew before: that is what
insider dealing needs.
"""

from dataclasses import dataclass

import numpy as np

from surveillance.simulation.settings import SimulationSettings
from surveillance.times import DAY, HOUR, MINUTE, SECOND

_NEWS = (
    "A large holder reports a sale of reserves",
    "A regulator delays its decision on a listed fund",
    "A network upgrade is confirmed for next month",
    "A payments company announces support",
)
_KINDS = (
    # kind, asset, a week, smallest and largest jump, hours known before, text
    ("listing", "DRIFT", 2, 0.05, 0.09, 40, "A further pair with DRIFT will open"),
    ("delisting", "DRIFT", 1, -0.09, -0.06, 30, "A pair with DRIFT will close"),
    ("margin_change", "DRIFT", 1, -0.05, -0.03, 24, "Margin tiers of DRIFT-PERP are raised"),
    ("margin_change", "ETH", 1, -0.012, -0.008, 20, "Margin tiers of ETH-PERP are raised"),
    ("hack", "DRIFT", 1, -0.08, -0.05, 3, "A bridge that holds DRIFT was drained"),
    ("social", "DRIFT", 5, -0.008, 0.012, 0, "Much talk of DRIFT in public channels"),
    ("social", "BTC", 3, -0.001, 0.001, 0, "Much talk of BTC in public channels"),
)


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """One public event; the price of ``asset`` moves by ``size`` over the two minutes after."""

    ts: int
    kind: str
    text: str
    asset: str | None = None
    instrument: str | None = None
    size: float = 0.0
    known_at: int | None = None


def events_of(settings: SimulationSettings, chance: np.random.Generator) -> list[PublicEvent]:
    """Draw the public events of a span, in time order."""
    return sorted(_news(settings, chance) + _others(settings, chance), key=lambda event: event.ts)


def _news(settings: SimulationSettings, chance: np.random.Generator) -> list[PublicEvent]:
    count = max(1, settings.days // 2)
    hours = chance.integers(9, 22, count) + np.linspace(0, 24 * settings.days - 24, count)
    sizes = chance.uniform(0.008, 0.018, count) * np.where(chance.random(count) < 0.5, -1, 1)
    return [
        PublicEvent(
            int(hour * 60 + 13) * MINUTE + 7 * SECOND, "news", _NEWS[n % len(_NEWS)],
            ("BTC", "ETH")[n % 2], size=float(sizes[n]),
        )
        for n, hour in enumerate(hours)
    ]  # fmt: skip


def _others(settings: SimulationSettings, chance: np.random.Generator) -> list[PublicEvent]:
    events = []
    for kind, asset, weekly, low, high, before, text in _KINDS:
        count = max(1 if weekly > 1 else 0, round(weekly * settings.days / 7))
        for day in chance.permutation(max(count, settings.days))[:count] % settings.days:
            ts = int(day) * DAY + int(chance.uniform(9.5, 21) * HOUR)
            known = (
                None if before == 0 else max(0, ts - int(before * chance.uniform(0.5, 1) * HOUR))
            )
            size = float(chance.uniform(low, high))
            events.append(PublicEvent(ts, kind, text, asset, None, size, known))
    return events
