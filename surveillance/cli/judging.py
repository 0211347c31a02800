"""Words for judging: run, read what was found, measure it, and prove it again."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError

Run = Annotated[str, typer.Argument(help="Run id, or the beginning of one.")]

segments_app = typer.Typer(no_args_is_help=True, help="Groups of traders who behave alike.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (run, runs, hits, risk, evaluate, replay):
        app.command()(command)
    app.add_typer(segments_app, name="segments")


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

    Without --from and --to: the whole days of landed activity that no run has judged yet.
    """
    from surveillance import pipeline

    place, now = show.installation(context), datetime.now(UTC)
    window = _window(place, start, end, now)
    known = show.moment(as_of) or now
    with show.progress(None, "judging") as step:
        ran = pipeline.run(
            place, window, known, now, step, moves_watermark=start is None and end is None
        )
    outcomes = [verdict.outcome.value for verdict in ran.run.verdicts]
    found = {
        "id": ran.run.id,
        "from": window.start,
        "to": window.end,
        "as_of": known,
        "digest": ran.run.digest,
        "verdicts": {name: outcomes.count(name) for name in sorted(set(outcomes))},
        "alerts_new": ran.filed.alerts_new,
        "cases_opened": ran.filed.cases_opened,
    }
    if as_json:
        show.document(found)
        return
    for verdict in ran.run.verdicts:
        if verdict.reason:
            typer.echo(f"{verdict.rule_id}: {verdict.outcome}: {verdict.reason}")
    counted = ", ".join(f"{count} {name}" for name, count in found["verdicts"].items())
    typer.echo(f"run {ran.run.id}: {counted}")
    typer.echo(f"{ran.filed.alerts_new} new alerts, {ran.filed.cases_opened} cases opened")


def _window(place: Any, start: str | None, end: str | None, now: datetime) -> Any:
    from surveillance import pipeline
    from surveillance.model import Window

    if (start is None) != (end is None):
        raise SurveillanceError("expected both --from and --to, or neither")
    if start is not None:
        return Window(show.moment(start), show.moment(end))
    window = pipeline.pending(place, now)
    if window is None:
        raise SurveillanceError(
            "expected activity that no run has judged, was none; pull some first"
        )
    return window


def runs(
    context: typer.Context, how: show.As = show.Format.TABLE, as_json: show.Json = False
) -> None:
    """List runs, the latest window first."""
    from surveillance import runs as kept

    with show.installation(context).session() as session:
        lines = kept.listed(session)
    found = [
        {
            "id": one.id,
            "from": one.start,
            "to": one.end,
            "as_of": one.as_of,
            "digest": one.digest,
            "verdicts": dict(one.verdicts),
        }
        for one in lines
    ]
    show.rows(found, ["id", "from", "to", "verdicts"], how, as_json, "no run yet")


