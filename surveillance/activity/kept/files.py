"""The files of kept facts, as whoever looks after a lake sees them."""

from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

from surveillance.activity.facts import facts
from surveillance.activity.kept import sums, whole
from surveillance.activity.kept.keeping import by_day, can_be
from surveillance.activity.kept.naming import code
from surveillance.times import EPOCH


class Part(NamedTuple):
    """One day of a fact that is kept, or a whole one: its size in bytes, and when it was made."""

    fact: str
    day: datetime | None
    size: int
    made: datetime


def parts_in(folder: Path) -> list[Part]:
    """Return what is kept in a folder, by fact and day, and then what is kept whole."""
    days = [(file, _day(file)) for file in sorted(folder.glob("*/*.parquet"))]
    wholes = [(file, None) for file in sorted((folder / whole.FOLDER).glob("*/*.parquet"))]
    return [
        Part(
            file.parent.name.rpartition("-")[0],
            day,
            file.stat().st_size,
            datetime.fromtimestamp(file.stat().st_mtime, EPOCH.tzinfo),
        )
        for file, day in [*days, *wholes]
    ]


def _day(file: Path) -> datetime:
    return datetime.strptime(file.name[:8], "%Y%m%d").replace(tzinfo=EPOCH.tzinfo)


def sweep(folder: Path) -> int:
    """Delete what no code names any more, and what was made of a day before it changed.

    Returns how many files are gone; no run may be reading.
    """
    current = {f"{name}-{code(name)}" for name in facts() if can_be(name) or by_day(name)}
    gone = sums.sweep(folder) + whole.sweep(folder)
    for made in (made for made in sorted(folder.glob("*/")) if made.name != sums.FOLDER):
        files = sorted(made.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
        latest = {file.name[:8]: file for file in files}
        old = files if made.name not in current else set(files) - set(latest.values())
        for file in old:
            file.unlink()
        gone += len(old)
        if made.name not in current:
            rmtree(made)
    return gone
