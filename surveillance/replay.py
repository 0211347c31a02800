"""Proof: a run judged again from its manifest, and compared verdict by verdict.

With another version of a rule it is a what-if: the same activity, the same knowledge, and the
alerts that would have been gained, lost or changed. Neither files anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from surveillance import anomaly, artefacts, runs
from surveillance.activity.lake import Lake
from surveillance.bounds import Bounds
from surveillance.config import Settings
from surveillance.model import Hit, Run, Verdict, canonical
from surveillance.rules.book import read_rule
from surveillance.tables import engine, reading

_REST = (
    "segment",
    "started_at",
    "trader_id",
    "owner_id",
    "severity",
    "risk",
    "typology",
    "reasons",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise: ``gained``, ``lost``, ``changed`` or ``verdict``.

    ``record`` is what is kept of the run and is not what its own digests say.
    """

    kind: str
    rule_id: str
    subject: str = ""
    measure: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay gave, beside what the run recorded; ``told`` is what a certificate says.

    A replay is equal if its digest is; a what-if, whose version alone makes another digest, if
    nothing would have been found otherwise.
    """

    equal: bool
    differences: tuple[Difference, ...]
    digest: str
    recorded_digest: str
    told: Mapping[str, Any]


def replay(settings: Settings, run_id: str, swap: tuple[str, int] | None = None) -> Replay:
    """Judge a run's window again, with another version of one rule if ``swap`` names it.

    Raises:
        SurveillanceError: the run, a text, a model or the activity of that time is not there.
    """
    with Session(reading(engine(settings.database))) as session:
        lake = Lake(settings.lake, Bounds(settings.rule_seconds, settings.memory_mb))
        return replay_in(session, lake, run_id, swap, settings.threads)


def replay_in(
    session: Session,
    lake: Lake,
    run_id: str,
    swap: tuple[str, int] | None = None,
    threads: int | None = None,
) -> Replay:
    """Judge a run's window again from what is kept in an open session and a lake."""
    recorded = runs.load(session, run_id)
    book = runs.rulebook_of(session, recorded)
    if swap is not None:
        text = runs.rule_text(session, *swap)
        book = book.swap(read_rule(text, f"{swap[0]}@{swap[1]}"))
    models = anomaly.load(recorded.manifest, lambda name: artefacts.kept(session, name))
    again = runs.execute(
        lake, recorded.window, recorded.as_of, book, models, recorded.manifest["lake"], threads
    )
    altered = [
        Difference("record", rule_id, before="as it was kept", after=said)
        for rule_id, said in runs.altered(session, recorded)
    ]
    differences = (*altered, *compare(recorded, again))
    equal = not differences and (swap is not None or recorded.digest == again.digest)
    said = recorded.digest if not altered else runs.verdicts_digest(recorded.verdicts)
    told = _told(recorded, again, differences) | {"recorded_digest": said}
    return Replay(equal, differences, again.digest, said, told)


def compare(before: Run, after: Run) -> Iterator[Difference]:
    """Say in which rule, of which subject, and in which measure two judgements differ."""
    said = {verdict.rule_id: verdict for verdict in before.verdicts}
    again = {verdict.rule_id: verdict for verdict in after.verdicts}
    for rule_id in sorted(said.keys() | again.keys()):
        yield from _verdicts(rule_id, said.get(rule_id), again.get(rule_id))


def _verdicts(rule_id: str, before: Verdict | None, after: Verdict | None) -> Iterator[Difference]:
    was = "absent" if before is None else f"{before.outcome} {before.reason}".strip()
    now = "absent" if after is None else f"{after.outcome} {after.reason}".strip()
    if was != now:
        yield Difference("verdict", rule_id, before=was, after=now)
    old, new = (_placed(verdict) for verdict in (before, after))
    for place in sorted(old.keys() | new.keys()):
        yield from _hits(rule_id, old.get(place), new.get(place))
    if before is not None and after is not None:
        yield from _scores(rule_id, before, after)


def _placed(verdict: Verdict | None) -> dict[tuple[str, int], Hit]:
    """Return hits by moment, subject and instrument, counted where several share all three."""
    placed: dict[tuple[str, int], Hit] = {}
    for hit in verdict.hits if verdict else ():
        place = f"{hit.at.isoformat()} {hit.subject} {hit.instrument or ''}"
        placed[place, sum(1 for other, _ in placed if other == place)] = hit
    return placed


def _hits(rule_id: str, before: Hit | None, after: Hit | None) -> Iterator[Difference]:
    if before is None or after is None:
        one = before or after
        if one is not None:
            kind = "lost" if after is None else "gained"
            said = f"score {one.score:g} at {one.at:%Y-%m-%d %H:%M:%S}; {'; '.join(one.reasons)}"
            ends = {"before": said} if after is None else {"after": said}
            yield Difference(kind, rule_id, one.subject, "", **ends)
        return
    for measure, was, now in _parts(before, after):
        yield Difference("changed", rule_id, before.subject, measure, was, now)


def _parts(before: Hit, after: Hit) -> Iterator[tuple[str, str, str]]:
    if before.score != after.score:
        yield "score", f"{before.score:g}", f"{after.score:g}"
    for field in ("measures", "thresholds", "evidence"):
        old, new = getattr(before, field), getattr(after, field)
        for name in sorted(old.keys() | new.keys()):
            was, now = canonical(old.get(name)), canonical(new.get(name))
            if was != now:
                yield name, was, now
    for field in _REST:
        if getattr(before, field) != getattr(after, field):
            yield field, str(getattr(before, field)), str(getattr(after, field))


def _scores(rule_id: str, before: Verdict, after: Verdict) -> Iterator[Difference]:
    for trader in sorted(before.scores.keys() | after.scores.keys()):
        was, now = before.scores.get(trader), after.scores.get(trader)
        if was != now:
            yield Difference("changed", rule_id, trader, "anomaly score", str(was), str(now))


def _told(recorded: Run, again: Run, differences: tuple[Difference, ...]) -> dict[str, Any]:
    manifest = recorded.manifest
    differing = {difference.rule_id for difference in differences}
    return {
        "run_id": recorded.id,
        "start": recorded.window.start,
        "end": recorded.window.end,
        "as_of": recorded.as_of,
        "replayed_digest": again.digest,
        "lake": manifest["lake"],
        "rules": [
            {
                "rule_id": verdict.rule_id,
                "version": verdict.version,
                "digest": verdict.digest,
                "outcome": verdict.outcome.value,
                "hits": len(verdict.hits),
                "agrees": verdict.rule_id not in differing,
            }
            for verdict in recorded.verdicts
        ],
        "segments": manifest["segments"]["digest"] if manifest.get("segments") else "",
        "detectors": [
            {"rule_id": rule, "version": manifest["rules"][rule]["version"], "digest": name}
            for rule, name in sorted(manifest.get("detectors", {}).items())
        ],
        "code": manifest["code"],
        "libraries": manifest["libraries"],
        "differences": [
            {
                "rule_id": one.rule_id,
                "subject": one.subject,
                "measure": one.measure or one.kind,
                "recorded": one.before,
                "replayed": one.after,
            }
            for one in differences
        ],
    }
