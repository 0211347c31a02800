"""Proof: a run judged again from its manifest, and compared verdict by verdict.

With another version of a rule it is a what-if: the same activity, the same knowledge, and the
alerts that would have been gained, lost or changed. Neither files anything.

Before anything is judged, every rule text, model and file of activity that the run rests on is
held against its digest; what was changed is named, and not judged on. A replay under other
libraries or other code than the run's says so, and compares all the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

from sqlmodel import Session

from surveillance import software
from surveillance.activity import lineage
from surveillance.activity.bounds import Bounds
from surveillance.activity.lake import Lake
from surveillance.activity.lake.seal import Broken
from surveillance.activity.lake.view import View
from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.model import Run, Window
from surveillance.proof import rulebooks, runs
from surveillance.proof.comparison import compare, feeds
from surveillance.proof.premises import Difference, MissingPremises, premises, records
from surveillance.proof.summary import summary
from surveillance.records import artefacts, journal
from surveillance.records.database import engine, reading
from surveillance.rules.book import Entry, Rulebook, read_rule
from surveillance.times import format_time

__all__ = ["Difference", "Replay", "again", "compare", "replay", "replay_in"]

Progress: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay gave, beside what the run recorded; ``summary`` is what a certificate says.

    A replay is equal if its digest is; a what-if, whose version alone makes another digest, if
    nothing would have been found otherwise. ``digest`` is empty where what the run rests on is
    not as it was, so that it could not be judged. ``notes`` say what is other than when it was
    recorded and may be the reason of a difference, or not.
    """

    equal: bool
    differences: tuple[Difference, ...]
    digest: str
    recorded_digest: str
    summary: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def replay(
    settings: Settings,
    run_id: str,
    swap: tuple[str, int] | None = None,
    progress: Progress = lambda message: None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Replay:
    """Judge a run's window again, with another version of one rule if ``swap`` names it.

    ``progress`` is told of each rule before it is judged, and may raise to end all of it;
    ``is_wanted`` is asked while one is judged, so that it ends then.

    Raises:
        SurveillanceError: the run, a text, a model or the activity of that time is not there.
    """
    with Session(reading(engine(settings.database))) as session:
        bounds = Bounds(settings.rule_seconds, settings.memory_mb, is_wanted=is_wanted)
        lake = Lake(settings.lake, bounds)
        return replay_in(session, lake, run_id, swap, settings.threads, progress)


def replay_in(
    session: Session,
    lake: Lake,
    run_id: str,
    swap: tuple[str, int] | None = None,
    threads: int | None = None,
    progress: Progress = lambda message: None,
) -> Replay:
    """Judge a run's window again from what is kept in an open session and a lake."""
    recorded = runs.load(session, run_id)
    entry = (
        None
        if swap is None
        else read_rule(rulebooks.rule_text(session, *swap), f"{swap[0]}@{swap[1]}")
    )
    return again(
        recorded,
        lambda name: artefacts.read(session, name),
        lambda window: seen(session, lake, recorded, window, threads),
        records(runs.altered(session, recorded)),
        entry,
        progress,
    )


def again(
    recorded: Run,
    artefact: Callable[[str], bytes],
    look: Callable[[Window], View],
    altered: Sequence[Difference],
    swap: Entry | None = None,
    progress: Progress = lambda message: None,
) -> Replay:
    """Judge a run again, given how to find its artefacts by digest and how to see its activity.

    ``altered`` is what is known already not to be as it was kept. ``look`` may raise
    MissingPremises.
    """
    differences = list(altered)
    judged, notes = None, list(_notes(recorded.manifest))
    try:
        book, models = premises(recorded.manifest, artefact)
        notes += _facts(recorded.manifest, book)
        book = book if swap is None else book.swap(swap)
        with look(recorded.window.back_to(book.reach)) as view:
            judged = runs.judge(view, recorded.window, book, models, _counted(book, progress))
        differences += [*feeds(recorded, judged), *compare(recorded, judged)]
    except MissingPremises as wrong:
        differences += wrong.differences
    digest = judged.digest if judged else ""
    equal = not differences and (swap is not None or recorded.digest == digest)
    before = recorded.digest if not altered else runs.verdicts_digest(recorded.verdicts)
    return Replay(
        equal=equal,
        differences=tuple(differences),
        digest=digest,
        recorded_digest=before,
        summary=summary(recorded, before, digest, differences, notes),
        notes=tuple(notes),
    )


def _counted(book: Rulebook, progress: Progress) -> Progress:
    """Say with each rule how many were begun, of how many."""
    begun, total = count(1), len(book.entries)
    return lambda rule_id: progress(f"judging {rule_id}, {next(begun)} of {total}")


def _erased(session: Session, recorded: Run, window: Window) -> Iterator[Difference]:
    """Say which rows that a run could read were erased since."""
    start, end, known = (format_time(ts) for ts in (window.start, window.end, recorded.as_of))
    for subject, stone in journal.entries(session, "erase"):
        if stone["first"] < end and stone["last"] >= start and stone["arrived"] <= known:
            table = subject.removeprefix("table:")
            said = f"{stone['rows']} rows erased by policy: {stone['policy']}"
            yield Difference("activity", "", f"{table}/{stone['replaces']}", "rows", "landed", said)


def seen(session: Session, lake: Lake, recorded: Run, window: Window, threads: int | None) -> View:
    """Open the activity of a run, after checking that every file it reads is what was landed.

    Raises:
        MissingPremises: rows were erased by policy, a file is gone or changed, or others had
            landed than the run says.
    """
    if erased := list(_erased(session, recorded, window)):
        raise MissingPremises(erased)
    pins = recorded.manifest["lake"]
    try:
        changed = [_file(file) for file in lake.broken(window, recorded.as_of, pins)]
        if changed:
            raise MissingPremises(changed)
        view = lake.view(window, recorded.as_of, pins, threads)
        landed = {name: digest(list(names)) for name, names in view.landed.items()}
    except MissingPremises:
        raise
    except SurveillanceError as wrong:
        raise MissingPremises(
            [Difference("activity", "", "", "lake", "as pinned", str(wrong))]
        ) from None
    if other := _unpinned(recorded.manifest["activity"], landed):
        view.close()
        raise MissingPremises(other)
    return view


def _file(broken: Broken) -> Difference:
    where = f"{broken.table}/{broken.file}"
    return Difference("activity", "", where, "sha256", broken.expected, broken.actual)


def _unpinned(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    return [
        Difference("activity", "", name, "files landed", before.get(name, ""), after.get(name, ""))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _facts(manifest: Mapping[str, Any], book: Rulebook) -> Iterator[str]:
    """Say which facts the run's rules read in another version than here."""
    for name, was, now in lineage.differing(manifest["facts"], lineage.versions(book.tables)):
        yield (
            f"recorded with the fact {name} in version {was}, replayed in version {now}: "
            "what differs may be code and not activity"
        )


def _notes(manifest: Mapping[str, Any]) -> Iterator[str]:
    recorded, here = manifest.get("libraries"), software.libraries()
    before = recorded if isinstance(recorded, Mapping) else {}
    for name in sorted(before.keys() | here.keys()):
        was, now = before.get(name, "none"), here.get(name, "none")
        if was != now:
            yield f"recorded under {name} {was}, replayed under {now}"
    if manifest.get("code") != software.code():
        yield f"recorded by code {manifest.get('code')}, replayed by {software.code()}"
