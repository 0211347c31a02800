"""Surveillance for a crypto-derivatives venue: every alert can be proved again."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surveillance.frames import ReadOnlyInstallation

__version__ = "0.2.0"


def open(home: str | Path | None = None) -> "ReadOnlyInstallation":
    """Open an installation to read it as pandas frames; nothing of it is ever changed.

    ``home`` is its folder, by default the one that the command line uses.

    Raises:
        SurveillanceError: it is not there, or its database has to be migrated first.
    """
    # Heavy, and the command line imports this module first.
    from surveillance.frames import open_to_read

    return open_to_read(home)
