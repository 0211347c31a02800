"""A run: one window judged by one rulebook, with everything that its verdicts depended on.

The manifest pins window, knowledge time, lake versions and the files behind them, rule texts,
segment model, fitted detectors, engine and code; texts and models are kept as artefacts named by
their digest, so a replay needs nothing but the database and the lake. The id names the manifest,
the digest covers the verdicts: the same window judged again on the same knowledge is the same run.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from surveillance import software
from surveillance.activity import lineage
from surveillance.activity.lake import Lake
from surveillance.activity.lake.completeness import completeness
from surveillance.activity.lake.view import View
from surveillance.canonical import canonical, digest, restored
from surveillance.detection import anomaly
from surveillance.detection.detect import detect
from surveillance.errors import SurveillanceError
from surveillance.model import Outcome, Run, Verdict, Window
from surveillance.records import database, journal
from surveillance.records.artefacts import keep
from surveillance.records.tables import RunMode, RunRow, VerdictRow
from surveillance.rules.book import Rulebook
from surveillance.times import format_time

LATEST = "latest"
"""Names the run of the latest window wherever the id of a run is asked for."""
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in a list: its window, its digest, and how many verdicts of each outcome it has."""

    id: str
    start: datetime
    end: datetime
    as_of: datetime
    created_at: datetime
    digest: str
    verdicts: Mapping[str, int]


def execute(
    lake: Lake,
    window: Window,
    as_of: datetime,
    book: Rulebook,
    models: anomaly.Models,
    versions: Mapping[str, int] | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] = lambda rule_id: None,
) -> Run:
    """Judge a window on what was known at ``as_of``, and say what that depended on."""
    with lake.view(window.back_to(book.reach), as_of, versions, threads) as view:
        return judge(view, window, book, models, progress)


def judge(
    view: View,
    window: Window,
    book: Rulebook,
    models: anomaly.Models,
    progress: Callable[[str], None] = lambda rule_id: None,
    mode: RunMode = RunMode.LIVE,
) -> Run:
    """Judge a window on a view that is open already; a run in shadow says so in its manifest."""
    from surveillance.activity.preparing import prepare

    prepare(view.connection, [])
    peers = models.peers(view)
    verdicts = detect(book, view, window, peers, models.judge(peers), progress)
    manifest = _manifest(view, window, book, models)
    manifest |= {"mode": mode} if mode is not RunMode.LIVE else {}
    return Run(
        digest(manifest)[:16], window, view.as_of, manifest, verdicts, verdicts_digest(verdicts)
    )


def verdicts_digest(verdicts: tuple[Verdict, ...]) -> str:
    """Return the one digest over what every rule said."""
    return digest(canonical(list(verdicts)))