def hits(
    context: typer.Context,
    run: Run,
    below: Annotated[
        bool, typer.Option("--below", help="Also those below the queue line.")
    ] = False,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List what a run found, with the ids of its evidence."""
    from surveillance import runs as kept
    from surveillance.model import QUEUE_LINE, SHADOW_LINE

    line = SHADOW_LINE if below else QUEUE_LINE
    with show.installation(context).session() as session:
        verdicts = kept.load(session, run).verdicts
    found = [asdict(hit) for verdict in verdicts for hit in verdict.hits if hit.score >= line]
    show.rows(
        found,
        ["rule_id", "score", "at", "trader_id", "owner_id", "instrument", "segment"],
        how,
        as_json,
        "no hits",
    )


def risk(
    context: typer.Context,
    run: Run,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Show where every trader stands: a score per family of risk, below the line included."""
    from surveillance import anomaly
    from surveillance import runs as kept
    from surveillance.studies.standing import standings

    place = show.installation(context)
    with place.session() as session:
        judged = kept.load(session, run)
        models = anomaly.load(judged.manifest, lambda name: kept.kept(session, name))
    found = [asdict(one) for one in standings(place.lake, judged, models.segments)]
    columns = [
        "trader_id",
        "owner_id",
        "segment",
        "manipulation",
        "front_running",
        "kyc_aml",
        "anomaly",
        "main_reason",
    ]
    show.rows(found, columns, how, as_json, "no traders")


def evaluate(
    context: typer.Context,
    run: Run,
    labels: Annotated[Path, typer.Option(help="Label file, or the folder that holds it.")],
    venue: Annotated[
        Path | None, typer.Option(help="Venue file that says what the labels mean.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Compare a run with labels: precision, recall, F1, and alerts on clean traders."""
    from surveillance import runs as kept
    from surveillance.activity.venue import load
    from surveillance.studies.evaluate import evaluate as compare

    place = show.installation(context)
    folder = labels if labels.is_dir() else show.existing(labels).parent
    opened = load(show.existing(venue) if venue else _demo(), folder)
    with place.session() as session:
        judged = kept.load(session, run)
    found = compare(place.lake, judged, opened)
    if as_json:
        show.document(found)
        return
    columns = ["typology", "universe", "tp", "fp", "fn", "precision", "recall", "f1"]
    show.rows(found["typologies"], columns, show.Format.TABLE)
    typer.echo(f"alerts per 1,000 clean traders: {found['alerts_per_1000_clean']}")


def _demo() -> Path:
    from surveillance.demo import VENUE

    return VENUE


def replay(
    context: typer.Context,
    run: Run,
    swap: Annotated[
        str | None, typer.Option("--with", help="RULE@VERSION: a what-if with another version.")
    ] = None,
    certificate: Annotated[
        bool, typer.Option("--certificate", help="Also render the certificate as PDF.")
    ] = False,
    as_json: show.Json = False,
) -> None:
    """Judge a run again from what is kept, and compare; exit code 1 if it differs."""
    from surveillance.replay import replay_in

    place = show.installation(context)
    with place.session() as session:
        found = replay_in(session, place.lake, run, _swap(swap), place.settings.threads)
    differences = [asdict(one) for one in found.differences]
    if as_json:
        show.document(
            {
                "equal": found.equal,
                "digest": found.digest,
                "recorded_digest": found.recorded_digest,
                "differences": differences,
            }
        )
    else:
        typer.echo(f"recorded {found.recorded_digest}\nreplayed {found.digest}")
        show.rows(
            differences,
            ["kind", "rule_id", "subject", "measure", "before", "after"],
            show.Format.TABLE,
            empty="equal",
        )
    if certificate:
        _certify(place, found)
    if not found.equal:
        raise typer.Exit(1)


def _swap(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    rule, _, version = text.partition("@")
    if not version.isdecimal():
        raise SurveillanceError(f"expected RULE@VERSION such as spoofing@2, was {text!r}")
    return rule, int(version)


def _certify(place: Any, found: Any) -> None:
    from surveillance import journal, reports

    with place.session() as session:
        head = journal.head(session)
    rendered = reports.render_replay(
        found.told,
        institution=place.settings.institution,
        at=datetime.now(UTC),
        journal_head=head,
        templates=place.settings.templates / "reports",
    )
    path = place.settings.reports / "run" / f"replay-{found.told['run_id']}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rendered.pdf)
    typer.echo(f"{path} sha256 {rendered.sha256}", err=True)


@segments_app.command("show")
def segments_show(
    context: typer.Context, how: show.As = show.Format.TABLE, as_json: show.Json = False
) -> None:
    """Show the segments in force: how many traders, and what is usual there."""
    from surveillance import calibration

    with show.installation(context).session() as session:
        model, version = calibration.latest_segments(session)
    if model is None:
        raise SurveillanceError(
            "expected calibrated segments, was none; run: surveillance segments calibrate"
        )
    names = sorted(set(model.assignment.values()))
    members = list(model.assignment.values())
    found = [
        {
            "version": version,
            "segment": name,
            "traders": members.count(name),
            "median_daily_notional": model.quantile(name, "daily_notional", 0.5),
            "median_orders_per_day": model.quantile(name, "orders_per_day", 0.5),
            "median_cancel_ratio": model.quantile(name, "cancel_ratio", 0.5),
        }
        for name in names
    ]
    show.rows(found, list(found[0]) if found else [], how, as_json)


@segments_app.command("calibrate")
def segments_calibrate(
    context: typer.Context,
    until: Annotated[
        str | None, typer.Option(help="Use the activity before this time; default: all.")
    ] = None,
) -> None:
    """Divide traders anew on their latest activity; a new frozen version, in force from now on."""
    from surveillance import calibration

    place, now = show.installation(context), datetime.now(UTC)
    spanned = place.lake.span()
    if spanned is None:
        raise SurveillanceError("expected activity in the lake, was none; pull some first")
    version = calibration.calibrate(place, show.moment(until) or spanned.end, now, now)
    typer.echo(f"segment model {version}")
