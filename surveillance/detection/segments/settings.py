"""What ``segments.yml`` says: the features that divide traders, and the names of the parts."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from surveillance import yamlfile
from surveillance.errors import RuleError


class SegmentSettings(BaseModel):
    """What ``segments.yml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    features: list[str] = Field(min_length=1)
    active: dict[str, float]
    clusters: list[int] = Field(min_length=1)
    seed: int
    resamples: int = Field(ge=2)
    min_stability: float = Field(gt=0, le=1)
    names: dict[str, dict[str, Literal["high", "low"]]]


def load(path: Path) -> SegmentSettings:
    """Read ``segments.yml``.

    Raises:
        RuleError: with the line and column of every fault.
    """
    document = yamlfile.load(path, RuleError)
    settings = document.validate(SegmentSettings)
    faults = [
        document.fault(
            ("names", name, feature), f"expected a feature listed above, was {feature!r}"
        )
        for name, profile in settings.names.items()
        for feature in profile
        if feature not in settings.features
    ]
    if faults:
        raise RuleError(faults)
    return settings
