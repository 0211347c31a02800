"""Venue files that ship, each with a few made-up rows as its venue would drop them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from surveillance.config import VENUES
from surveillance.errors import SurveillanceError

FILE = "venue.yml"


@dataclass(frozen=True, slots=True)
class Example:
    """One venue file that ships, in a folder with its sample."""

    folder: Path

    @property
    def name(self) -> str:
        """Return its name."""
        return self.folder.name

    @property
    def text(self) -> str:
        """Return the venue file as it is written."""
        return (self.folder / FILE).read_text(encoding="utf-8")

    @property
    def about(self) -> str:
        """Return its first line, which says what it reads."""
        return self.text.splitlines()[0].lstrip("# ")

    def write(self, folder: Path) -> None:
        """Copy it and its sample into a folder that is not there yet.

        Raises:
            SurveillanceError: the folder is there.
        """
        if folder.exists():
            raise SurveillanceError(f"expected a folder that is not there yet, was {folder}")
        shutil.copytree(self.folder, folder)


def shipped() -> list[Example]:
    """Return the venue files that ship, by name."""
    return [Example(path.parent) for path in sorted(VENUES.glob(f"*/{FILE}"))]


def find(name: str) -> Example:
    """Return the venue file of a name.

    Raises:
        SurveillanceError: there is none; the message lists those that ship.
    """
    known = {each.name: each for each in shipped()}
    if name not in known:
        raise SurveillanceError(f"expected {' or '.join(known)}, was {name!r}")
    return known[name]
