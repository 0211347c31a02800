"""Segments: traders who behave alike, found, named, frozen, and found again.

Clusters of scaled features, their number proved rather than chosen by taste: of the numbers
tried, the largest whose clusters come back when the traders are halved at random. A cluster too
small to be a way of trading joins its nearest neighbour, for a segment of its own is where
anomalies would hide. Traders with little activity are ``new``, never forced in.

A model is frozen: who belongs where is decided at calibration, because a segment moves
thresholds. Names come from profiles in ``segments.yml``, so rules can speak of them, and stay
with a segment across calibrations as long as it stays near where it was.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from surveillance.clusters import Clusters, Matrix, most_stable
from surveillance.errors import Fault, RuleError, SurveillanceError
from surveillance.model import canonical, digest, format_time
from surveillance.scaling import Scaling, cut, rows_of
from surveillance.yamlfile import Document

NEW = "new"
"""The segment of traders with too little activity, and of those the model does not know."""
ALL = "all"
"""The group of all traders, for quantiles where a segment has too few."""
MIN_PEERS = 20
_KEPT_VALUES = 1000
_BINS = 10
_FIT = 0.3


class Settings(BaseModel):
    """What ``segments.yml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    features: list[str] = Field(min_length=1)
    active: dict[str, float]
    clusters: list[int] = Field(min_length=1)
    seed: int
    resamples: int = Field(ge=2)
    min_stability: float = Field(gt=0, le=1)
    names: dict[str, dict[str, Literal["high", "low"]]]


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """A frozen division of traders, and what is usual in each part.

    ``stability`` holds, for each number of clusters tried, how many were left and the mean
    adjusted Rand index over resamples. ``values`` maps segment and feature to sorted values, at
    most a thousand; ``baseline`` maps a feature to the edges and shares of its deciles.
    """

    as_of: str
    settings_digest: str
    features: tuple[str, ...]
    logarithmic: tuple[float, ...]
    scaling: Scaling
    active: Mapping[str, float]
    centroids: Mapping[str, tuple[float, ...]]
    stability: tuple[Mapping[str, float], ...]
    assignment: Mapping[str, str]
    values: Mapping[str, Mapping[str, tuple[float, ...]]]
    baseline: Mapping[str, Mapping[str, tuple[float, ...]]]

    @property
    def digest(self) -> str:
        """Name the model by its content."""
        return digest(self.to_text())

    def to_text(self) -> str:
        """Write the model as canonical JSON."""
        return canonical(asdict(self))
