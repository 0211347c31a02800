"""When rows of a fact are settled: those of some by the hour or the day, all at one moment of it.

Most windows of a scheduler are shorter than that, and hold no such moment; what cannot have a row
in a window need not be made for it.
"""

from surveillance.activity.facts import facts
from surveillance.model import Window
from surveillance.times import epoch_us

SETTLED = "settled_at"
"""The column of facts that says when all that a row says is past."""


def may_settle(name: str, window: Window) -> bool:
    """Return whether a row of a fact may be settled within a window.

    A fact ``SETTLES`` once a period, so long after it ends, both in microseconds, or at any time.
    """
    settles = getattr(facts()[name], "SETTLES", None)
    if settles is None:
        return True
    period, after = settles
    start = epoch_us(window.start)
    return bool(start + (after - start) % period < epoch_us(window.end))
