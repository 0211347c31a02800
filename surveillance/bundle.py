"""An evidence bundle: one run with everything that it rests on, in one file that stands alone.

Whoever receives it replays the run on another machine with this package and nothing else: no
database, no lake, no settings. It is a ZIP of plain files, none of them compressed: the same run
gives the same bytes under every zlib, no file unpacks to more than the bundle's own size, and
Parquet is compressed already.

A bundle comes from a stranger. Its files have the few names that are listed here or are refused,
it is unpacked into a folder that is gone afterwards, every sum is checked before a file is
believed, and nothing in it is code: rules are in the safe language, models are JSON that is
fitted again. Its sums say that it is whole, not who made it; for that, hold the digest of the run
against a certificate or the journal, whose entry on the run goes along.
"""

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlmodel import Session, col, select

from surveillance import artefacts, journal, runs
from surveillance.activity import extract
from surveillance.activity.lake import Lake
from surveillance.activity.seal import sha256
from surveillance.activity.view import View
from surveillance.errors import SurveillanceError
from surveillance.grounds import Difference, Groundless, pinned, records
from surveillance.model import Run, Window, canonical, digest, format_time, parse_time
from surveillance.replay import Replay, again, seen
from surveillance.tables import JournalEntry

README, SUMS, MANIFEST, RUN, ENTRY = (
    "README.txt",
    "SHA256SUMS",
    "manifest.json",
    "run.json",
    "journal.json",
)
_LANDED = "activity/landed.json"
_NAMES = re.compile(
    r"README\.txt|SHA256SUMS|manifest\.json|run\.json|journal\.json|activity/landed\.json"
    r"|rules/[a-z][a-z0-9_]{0,99}@[0-9]{1,9}\.yml|artefacts/[0-9a-f]{64}"
    r"|activity/[a-z_]{1,40}\.parquet"
)
_MOST_FILES = 5_000
_MOST_BYTES = 64 * 1024**3
_CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle that was written: where, how large, and its digest."""

    run_id: str
    path: Path
    size: int
    sha256: str


def export(
    session: Session, lake: Lake, run_id: str, to: Path | None = None, threads: int | None = None
) -> Exported:
    """Write the bundle of a run; ``run-<id>.evidence.zip`` here unless ``to`` is given.

    Raises:
        SurveillanceError: there is no such run, or what it rests on is not as it was.
    """
    run = runs.load(session, run_id)
    path = to or Path(f"run-{run.id}.evidence.zip")
    if said := runs.altered(session, run):
        raise SurveillanceError(f"expected run {run.id} as it was kept, was: {said[0][1]}")
    with tempfile.TemporaryDirectory(prefix="evidence-") as scratch:
        folder = Path(scratch)
        _lay_out(session, lake, run, folder, threads)
        part = path.with_name(f".{path.name}.part")
        _zip(folder, part)
        part.replace(path)
    return Exported(run.id, path, path.stat().st_size, sha256(path))


def verify(path: Path, threads: int | None = None) -> Replay:
    """Replay the run of a bundle and compare, on nothing but the bundle.

    Raises:
        SurveillanceError: it is not a bundle.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-") as scratch:
        unpacked = _unpacked(path, Path(scratch))
        run = _run(unpacked)
        altered = [*unpacked.wrong, *records([*runs.unlike(run), *_unlike(unpacked, run)])]
        return again(
            run, unpacked.kept, lambda window: unpacked.view(run, window, threads), altered
        )


def _lay_out(session: Session, lake: Lake, run: Run, folder: Path, threads: int | None) -> None:
    manifest = run.manifest
    book = runs.read_book(manifest, lambda name: artefacts.kept(session, name))
    for rule, what, name in pinned(manifest):
        body = artefacts.kept(session, name)
        is_text = what.startswith("text")
        version = manifest["rules"][rule]["version"] if is_text else 0
        _put(folder, f"rules/{rule}@{version}.yml" if is_text else f"artefacts/{name}", body)
    with seen(lake, run, run.window.back_to(book.reach), threads) as view:
        files = extract.write(view, folder / "activity")
        _put(folder, _LANDED, canonical(view.landed).encode())
    _put(folder, MANIFEST, canonical(manifest).encode())
    _put(folder, RUN, canonical(_told(run)).encode())
    _put(folder, ENTRY, canonical(_entry(session, run)).encode())
    _put(folder, README, _readme(run, [file.stem for file in files]).encode())
    sums = (f"{sha256(file)}  {name}\n" for name, file in _files(folder))
    _put(folder, SUMS, "".join(sums).encode())


