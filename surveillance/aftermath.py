"""What becomes of a run: it is kept, its hits are filed, and the watermark moves, all at once.

What was killed before leaves nothing, and is repeated; what was filed before files nothing again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveillance import rejudgement, waiting
from surveillance.activity.lake.view import View
from surveillance.casework import intake, repeats
from surveillance.detection import anomaly
from surveillance.dossier import dossiers, pattern_dossiers, persons, sightings_of
from surveillance.installation import Installation
from surveillance.model import ALERT_LINE, Dossier, Hit, Run
from surveillance.proof import canaries, runs
from surveillance.records import database
from surveillance.records.scheduled import SURVEILLED
from surveillance.records.tables import Watermark
from surveillance.rules import patterns
from surveillance.rules.book import Rulebook
from surveillance.rules.logic import Strange


@dataclass(frozen=True, slots=True)
class Judged:
    """A run, and the view, the rules and the models that it was judged with."""

    run: Run
    view: View
    book: Rulebook
    models: anomaly.Models


def keep(
    place: Installation,
    judged: Judged,
    at: datetime,
    progress: Callable[[str], None],
    moves_watermark: bool,
    is_again: bool,
) -> tuple[intake.Filed, repeats.Repeated, rejudgement.Changes]:
    """Keep a run with its canaries, file its alerts, and move the watermark, all of it at once.

    So too what it changed where it judged ``is_again``: nobody would ask a second time.
    """
    run, view, book, models = judged.run, judged.view, judged.book, judged.models
    progress("canaries")
    checked = canaries.judge(run, view, book, models)
    progress("dossiers")
    sightings = sightings_of(view, run, book)
    with place.session() as session:
        strongest = intake.strongest(session, sightings, at)
    ready = {each.hit.id: each for each in dossiers(view, run, book, models, strongest)}
    landed = waiting.landed(place) if moves_watermark else None
    progress("filing")
    with place.session() as session:
        database.lock(session.connection())
        runs.store(session, run, book, models, at)
        canaries.keep(session, checked)
        filed = intake.file(session, sightings, lambda hits: _gathered(judged, hits, ready), at)
        repeated = _repeats(place, session, judged, at)
        if landed is not None:
            session.merge(Watermark(source=SURVEILLED, ts=min(run.window.end, landed.end)))
        changes = rejudgement.record(session, run, at) if is_again else rejudgement.Changes()
    return filed, repeated, changes


def _gathered(judged: Judged, hits: Sequence[Hit], ready: Mapping[str, Dossier]) -> list[Dossier]:
    """Return the dossiers of hits; what was filed meanwhile may ask for some that are not ready."""
    missing = [hit for hit in hits if hit.id not in ready]
    more = dossiers(judged.view, judged.run, judged.book, judged.models, missing)
    every = {**ready, **{each.hit.id: each for each in more}}
    return [every[hit.id] for hit in hits]


def _repeats(
    place: Installation, session: Session, judged: Judged, at: datetime
) -> repeats.Repeated:
    """Keep what stays below the line, and file what it adds up to.

    What a detector finds strange is no practice, so it adds up to none.
    """
    written = patterns.load(place.settings.rules)
    if written is None:
        return repeats.Repeated()
    run, view, book, models = judged.run, judged.view, judged.book, judged.models
    hits = [
        hit
        for verdict in run.verdicts
        for hit in verdict.hits
        if hit.score < ALERT_LINE and not isinstance(book.entries[hit.rule_id].rule.detect, Strange)
    ]
    whose = zip(persons(view, hits), hits, strict=True)
    near = [repeats.Near(person, hit) for person, hit in whose if person]
    return repeats.file(
        session,
        run.id,
        near,
        written,
        lambda grown: pattern_dossiers(view, run, book, models, grown, written),
        at,
    )
