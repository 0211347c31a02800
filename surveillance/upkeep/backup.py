"""Lake, database, reports and settings copied as one folder, and put back into an empty place.

The lake is copied while nothing can land in it and after the database, so it holds every file that
the journal of the copy names. A list of digests lies beside, and is checked before anything is put
back.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from surveillance import __version__
from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation, open_installation
from surveillance.proof import audit
from surveillance.records import belonging, journal
from surveillance.records.journal import Anchor
from surveillance.upkeep.dump import dump, expect_empty, load

LIST = "backup.json"
"""File of a backup with the digests of its other files."""
_LAKE, _REPORTS, _CONFIG = "lake", "reports", "config.toml"
_PASSING = shutil.ignore_patterns(".lock", ".spill", ".kept", ".journal*")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: where it is, how much, up to where its journal goes, and the digest of its list."""

    path: Path
    files: int
    size: int
    head: Anchor
    digest: str


def back_up(settings: Settings, to: Path) -> Backup:
    """Copy an installation that may be at work into a folder that is not there yet.

    Raises:
        SurveillanceError: the folder is there, or the database or its tools are not.
    """
    if to.exists():
        raise SurveillanceError(f"expected a folder that is not there yet, was {to}")
    unfinished = to.with_name(f"{to.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    settings.lake.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.lake / ".lock"):
        head = dump(settings.database, unfinished)
        shutil.copytree(settings.lake, unfinished / _LAKE, ignore=_PASSING)
    if settings.reports.exists():
        shutil.copytree(settings.reports, unfinished / _REPORTS)
    if (config := settings.home / _CONFIG).exists():
        shutil.copy(config, unfinished / _CONFIG)
    belonging.mark(unfinished / _LAKE, head)
    backup = _listed(unfinished, to, head)
    unfinished.rename(to)
    return backup


def restore(settings: Settings, source: Path, at: datetime) -> Installation:
    """Put a backup where nothing is, bring it up to date, check all of it, and open it.

    Settings of the backup are put beside, as they may name places of where they came from.

    Raises:
        SurveillanceError: something is there already, or the backup is not what it was.
    """
    for place in (settings.home, settings.lake, settings.reports):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise SurveillanceError(f"expected an empty place to restore into, was {place}")
    expect_empty(settings.database)
    listed = check(source)
    settings.home.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source / _LAKE, settings.lake, dirs_exist_ok=True)
    if (source / _REPORTS).exists():
        shutil.copytree(source / _REPORTS, settings.reports, dirs_exist_ok=True)
    if (source / _CONFIG).exists():
        shutil.copy(source / _CONFIG, settings.home / "config.backup.toml")
    load(source, settings.database)
    return _opened(settings, digest(listed), at)


def check(source: Path) -> dict[str, str]:
    """Return the digests of a backup's files, each of which must be what it was.

    Raises:
        SurveillanceError: it is no backup, or a file was changed, is missing or was added.
    """
    try:
        files: dict[str, str] = json.loads((source / LIST).read_text())["files"]
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise SurveillanceError(f"expected a backup in {source}, was: {wrong}") from None
    there = _digests(source)
    changed = sorted(name for name in files.keys() | there if files.get(name) != there.get(name))
    if changed:
        raise SurveillanceError(
            f"expected a backup as it was written, was changed: {', '.join(changed[:3])}"
        )
    return files


def _opened(settings: Settings, of: str, at: datetime) -> Installation:
    place = open_installation(settings)
    with place.session() as session:
        chain = journal.verify(session)
        findings = audit.findings(session, place.lake, settings.reports)
        # What was landing when the backup was written has no entry yet; the next pull writes it.
        wrong = next((each for each in findings if each.message != audit.UNKNOWN), None)
        if not chain.ok or wrong is not None:
            said = chain.reason or (f"{wrong.subject}: {wrong.message}" if wrong else "")
            raise SurveillanceError(f"expected a backup of a whole installation, was: {said}")
        journal.append(session, journal.SYSTEM, "restore", "installation", {"backup": of}, at=at)
    return place


def _listed(folder: Path, to: Path, head: Anchor) -> Backup:
    """Write the list of a backup."""
    files = _digests(folder)
    body = {"version": __version__, "journal": head._asdict(), "files": files}
    (folder / LIST).write_text(json.dumps(body, indent=1, sort_keys=True))
    size = sum((folder / name).stat().st_size for name in files)
    return Backup(to, len(files), size, head, digest(files))


def _digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): _sha256(path) for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder) != Path(LIST):
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
