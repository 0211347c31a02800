"""Retention: what was done so long ago that it may not be kept goes, unless somebody holds it.

Article 16 of MAR and article 77 of the AMLR have five years; longer is for the settings to say. An
entry of the journal stands where rows were: what, of when, by which policy, and the digest of the
file that held them. A replay that needs them says so, and judges nothing.
"""

from dataclasses import asdict
from datetime import datetime

from surveillance.activity.lake.erasing import Erased
from surveillance.installation import Installation
from surveillance.records import journal
from surveillance.upkeep import holds


def policy(place: Installation) -> str:
    """Return the policy in words."""
    return f"retention of {place.settings.retention_years} years"


def limit(place: Installation, at: datetime) -> datetime:
    """Return the beginning of the day before which nothing is kept."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    year = day.year - place.settings.retention_years
    leap = day.month == 2 and day.day == 29
    return day.replace(year=year, day=28) if leap else day.replace(year=year)


def erase(place: Installation, at: datetime) -> list[Erased]:
    """Erase what the policy does not let us keep, and say so in the journal."""
    with place.session() as session:
        names = holds.people(session, holds.held(session))
    said = policy(place)

    def record(gone: Erased) -> None:
        detail = {"policy": said, **asdict(gone)}
        with place.session() as session:
            journal.append_once(session, "erase", f"table:{gone.table}", detail, at=at)

    return place.lake.erase(limit(place, at), names, at, record)