def _told(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "from": run.window.start,
        "to": run.window.end,
        "as_of": run.as_of,
        "digest": run.digest,
        "verdicts": run.verdicts,
    }


def _entry(session: Session, run: Run) -> dict[str, Any]:
    """Return what the journal said when the run was kept, with the links to either side."""
    wanted = select(JournalEntry).where(
        JournalEntry.verb == "run", JournalEntry.subject == f"run:{run.id}"
    )
    found = session.exec(wanted.order_by(col(JournalEntry.seq)).limit(1)).first()
    names = ("seq", "at", "actor", "verb", "subject", "detail", "previous", "digest")
    return {} if found is None else {name: getattr(found, name) for name in names}


def _put(folder: Path, name: str, body: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, file in _files(folder):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o600 << 16
            info.file_size = file.stat().st_size
            with file.open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, _CHUNK)


@dataclass
class _Unpacked:
    """The files of a bundle in a folder, by digest, and which of them are not what was said."""

    folder: Path
    by_digest: dict[str, Path] = field(default_factory=dict)
    wrong: list[Difference] = field(default_factory=list)

    def kept(self, name: str) -> bytes:
        if name not in self.by_digest:
            raise SurveillanceError(f"expected the artefact {name}, was absent")
        return self.by_digest[name].read_bytes()

    def text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise SurveillanceError(f"expected {name} in the bundle, was none") from None

    def view(self, run: Run, window: Window, threads: int | None) -> View:
        if self.wrong:
            raise Groundless(())  # what is wrong has been said
        pins = run.manifest["lake"]
        return extract.opened(self.folder / "activity", window, run.as_of, pins, threads)


def _unpacked(path: Path, folder: Path) -> _Unpacked:
    unpacked = _Unpacked(folder)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path)
            _expect_room(sum(one.file_size for one in members), folder)
            sums = {one.filename: _copied(archive, one, folder) for one in members}
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as wrong:
        raise SurveillanceError(f"expected an evidence bundle in {path}, was: {wrong}") from None
    said = _sums(unpacked.text(SUMS))
    found = {name: name_digest for name, name_digest in sums.items() if name != SUMS}
    for name in sorted(said.keys() | found.keys()):
        was, now = said.get(name, "not listed"), found.get(name, "missing")
        if was != now:
            unpacked.wrong.append(Difference("record", "", name, "sha256", was, now))
    unpacked.by_digest = {found[name]: folder / name for name in found}
    return unpacked


def _members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """Return the files of an archive if they are those of a bundle and no more than they seem."""
    members = archive.infolist()
    names = [one.filename for one in members]
    if strange := [name for name in names if _NAMES.fullmatch(name) is None]:
        raise SurveillanceError(f"expected the files of a bundle, was {strange[0]!r}")
    if len(set(names)) < len(names) or len(names) > _MOST_FILES:
        raise SurveillanceError(f"expected each file once, at most {_MOST_FILES}, was otherwise")
    if any(one.compress_type != zipfile.ZIP_STORED or one.flag_bits & 1 for one in members):
        raise SurveillanceError("expected files that are neither compressed nor encrypted")
    size = sum(one.file_size for one in members)
    if size > min(path.stat().st_size, _MOST_BYTES):
        raise SurveillanceError(f"expected files no larger than the bundle, was {size} bytes")
    return members


