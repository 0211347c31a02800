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

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from surveillance.activity.lake import Lake, extract
from surveillance.activity.lake.seal import sha256
from surveillance.activity.lake.view import View
from surveillance.canonical import canonical, digest, restored
from surveillance.errors import SurveillanceError
from surveillance.model import Run, Verdict, Window
from surveillance.proof import rulebooks, runs
from surveillance.proof.bundle.parcel import Unpacked, pack, unpack
from surveillance.proof.bundle.readme import readme
from surveillance.proof.premises import MissingPremises, pinned, records
from surveillance.proof.replay import Replay, again, seen
from surveillance.records import artefacts, journal
from surveillance.records.tables import JournalEntry
from surveillance.times import parse_time

README, MANIFEST, RUN, ENTRY = "README.txt", "manifest.json", "run.json", "journal.json"
_LANDED = "activity/landed.json"
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
    if altered := runs.altered(session, run):
        raise SurveillanceError(f"expected run {run.id} as it was kept, was: {altered[0][1]}")
    with tempfile.TemporaryDirectory(prefix="evidence-") as scratch:
        folder = Path(scratch)
        _lay_out(session, lake, run, folder, threads)
        pack(folder, path)
    return Exported(run.id, path, path.stat().st_size, sha256(path))


def verify(path: Path, threads: int | None = None) -> Replay:
    """Replay the run of a bundle and compare, on nothing but the bundle.

    Raises:
        SurveillanceError: it is not a bundle.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-") as scratch:
        unpacked = unpack(path, Path(scratch))
        run = _run(unpacked)
        altered = [*unpacked.wrong, *records([*runs.unlike(run), *_unlike(unpacked, run)])]
        return again(
            run, unpacked.artefact, lambda window: _view(unpacked, run, window, threads), altered
        )


def _lay_out(session: Session, lake: Lake, run: Run, folder: Path, threads: int | None) -> None:
    manifest = run.manifest
    book = rulebooks.read_book(manifest, lambda name: artefacts.read(session, name))
    for rule, what, name in pinned(manifest):
        body = artefacts.read(session, name)
        is_text = what.startswith("text")
        version = manifest["rules"][rule]["version"] if is_text else 0
        _put(folder, f"rules/{rule}@{version}.yml" if is_text else f"artefacts/{name}", body)
    with seen(session, lake, run, run.window.back_to(book.reach), threads) as view:
        files = extract.write(view, folder / "activity")
        _put(folder, _LANDED, canonical(view.landed).encode())
    _put(folder, MANIFEST, canonical(manifest).encode())
    _put(folder, RUN, canonical(_record(run)).encode())
    _put(folder, ENTRY, canonical(_entry(session, run)).encode())
    _put(folder, README, readme(run, [file.stem for file in files]).encode())


def _record(run: Run) -> dict[str, Any]:
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
    entry = session.exec(wanted.order_by(col(JournalEntry.seq)).limit(1)).first()
    names = ("seq", "at", "actor", "verb", "subject", "detail", "previous", "digest")
    return {} if entry is None else {name: getattr(entry, name) for name in names}


def _put(folder: Path, name: str, body: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def _view(unpacked: Unpacked, run: Run, window: Window, threads: int | None) -> View:
    if unpacked.wrong:
        raise MissingPremises(())  # what is wrong has been said
    pins = run.manifest["lake"]
    return extract.opened(unpacked.folder / "activity", window, run.as_of, pins, threads)


def _run(unpacked: Unpacked) -> Run:
    record, manifest = (_json(unpacked, name) for name in (RUN, MANIFEST))

    def read() -> Run:
        window = Window(parse_time(record["from"]), parse_time(record["to"]))
        verdicts = tuple(restored(Verdict, canonical(verdict)) for verdict in record["verdicts"])
        as_of, name = parse_time(record["as_of"]), str(record["digest"])
        return Run(str(record["id"]), window, as_of, manifest, verdicts, name)

    return _shaped(RUN, read)


def _json(unpacked: Unpacked, name: str) -> Mapping[str, Any]:
    def read() -> Mapping[str, Any]:
        document = json.loads(unpacked.text(name))
        if not isinstance(document, dict):
            raise TypeError(f"a {type(document).__name__}")
        return document

    return _shaped(name, read)


def _shaped(name: str, read: Callable[[], _Shape]) -> _Shape:
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise SurveillanceError(f"expected a whole {name} in the bundle, was: {wrong}") from None


def _unlike(unpacked: Unpacked, run: Run) -> Iterator[tuple[str, str]]:
    """Say where what goes along with a run speaks against it."""
    entry, landed = _json(unpacked, ENTRY), _json(unpacked, _LANDED)
    if entry and not journal.is_entry_of(entry, f"run:{run.id}", {"digest": run.digest}):
        yield "", "the journal entry is not sealed, or is not of this run and its digest"
    pins = run.manifest.get("activity", {})
    names = {name: digest(files) for name, files in landed.items()}
    if names != pins:
        yield "", "the files that had landed are not those that the manifest pins"
