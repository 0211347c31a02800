"""Words for judging: run the rules over a window, and read what was found."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from surveillance.installation import Installation
    from surveillance.model import Run, Window
    from surveillance.pipeline import Ran
    from surveillance.studies.watch.health import Remark


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (run, runs, hits):
        app.command()(command)


def run(
    context: typer.Context,
    start: Annotated[str | None, typer.Option("--from", help="Start of the window.")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="End of the window, not included.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Judge on what was known then; default now.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Judge a window by every rule and file what is found.

    Without --from and --to: the whole days of landed activity that no run has judged yet, and
    those of which rows landed after they were judged.

    Example: surveillance run --from 2026-03-02 --to 2026-03-03T12:00:00Z
    """
    from surveillance import pipeline
    from surveillance.studies.watch.health import remarks

    place, now = show.installation(context), datetime.now(UTC)
    known = show.moment(as_of) or now
    documents = []
    for window, is_next, is_late in _windows(place, start, end, now):
        with show.progress(None, "judging") as step:
            ran = pipeline.run(
                place, window, known, now, step, moves_watermark=is_next, is_again=is_late
            )
        if is_late:
            ran = pipeline.judged_again(ran)
        for notice in ran.notices:
            typer.echo(notice, err=True)
        with place.session() as session:
            known_of = remarks(session, ran.run)
        documents.append(_plain(ran) | {"remarks": [asdict(remark) for remark in known_of]})
        if not as_json:
            _say(ran, known_of)
    if as_json:
        show.document(documents[0] | {"again": documents[1:]})


def _plain(ran: "Ran") -> dict[str, Any]:
    return {
        "id": ran.run.id,
        "from": ran.run.window.start,
        "to": ran.run.window.end,
        "as_of": ran.run.as_of,
        "digest": ran.run.digest,
        "verdicts": _outcomes(ran.run),
        "not_judged": {
            v.rule_id: list(map(asdict, v.not_judged)) for v in ran.run.verdicts if v.not_judged
        },
        "alerts_new": ran.filed.alerts_new,
        "alerts_grown": ran.filed.alerts_grown,
        "cases_opened": ran.filed.cases_opened,
        "patterns_new": ran.repeated.filed.alerts_new,
        "patterns_extended_by": ran.repeated.extended,
        "suppressed": ran.filed.suppressed,
        "shadow": ran.shadow.id if ran.shadow else None,
    }


def _outcomes(run: "Run") -> dict[str, int]:
    return dict(sorted(Counter(verdict.outcome.value for verdict in run.verdicts).items()))


def _counted(run: "Run") -> str:
    return ", ".join(f"{count} {name}" for name, count in _outcomes(run).items())


def _say(ran: "Ran", remarks: "list[Remark]") -> None:
    for (outcome, reason), names in _reasons(ran.run).items():
        typer.echo(f"{', '.join(names)}: {outcome}: {reason}")
    for remark in remarks:
        if remark.concern != "verdict":
            kind = "warning" if remark.is_warning else "note"
            typer.echo(f"{kind}: {remark.subject}: {remark.text}")
    typer.echo(f"run {ran.run.id}: {_counted(ran.run)}")
    grown = f", {ran.filed.alerts_grown} grown" if ran.filed.alerts_grown else ""
    typer.echo(f"{ran.filed.alerts_new} new alerts{grown}, {ran.filed.cases_opened} cases opened")
    if ran.repeated.filed.alerts_new or ran.repeated.extended:
        typer.echo(
            f"{ran.repeated.filed.alerts_new} patterns of hits below the line, "
            f"{ran.repeated.extended} hits added to known ones"
        )
    if ran.filed.suppressed:
        typer.echo(f"{ran.filed.suppressed} hits hidden; see: surveillance suppressions list")
    if ran.shadow:
        typer.echo(f"in shadow, run {ran.shadow.id}: {_counted(ran.shadow)}; nothing filed")


def _reasons(run: "Run") -> dict[tuple[str, str], list[str]]:
    """Return what verdicts have to say, each sentence once, with the rules that say it."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for verdict in run.verdicts:
        if verdict.reason:
            reasons.setdefault((verdict.outcome, verdict.reason), []).append(verdict.rule_id)
    return reasons


def _windows(
    place: "Installation", start: str | None, end: str | None, now: datetime
) -> "Iterator[tuple[Window, bool, bool]]":
    """Yield the windows to judge: whether one is next to the watermark, and whether it is late."""
    from surveillance import waiting
    from surveillance.model import Window
    from surveillance.times import parse_time

    if start is not None and end is not None:
        yield Window(parse_time(start), parse_time(end)), False, False
        return
    if start is not None or end is not None:
        raise SurveillanceError("expected both --from and --to, or neither")
    window, late = waiting.pending(place, now), waiting.late(place)
    if window is None and not late:
        raise SurveillanceError(
            "expected activity that no run has judged, was none; pull some first"
        )
    if window is not None:
        yield window, True, False
    for day in late:
        typer.echo(f"rows of {day.start:%Y-%m-%d} landed late; judging it again", err=True)
        yield day, False, True


def runs(
    context: typer.Context,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Those of rules in shadow, which filed nothing.")
    ] = False,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List runs, the latest window first."""
    from surveillance.proof import runs as history
    from surveillance.records.tables import RunMode

    with show.installation(context).session() as session:
        summaries = history.listed(session, mode=RunMode.SHADOW if shadow else RunMode.LIVE)
    rows = [
        {
            "id": summary.id,
            "from": summary.start,
            "to": summary.end,
            "as_of": summary.as_of,
            "digest": summary.digest,
            "verdicts": dict(summary.verdicts),
        }
        for summary in summaries
    ]
    show.rows(
        rows, ["id", "from", "to", "verdicts"], how, as_json, "no run yet", where=where, limit=limit
    )


def hits(
    context: typer.Context,
    run: show.Run,
    below: Annotated[
        bool, typer.Option("--below", help="Also those below the alert line.")
    ] = False,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List what a run found; JSON and CSV have the ids of the evidence too.

    Example: surveillance hits 3f9a --json
    """
    from surveillance.model import ALERT_LINE, SHADOW_LINE
    from surveillance.proof import runs as history

    line = SHADOW_LINE if below else ALERT_LINE
    with show.installation(context).session() as session:
        verdicts = history.load(session, run).verdicts
    shown = [hit for verdict in verdicts for hit in verdict.hits if hit.score >= line]
    rows = [{"id": hit.id, **asdict(hit)} for hit in shown]
    columns = ["rule_id", "score", "at", "trader_id", "owner_id", "instrument", "segment"]
    show.rows(rows, columns, how, as_json, "no hits", where=where, limit=limit)