def _expect_room(size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if size > free // 2:
        raise SurveillanceError(f"expected {2 * size} bytes free to unpack into, was {free}")


def _copied(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> str:
    """Copy one file out and return its digest, or why it has none."""
    path, hashed = folder / member.filename, hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(member) as source, path.open("wb") as target:
            for chunk in _chunks(source):
                hashed.update(chunk)
                target.write(chunk)
    except zipfile.BadZipFile as wrong:
        return f"unreadable: {wrong}"
    return hashed.hexdigest()


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _sums(text: str) -> dict[str, str]:
    lines = (line.partition("  ") for line in text.splitlines())
    return {name: said for said, _, name in lines}


def _run(unpacked: _Unpacked) -> Run:
    told, manifest = (_json(unpacked, name) for name in (RUN, MANIFEST))

    def read() -> Run:
        window = Window(parse_time(told["from"]), parse_time(told["to"]))
        verdicts = tuple(runs.read_verdict(canonical(one)) for one in told["verdicts"])
        as_of, name = parse_time(told["as_of"]), str(told["digest"])
        return Run(str(told["id"]), window, as_of, manifest, verdicts, name)

    return _shaped(RUN, read)


def _json(unpacked: _Unpacked, name: str) -> Mapping[str, Any]:
    def read() -> Mapping[str, Any]:
        found = json.loads(unpacked.text(name))
        if not isinstance(found, dict):
            raise TypeError(f"a {type(found).__name__}")
        return found

    return _shaped(name, read)


def _shaped(name: str, read: Callable[[], _Shape]) -> _Shape:
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise SurveillanceError(f"expected a whole {name} in the bundle, was: {wrong}") from None


def _unlike(unpacked: _Unpacked, run: Run) -> Iterator[tuple[str, str]]:
    """Say where what goes along with a run speaks against it."""
    entry, landed = _json(unpacked, ENTRY), _json(unpacked, _LANDED)
    if entry and not journal.speaks(entry, f"run:{run.id}", {"digest": run.digest}):
        yield "", "the journal entry is not sealed, or is not of this run and its digest"
    pins = run.manifest.get("activity", {})
    names = {name: digest(files) for name, files in landed.items()}
    if names != pins:
        yield "", "the files that had landed are not those that the manifest pins"


def _readme(run: Run, tables: list[str]) -> str:
    return f"""EVIDENCE BUNDLE of surveillance run {run.id}

Activity from {format_time(run.window.start)}
to            {format_time(run.window.end)} (not included),
as it was known at {format_time(run.as_of)}, was judged by {len(run.verdicts)} rules.
Digest over everything that the rules said: {run.digest}

HOW TO CHECK IT
1. That the bundle is whole, with standard tools:
       unzip run-{run.id}.evidence.zip -d bundle
       cd bundle && sha256sum -c SHA256SUMS
   (macOS: shasum -a 256 -c SHA256SUMS.)
2. That the verdicts follow from it, on any machine with the software named below:
       surveillance replay verify run-{run.id}.evidence.zip
   It needs no database, no settings and no network. It judges the activity again by the rules
   and models of the run, compares every hit, score and piece of evidence, and says "equal" or
   what differs. Exit code 0 is equal, 1 is different, 2 is that this is not a bundle.
3. That it is the run which was made then, and not one made up since: the sums show that the file
   is whole, not who made it. Compare the digest above with the one printed in a report or a replay
   certificate, or ask for the journal: journal.json is its entry on this run, and a report prints
   later places of the same chain.

WHAT IS IN IT
   manifest.json         everything that the run depended on, each named by its digest; the first
                         16 digits of the sha256 of this file are the name of the run
   run.json              what each rule said: outcome, hits, scores, evidence
   rules/                the text of every rule version that judged
   artefacts/            features, segments and fitted detectors, as text and JSON; the name of
                         each file is its sha256
   activity/*.parquet    what was known of each table at that time, as far back as the rules look:
                         {", ".join(tables) or "nothing"}
   activity/landed.json  the files of the venue's lake that these rows were taken from; their
                         names end in their sha256
   journal.json          the entry of the journal on this run

CONFIDENTIAL. The activity is the venue's, and of a private venue it carries personal data: who
traded, paid and signed in, from where, and what is known of them. Keep it as you keep such data,
and tell nobody who is in it: that a report was considered may not be disclosed.

Recorded with software {run.manifest["code"]}
under {", ".join(f"{name} {said}" for name, said in sorted(run.manifest["libraries"].items()))}
Another version may be used; the replay then says so, and compares all the same.
"""
