"""Bringing an installation to this version: a backup first, then the database, then a look at all.

There is no way back but the backup, so there is none without it.
"""

from datetime import datetime
from pathlib import Path

from surveillance import __version__
from surveillance.config import Settings
from surveillance.installation import open_installation
from surveillance.records import journal
from surveillance.upkeep.backup import Backup, back_up
from surveillance.upkeep.doctor import Check, examine


def upgrade(settings: Settings, to: Path, at: datetime) -> tuple[Backup, list[Check]]:
    """Back an installation up, migrate it, and return the backup and what is wrong now.

    Raises:
        SurveillanceError: it cannot be backed up or migrated.
    """
    backup = back_up(settings, to)
    place = open_installation(settings)
    detail = {"backup": backup.digest, "version": __version__}
    with place.session() as session:
        journal.append(session, journal.SYSTEM, "upgrade", "installation", detail, at=at)
    return backup, list(examine(settings, at))
