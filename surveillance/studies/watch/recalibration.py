"""Segments made anew when it is time, or when traders have drifted: proposed, never put in force.

The schedule proposes; a supervisor approves what they have read the review of.
"""

from datetime import datetime

from surveillance.governance import calibration
from surveillance.installation import Installation
from surveillance.studies.watch import drift, review


def check(place: Installation, at: datetime) -> int | None:
    """Measure drift and store it; beyond a limit propose a model, unless one waits already.

    Returns the version that was proposed, if any.
    """
    measured = drift.measured(place, at)
    if measured is None:
        return None
    with place.session() as session:
        drift.store(session, measured, at)
    return proposed(place, "; ".join(measured["due"]), at) if measured["due"] else None


def proposed(place: Installation, reason: str, at: datetime) -> int | None:
    """Make a model of what has landed last and propose it; nothing while another waits.

    Where there is no model yet the first is in force at once, and its version is returned.

    Raises:
        SurveillanceError: what has landed does not divide.
    """
    landed = place.lake.span()
    with place.session() as session:
        is_first = calibration.version_in_force(session) is None
        waits = calibration.waiting(session)
    if landed is None or waits:
        return None
    version = calibration.calibrate(place, min(landed.end, at), at, at)
    if not is_first:
        with_review(place, version, at)
        with place.session() as session:
            calibration.propose_by_system(session, version, reason, at)
    return version


def with_review(place: Installation, version: int, at: datetime) -> None:
    """Hold a model against the one in force and store what it would change.

    Raises:
        SurveillanceError: a rule on which segments have a say cannot be judged.
    """
    ready = review.reviewed(place, version, at)
    with place.session() as session:
        review.store(session, ready, at)
