"""One tick in one call: what the scheduler's jobs of pulling and judging do one after another."""

from dataclasses import replace
from datetime import datetime

from surveillance import pipeline
from surveillance.installation import Installation
from surveillance.pipeline import Ran


def tick(place: Installation, at: datetime) -> Ran | None:
    """Pull every venue of the settings, and judge; return the last run with all notices, if any."""
    for path in place.settings.venues:
        pipeline.pull(place, path, None, at)
    ran = pipeline.judge(place, at)
    notices = tuple(notice for each in ran for notice in each.notices)
    return replace(ran[-1], notices=notices) if ran else None