def store(session: Session, run: Run, book: Rulebook, models: anomaly.Models, at: datetime) -> None:
    """Keep a run with every text and model it depends on; one that is kept already is left."""
    database.lock(session.connection())
    if session.get(RunRow, run.id) is not None:
        return
    for entry in book.entries.values():
        keep(session, "rule", entry.text.encode(), at)
    for kind, body in models.artefacts():
        keep(session, kind, body, at)
    start, end = run.window.start, run.window.end
    manifest = canonical(run.manifest)
    row = RunRow(
        id=run.id, start=start, end=end, as_of=run.as_of, created_at=at, manifest=manifest,
        digest=run.digest, mode=RunMode(run.manifest.get("mode", RunMode.LIVE)),
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(_verdict_row(run.id, verdict) for verdict in run.verdicts)
    # So that a run which is deleted whole is missed.
    journal.append(session, journal.SYSTEM, "run", f"run:{run.id}", {"digest": run.digest}, at=at)


def listed(session: Session, limit: int = 200, mode: RunMode = RunMode.LIVE) -> list[RunSummary]:
    """List the runs of a mode, the latest window first."""
    of = select(RunRow).where(RunRow.mode == mode)
    latest = of.order_by(col(RunRow.end).desc(), col(RunRow.created_at).desc())
    rows = session.exec(latest.limit(limit)).all()
    return [
        RunSummary(
            id=row.id,
            start=row.start,
            end=row.end,
            as_of=row.as_of,
            created_at=row.created_at,
            digest=row.digest,
            verdicts=_outcomes(session, row.id),
        )
        for row in rows
    ]


def load(session: Session, run_id: str) -> Run:
    """Return a run by its id, by an unambiguous beginning of it, or the ``latest`` that filed.

    Raises:
        SurveillanceError: there is none, or there are several.
    """
    if run_id == LATEST:
        run_id = _latest(session)
    begins = col(RunRow.id).startswith(run_id, autoescape=True)
    rows = session.exec(select(RunRow).where(begins)).all()
    if len(rows) != 1:
        was = "none" if not rows else ", ".join(sorted(row.id for row in rows))
        raise SurveillanceError(f"expected one run that begins with {run_id!r}, was {was}")
    (row,) = rows
    verdicts = session.exec(
        select(VerdictRow).where(VerdictRow.run_id == row.id).order_by(VerdictRow.rule_id)
    ).all()
    verdict = partial(restored, Verdict)
    return Run(
        row.id,
        Window(row.start, row.end),
        row.as_of,
        _read(f"the manifest of run {row.id}", row.manifest, json.loads),
        tuple(_read(f"the verdict of {each.rule_id}", each.body, verdict) for each in verdicts),
        row.digest,
    )


def _latest(session: Session) -> str:
    if not (lines := listed(session, limit=1)):
        raise SurveillanceError("expected a run, was none yet")
    return lines[0].id


def _read(what: str, text: str, read: Callable[[str], _Read]) -> _Read:
    try:
        return read(text)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise SurveillanceError(
            f"expected {what} as it was kept, was unreadable: {wrong}"
        ) from None


def altered(session: Session, run: Run) -> list[tuple[str, str]]:
    """Return what is kept of a run and is not what its id and its digest say: rule id and words.

    A verdict whose columns speak against its body is named; of changed bodies only that there
    are some, because one digest covers all. Which one, a replay says.
    """
    faults = unlike(run)
    rows = session.exec(select(VerdictRow).where(VerdictRow.run_id == run.id)).all()
    for row in rows:
        body = restored(Verdict, row.body)
        columns = (row.rule_id, row.version, row.digest, row.outcome, row.reason)
        if columns != (body.rule_id, body.version, body.digest, body.outcome, body.reason):
            faults.append((row.rule_id, "the columns of the verdict are not what its body says"))
    return faults


def unlike(run: Run) -> list[tuple[str, str]]:
    """Return where the parts of a run speak against each other, as ``altered`` does."""
    faults = []
    if digest(run.manifest)[:16] != run.id:
        faults.append(("", "the manifest is not the one that the id names"))
    times = {"from": format_time(run.window.start), "to": format_time(run.window.end)}
    if run.manifest.get("window") != times or run.manifest.get("as_of") != format_time(run.as_of):
        faults.append(("", "the window or as_of is not what the manifest says"))
    if verdicts_digest(run.verdicts) != run.digest:
        faults.append(("", "the verdicts are not those that the digest covers"))
    return faults


def _verdict_row(run_id: str, verdict: Verdict) -> VerdictRow:
    return VerdictRow(
        run_id=run_id, rule_id=verdict.rule_id, version=verdict.version, digest=verdict.digest,
        outcome=verdict.outcome, reason=verdict.reason, body=canonical(verdict),
    )  # fmt: skip


def _outcomes(session: Session, run_id: str) -> dict[str, int]:
    outcomes = session.exec(select(VerdictRow.outcome).where(VerdictRow.run_id == run_id)).all()
    return {each.value: outcomes.count(each) for each in Outcome if each in outcomes}


def _manifest(view: View, window: Window, book: Rulebook, models: anomaly.Models) -> dict[str, Any]:
    return {
        "window": {"from": format_time(window.start), "to": format_time(window.end)},
        "as_of": format_time(view.as_of),
        "lake": dict(sorted(view.versions.items())),
        "activity": {name: digest(list(names)) for name, names in sorted(view.landed.items())},
        "rules": {
            name: {
                "version": entry.rule.version,
                "digest": entry.digest,
                "text": entry.text_digest,
                "risk": entry.rule.risk,
            }
            for name, entry in book.entries.items()
        },
        "facts": lineage.versions(book.tables),
        **models.pins(),
        "libraries": software.libraries(),
        "code": software.code(),
        "completeness": completeness(view, window),
    }
