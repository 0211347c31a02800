"""Features of a window, or how they have changed since the window before.

People differ more from one another than from themselves: what is sudden shows against their own
past where it would be lost among their peers. How much peers change is still what it is measured
by. Whoever was not there before has changed in nothing that is known.
"""

import numpy as np
import pyarrow as pa

from surveillance.activity.lake.view import View
from surveillance.detection import features
from surveillance.detection.scaling import cut, rows_of
from surveillance.model import Window


def features_in(
    view: View, definitions: features.Features, window: Window, is_of_change: bool = False
) -> pa.Table:
    """Return every feature of every trader in a window, or its change since the window before."""
    now = _features(view, definitions, window)
    if not is_of_change:
        return now
    before = Window(window.start - (window.end - window.start), window.start)
    return changes(now, _features(view, definitions, before))


def changes(now: pa.Table, before: pa.Table) -> pa.Table:
    """Return by how much each feature has grown, on a scale that is linear near 0 and then a log.

    So a share counts by its difference, and a sum by its ratio.
    """
    names = [name for name in now.column_names if name != "trader_id"]
    (traders, rows), (known, past) = rows_of(now, names), rows_of(before, names)
    place = {trader: row for row, trader in enumerate(known)}
    nothing = np.full(len(names), np.nan)
    own = [past[place[trader]] if trader in place else nothing for trader in traders]
    grown = cut(np.arcsinh(rows) - np.arcsinh(np.array(own).reshape(rows.shape)))
    columns = {name: pa.array(grown[:, i], from_pandas=True) for i, name in enumerate(names)}
    return pa.table({"trader_id": now.column("trader_id"), **columns})


def _features(view: View, definitions: features.Features, window: Window) -> pa.Table:
    with view.narrow(window) as opened:
        return features.prepared(opened, definitions, view)
