"""What a proposed segment model would change, for whoever approves it: traders, lines, alerts.

Both models judge the same stored activity, the week before the last judged window ended, by the
rules on which a segment has a say. Nothing is filed. The answer is stored as an artefact that the
journal names, and shown beside the proposal.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypedDict

from sqlmodel import Session

from surveillance.canonical import canonical
from surveillance.detection import feature_file, features
from surveillance.detection.segments import Segmentation, needed
from surveillance.detection.segments.placing import Placed, placed
from surveillance.detection.segments.table import Table, table_of
from surveillance.errors import SurveillanceError
from surveillance.governance import calibration, lifecycle
from surveillance.installation import Installation
from surveillance.model import Hit, Window
from surveillance.proof import runs
from surveillance.records import artefacts, journal
from surveillance.records.answers import Ends
from surveillance.records.tables import SegmentModel
from surveillance.rules.book import Entry
from surveillance.rules.logic import Strange
from surveillance.studies import setting
from surveillance.studies.setting import Setting, alerts
from surveillance.studies.watch.segments import NONE, bound_of, steps_of
from surveillance.times import format_time

FORMAT = "surveillance-segment-review/1"
VERB = "review_segments"
_JUDGED = timedelta(days=7)
_LISTED = 500
"""How many moved traders and alerts are listed; counts are always whole."""


class Move(TypedDict):
    """A trader who would be in another segment, and why."""

    trader: str
    before: str
    after: str
    why: str


class LineMove(TypedDict):
    """A threshold that would lie elsewhere for the traders of a segment."""

    rule: str
    parameter: str
    unit: str
    follows: str
    segment: str
    before: float | None
    after: float | None


class AlertMove(TypedDict):
    """An alert that would come, go, or have another score."""

    kind: str
    rule: str
    subject: str
    instrument: str | None
    at: str
    before: float | None
    after: float | None
    why: str


class Review(TypedDict):
    """What a model would change against the one in force."""

    format: str
    version: int
    digest: str
    against: int
    against_digest: str
    traders: dict[str, int]
    moved: int
    moves: list[Move]
    lines: list[LineMove]
    judged: Ends | None
    rules: list[str]
    alerts: dict[str, int]
    changes: list[AlertMove]


def reviewed(place: Installation, version: int, at: datetime) -> Review:
    """Hold a model against the one in force, on what was known at a time.

    Raises:
        SurveillanceError: there is no such model or none in force, or a rule cannot be judged.
    """
    with place.session() as session:
        row, old_row = calibration.version_of(session, version), _in_force(session)
        new, old = (calibration.model_of(session, each) for each in (row, old_row))
        book = lifecycle.in_force(session, at)
    concerned = [entry for entry in book.entries.values() if depends(entry)]
    moves = list(_moves(place, row, old, new))
    with place.session() as session:
        window = _window(place, session)
    lines, judged = _judged(place, window, at, concerned, (new, version)) if window else ([], [])
    kinds = [change["kind"] for change in judged]
    return {
        "format": FORMAT,
        "version": version,
        "digest": row.digest,
        "against": old_row.version,
        "against_digest": old_row.digest,
        "traders": {
            "before": len(old.assignment),
            "after": len(new.assignment),
            "of_both": len(old.assignment.keys() & new.assignment.keys()),
        },
        "moved": len(moves),
        "moves": moves[:_LISTED],
        "lines": lines,
        "judged": {"from": format_time(window.start), "to": format_time(window.end)}
        if window
        else None,
        "rules": [entry.rule.id for entry in concerned],
        "alerts": {kind: kinds.count(kind) for kind in ("gained", "lost", "changed")},
        "changes": judged[:_LISTED],
    }


def depends(entry: Entry) -> bool:
    """Tell whether a segment has a say in what a rule finds: by a threshold, or by its peers."""
    return isinstance(entry.rule.detect, Strange) or not all(
        parameter.is_plain for parameter in entry.rule.parameters.values()
    )


def store(session: Session, review: Review, at: datetime) -> None:
    """Keep a review, and say so in the journal."""
    name = artefacts.keep(session, "segment-review", canonical(review).encode(), at)
    detail = {"artefact": name, "moved": review["moved"], "alerts": review["alerts"]}
    subject = f"segments:{review['version']}"
    journal.append(session, journal.SYSTEM, VERB, subject, detail, at=at)


def latest(session: Session, version: int) -> Review | None:
    """Return the last review of a version, if there is one."""
    detail = journal.latest(session, VERB, f"segments:{version}")
    if detail is None:
        return None
    review: Review = json.loads(artefacts.read(session, detail["artefact"]))
    return review


def _in_force(session: Session) -> SegmentModel:
    row = calibration.version_in_force(session)
    if row is None:
        raise SurveillanceError(NONE)
    return row


def _window(place: Installation, session: Session) -> Window | None:
    """Return the week before the last judged window ended, as far as there is activity."""
    last, landed = runs.listed(session, 1), place.lake.span()
    if not last or landed is None:
        return None
    return Window(max(last[0].end - _JUDGED, min(landed.start, last[0].start)), last[0].end)


def _moves(
    place: Installation, row: SegmentModel, old: Segmentation, new: Segmentation
) -> Iterator[Move]:
    both = sorted(old.assignment.keys() & new.assignment.keys())
    moved = [who for who in both if old.assignment[who] != new.assignment[who]]
    if not moved:
        return
    definitions = feature_file.load(place.settings.rules / "features.yml")
    names = [name for name in needed(new) if name in definitions.features]
    window = Window(row.fitted_from, row.fitted_to)
    with place.lake.view(window, row.created_at, None, place.settings.threads) as view:
        table = features.prepared(view, definitions.only(names))
    place_of = {name: at for at, name in enumerate(table.column("trader_id").to_pylist())}
    for who in moved:
        one = table_of(table.slice(place_of[who], 1), names)
        before, after = old.assignment[who], new.assignment[who]
        yield Move(trader=who, before=before, after=after, why=_why(old, new, one, before, after))


def _why(old: Segmentation, new: Segmentation, one: Table, before: str, after: str) -> str:
    """Say what took a trader where they are now: a criterion, or a nearer middle."""
    if before not in new.segments:
        return f"{before} is no more"
    now: Placed = placed(new.parts, one)
    if old.divisions.get(before) == new.divisions.get(after):
        far = {name: float(away[0]) ** 0.5 for name, away in now.away.items()}
        return f"nearer to the middle of {after}: {far[after]:.2f} against {far[before]:.2f}"
    *missed, taken = steps_of(new.parts, one, now.parts[0])
    took = [each for each in taken.alternatives if each.holds]
    met = [bound_of(*each[:3]) for each in took[0].criteria] if took else []
    if met:
        return f"meets {taken.division}: {', '.join(met)}"
    left = next((step for step in missed if step.division == new.divisions.get(before)), None)
    missed_by = [bound for each in left.alternatives for bound in each.criteria] if left else []
    failed = [bound_of(*bound[:3]) for bound in missed_by if not bound[3]]
    return f"no longer meets {before}: {', '.join(dict.fromkeys(failed))}"


def _judged(
    place: Installation,
    window: Window,
    at: datetime,
    concerned: Sequence[Entry],
    proposed: tuple[Segmentation, int],
) -> tuple[list[LineMove], list[AlertMove]]:
    """Return how thresholds and alerts would differ, those of one rule after another."""
    if not concerned:
        return [], []
    with setting.opened(place, window, at, *concerned) as before:
        models = replace(before.models, segments=proposed[0], version=proposed[1])
        after = replace(before, models=models, peers=models.peers(before.view))
        lines = [line for entry in concerned for line in _lines(entry, before, after)]
        changes = [each for entry in concerned for each in _changes(entry, before, after)]
    return lines, changes


def _lines(entry: Entry, before: Setting, after: Setting) -> Iterator[LineMove]:
    was, now = before.peers.lines(entry.rule), after.peers.lines(entry.rule)
    for name in sorted(was):
        parameter = entry.rule.parameters[name]
        follows = f"{parameter.peer_quantile:g} of {parameter.of}" if parameter.of else ""
        for segment in sorted(was[name].keys() | now[name].keys()):
            pair = (_line(was[name], segment), _line(now[name], segment))
            if pair[0] != pair[1]:
                yield LineMove(
                    rule=entry.rule.id,
                    parameter=name,
                    unit=parameter.unit,
                    follows=follows,
                    segment=segment or "everybody else",
                    before=pair[0],
                    after=pair[1],
                )


def _line(values: Mapping[str, float], segment: str) -> float:
    return values.get(segment, values[""])


def _changes(entry: Entry, before: Setting, after: Setting) -> Iterator[AlertMove]:
    was = {hit.id: hit for hit in alerts(before.verdict(entry))}
    now = {hit.id: hit for hit in alerts(after.verdict(entry))}
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name), now.get(name)
        hit = new or old
        if hit is not None and (old is None or new is None or old.score != new.score):
            yield AlertMove(
                kind="gained" if old is None else "lost" if new is None else "changed",
                rule=entry.rule.id,
                subject=hit.subject,
                instrument=hit.instrument,
                at=format_time(hit.at),
                before=old.score if old else None,
                after=new.score if new else None,
                why=_segments_of(hit, before, after),
            )


def _segments_of(hit: Hit, before: Setting, after: Setting) -> str:
    """Say whether it is the subject that moved, or what is usual where it is."""
    was, now = (each.peers.segments.get(hit.subject, "") for each in (before, after))
    return f"{was} → {now}" if was != now else f"what is usual among {now or 'all'} moved"
