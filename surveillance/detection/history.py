"""Features of a window, and beside them those of the window before.

People differ more from one another than from themselves: who has always been unlike everybody is
known by now, and what is sudden shows against their own past.
"""

from collections.abc import Iterable

import pyarrow as pa

from surveillance.activity.lake.view import View
from surveillance.detection import feature_file, features
from surveillance.detection.detectors import BEFORE
from surveillance.model import Window


def features_in(
    view: View,
    definitions: feature_file.Features,
    windows: Iterable[Window],
    has_past: bool = False,
) -> list[pa.Table]:
    """Return the features of every trader in each window, made once a window.

    With ``has_past`` those of the window before stand beside them.
    """
    made: dict[Window, pa.Table] = {}

    def of(window: Window) -> pa.Table:
        if window not in made:
            with view.narrow(window) as opened:
                made[window] = features.prepared(opened, definitions, view)
        return made[window]

    return [beside(of(now), of(_before(now))) if has_past else of(now) for now in windows]


def beside(now: pa.Table, before: pa.Table) -> pa.Table:
    """Add columns of what was known of each trader before, NULL for who was not there."""
    names = [f"{BEFORE}{name}" for name in before.column_names if name != "trader_id"]
    past = before.rename_columns(["trader_id", *names])
    return now.join(past, "trader_id").sort_by("trader_id")


def _before(window: Window) -> Window:
    return Window(window.start - (window.end - window.start), window.start)
