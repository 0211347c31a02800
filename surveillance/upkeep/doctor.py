"""What is wrong with an installation, and what to do about it; looking changes nothing."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url, text
from sqlmodel import Session, col, func, select

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.proof import audit
from surveillance.records import belonging, database, journal
from surveillance.records.scheduled import CLOCK
from surveillance.records.tables import JournalEntry, Watermark
from surveillance.rules.book import load_rulebook
from surveillance.rules.lock import check_lock
from surveillance.times import EPOCH
from surveillance.upkeep import anchors

LEAST_FREE = 1 << 30
"""Bytes of the disk that must be free: a run spills that much."""
_SKEW = timedelta(minutes=1)
_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``remedy`` says what to do if it is not well."""

    name: str
    is_well: bool
    message: str
    remedy: str = ""


def examine(settings: Settings, now: datetime) -> Iterator[Check]:
    """Yield what was looked at, in the order in which to mend it."""
    for name, (check, remedy) in _CHECKS.items():
        try:
            yield Check(name, True, check(settings, now))
        except (Exception, SystemExit) as wrong:
            is_ours = isinstance(wrong, (SurveillanceError, OSError))
            said = str(wrong).splitlines()[0] if is_ours and str(wrong) else type(wrong).__name__
            yield Check(name, False, said, remedy)


def _permissions(settings: Settings, _: datetime) -> str:
    places = (settings.home, settings.lake, settings.reports)
    paths = (path for place in places for path in (place, *place.rglob("*")) if path.exists())
    loose = sorted({path for path in paths if path.lstat().st_mode & 0o077})
    if loose:
        raise SurveillanceError(
            f"expected files that only their owner can read, was {len(loose)} others, such as "
            f"{loose[0]}"
        )
    return "only their owner can read the files"


def _disk(settings: Settings, _: datetime) -> str:
    free = min(shutil.disk_usage(_existing(place)).free for place in (settings.home, settings.lake))
    if free < LEAST_FREE:
        raise SurveillanceError(f"expected at least {LEAST_FREE:,} bytes free, was {free:,}")
    return f"{free:,} bytes are free"


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.resolve().parent)


def _database(settings: Settings, _: datetime) -> str:
    with _session(settings) as session:
        there = session.connection().execute(text("SELECT version_num FROM alembic_version"))
        revision = str(there.scalar())
    if revision != database.newest():
        raise SurveillanceError(f"expected revision {database.newest()}, was {revision}")
    return f"answers, at revision {revision}"


def _belongs(settings: Settings, _: datetime) -> str:
    with _session(settings) as session:
        was = belonging.stranger(session, settings.lake)
    if was:
        raise SurveillanceError(f"expected the database that the lake was filled with, was {was}")
    return "lake and database belong together"


def _journal(settings: Settings, _: datetime) -> str:
    with _session(settings) as session:
        check = journal.verify(session)
    if not check.ok:
        raise SurveillanceError(check.reason)
    return f"{check.entries} entries, head {check.head.seq}:{check.head.digest}"


def _anchors(settings: Settings, now: datetime) -> str:
    wanted = settings.anchoring
    if not anchors.is_set(wanted):
        return "no anchor is set: that a tail was cut shows against the head in a report alone"
    if old := anchors.warning(wanted, now):
        raise SurveillanceError(old)
    with _session(settings) as session:
        if wrong := next(anchors.findings(session, wanted), None):
            raise SurveillanceError(f"{wrong.subject}: {wrong.message}")
    count = len(anchors.listed(wanted.folder)) if wanted.folder else 0
    return f"the journal agrees with {count} anchors"


def _lake(settings: Settings, _: datetime) -> str:
    lake = Lake(settings.lake)
    with _session(settings) as session:
        wrong = [
            f"{finding.subject}: {finding.message}"
            for finding in audit.findings(session, lake, settings.reports)
        ]
    if wrong:
        more = f" and {len(wrong) - _LONGEST} more" if len(wrong) > _LONGEST else ""
        raise SurveillanceError("; ".join(wrong[:_LONGEST]) + more)
    return f"{sum(map(len, lake.files().values()))} files and all reports are what was kept"


def _rules(settings: Settings, _: datetime) -> str:
    book = load_rulebook(settings.rules)
    check_lock(book, settings.rules)
    return f"{len(book.entries)} rules are what their lock says"


def _venues(settings: Settings, _: datetime) -> str:
    for path in settings.venues:
        sources.load(path)
    return f"{len(settings.venues)} venue files can be read"


def _pdf(_: Settings, at: datetime) -> str:
    """Write one in a process of its own: without a font Pango ends the process."""
    command = [sys.executable, "-c", _WRITE, str(at.timestamp())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    if done.returncode < 0:
        raise SurveillanceError("expected a font for PDF files, was none")
    if done.returncode:
        raise SurveillanceError(done.stderr.strip().splitlines()[-1].partition(": ")[2])
    return "PDF files can be written"


def _clock(settings: Settings, now: datetime) -> str:
    with _session(settings) as session:
        entered = session.exec(select(func.max(col(JournalEntry.at)))).one()
        used = session.exec(select(Watermark.ts).where(Watermark.source == CLOCK)).first()
    latest = max(entered or EPOCH, used or EPOCH)
    if latest > now + _SKEW:
        raise SurveillanceError(f"expected a time after {latest}, was {now}")
    return f"the time is {now:%Y-%m-%d %H:%M:%S} UTC"


def _session(settings: Settings) -> Session:
    """Open a session that only reads, on a database that must be there."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise SurveillanceError("expected a database, was none")
    return Session(database.reading(database.engine(settings.database)))


_WRITE = """
import sys
from datetime import UTC, datetime
from surveillance.reports.pdf import write_pdf
at = datetime.fromtimestamp(float(sys.argv[1]), UTC)
write_pdf("<html lang='en'><title>.</title><p>A</html>", [], at)
"""
_RESTORE = "restore a backup, and find out who changed it: surveillance journal verify"
_Look = Callable[[Settings, datetime], str]
_CHECKS: dict[str, tuple[_Look, str]] = {
    "disk": (_disk, "free some, or move the home to a larger disk; see: surveillance lake compact"),
    "permissions": (_permissions, "take them from others: chmod -R go-rwx HOME"),
    "clock": (_clock, "set the clock of this machine; until then a scheduler's time stands still"),
    "database": (
        _database,
        "see that `database` names it and that it runs; bring it up to date: surveillance upgrade",
    ),
    "belonging": (
        _belongs,
        "put the right database back, or restore a backup: surveillance restore",
    ),
    "journal": (_journal, _RESTORE),
    "anchors": (
        _anchors,
        "see that schedule runs and the place is reached: surveillance journal anchor; if they "
        "differ, find out who changed the journal",
    ),
    "lake": (_lake, _RESTORE),
    "rules": (_rules, "see what differs, then lock what you want: surveillance rules lock"),
    "venues": (_venues, "mend the file, or take it from `venues` in config.toml"),
    "pdf": (_pdf, "install Pango and a font: apt-get install libpango-1.0-0 fonts-dejavu-core"),
}
"""Every check by its name, with what to do about what it finds."""
