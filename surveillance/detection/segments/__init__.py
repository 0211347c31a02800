"""Segments: traders who behave alike, divided as people would, and inside by evidence.

First everybody is put into one part of a division that needs no explaining (makers, dealers, those
who trade options, with leverage, to arbitrage, who only pay, who only swap on chain, the rest), by
criteria that ``segments.yml`` declares. Inside a part clusters count where there is evidence for
them; see ``clusters``. Then names, which stay with the traders; see ``names`` and ``moves``.

A model is frozen: who belongs where is decided at calibration, because a segment moves thresholds.
"""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from surveillance.detection.segments.calibration import Halves, calibrate
from surveillance.detection.segments.drift import Drift, chance, psi
from surveillance.detection.segments.model import ALL, MIN_PEERS, NEW, Segmentation
from surveillance.detection.segments.placing import Placed, placed
from surveillance.detection.segments.settings import SegmentSettings, load
from surveillance.detection.segments.table import table_of

__all__ = [
    "ALL",
    "MIN_PEERS",
    "NEW",
    "Drift",
    "Halves",
    "SegmentSettings",
    "Segmentation",
    "calibrate",
    "drift",
    "load",
    "needed",
    "owner_segments",
    "place",
]


def place(model: Segmentation, features: pa.Table) -> dict[str, str]:
    """Return where each trader would fall today, whatever they were: by criteria, then nearest."""
    table = table_of(features, needed(model))
    now: Placed = placed(model.parts, table)
    return dict(zip(table.traders, now.segments, strict=True))


def needed(model: Segmentation) -> list[str]:
    """Return the features by which a model places traders, and those its drift is measured in."""
    bounds = (each for part in model.parts.values() for each in part.criteria)
    inside = (name for part in model.parts.values() for name in part.features)
    return sorted({*model.features, *inside, *(name for each in bounds for name in each)})


def owner_segments(model: Segmentation, owners: Mapping[str, str]) -> dict[str, str]:
    """Return the segment of each owner, given trader to owner: that of most of their traders.

    Traders who are ``new`` have no say unless all are; of equals, the first by name.
    """
    votes: dict[str, Counter[str]] = {}
    for trader, owner in owners.items():
        votes.setdefault(owner, Counter())[model.segment_of(trader)] += 1
    return {
        owner: min(count, key=lambda name: (name == NEW, -count[name], name))
        for owner, count in sorted(votes.items())
    }


def drift(model: Segmentation, features: pa.Table) -> Drift:
    """Measure how far a feature table is from the one the model was calibrated on."""
    today = place(model, features)
    both = [trader for trader in today if trader in model.assignment]
    moved = sum(today[trader] != model.assignment[trader] for trader in both)
    columns = table_of(features, model.features).columns
    sizes = len(model.assignment), len(today)
    return Drift(
        psi={name: psi(model.baseline[name], columns[name]) for name in model.features},
        chance={name: chance(model.baseline[name], sizes) for name in model.features},
        churn=round(moved / max(len(both), 1), 6),
        traders=len(today),
        both=len(both),
    )
