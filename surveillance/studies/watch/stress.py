"""Stress tests of runs: made of what a run judged, stored under their digest, and journalled."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select

from surveillance.canonical import digest
from surveillance.detection import anomaly
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.proof import runs
from surveillance.records import artefacts, journal
from surveillance.records.journal import SYSTEM, Anchor
from surveillance.records.tables import JournalEntry
from surveillance.stress.desk import stress_test
from surveillance.stress.record import StressTest, read

_VERB = "stress"
_HISTORY = timedelta(days=30)
"""How far back positions, daily moves, volumes and events are looked for (engineering default)."""


class Stored(NamedTuple):
    """A stored test: its digest, the journal's entry that says so, when it was made, and itself."""

    id: str
    head: Anchor
    at: datetime
    test: StressTest


def make(place: Installation, run: str, at: datetime) -> Stored:
    """Stress what was held when a run's window ended, and store it once.

    A scheduler's window is minutes long, so that what is looked at begins thirty days before its
    end: positions are those last reported, and a month says what a day's move and volume are.

    Raises:
        SurveillanceError: there is no such run.
    """
    with place.session() as session:
        judged = runs.load(session, run)
        model = anomaly.segments_of(judged.manifest, lambda name: artefacts.read(session, name))
    pinned = judged.manifest["segments"]
    window = Window(judged.window.end - _HISTORY, judged.window.end)
    with place.lake.view(window, judged.as_of, judged.manifest["lake"]) as view:
        test = stress_test(
            view,
            judged.id,
            judged.as_of,
            model.segment_of if model else lambda _: "",
            pinned["version"] if pinned else 0,
        )
    with place.session() as session:
        return _stored(session, test, at)


def latest(session: Session) -> Stored | None:
    """Return the test that was made last, if there is one."""
    made = select(JournalEntry).where(JournalEntry.verb == _VERB)
    entry = session.exec(made.order_by(col(JournalEntry.seq).desc()).limit(1)).first()
    return None if entry is None else _of(session, entry)


def _stored(session: Session, test: StressTest, at: datetime) -> Stored:
    name = digest(test.body)
    subject = f"stress:{name}"
    made = select(JournalEntry).where(JournalEntry.verb == _VERB, JournalEntry.subject == subject)
    entry = session.exec(made.limit(1)).first()
    if entry is None:
        artefacts.keep(session, "stress", test.body.encode(), at)
        entry = journal.append(session, SYSTEM, _VERB, subject, {"run": test.run_id}, at=at)
    return _of(session, entry)


def _of(session: Session, entry: JournalEntry) -> Stored:
    name = entry.subject.partition(":")[2]
    test = read(artefacts.read(session, name).decode())
    return Stored(name, Anchor(entry.seq, entry.digest), entry.at, test)
