"""Words for measuring: where traders stand, how good the alerts are, and what is usual."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError

segments_app = typer.Typer(no_args_is_help=True, help="Groups of traders who behave alike.")
_USUAL = ("daily_notional", "orders_per_day", "cancel_ratio")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (risk, evaluate):
        app.command()(command)
    app.add_typer(segments_app, name="segments")


def risk(
    context: typer.Context,
    run: show.Run,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Show where every trader stands: a score per family of risk, below the line included.

    Example: surveillance risk 3f9a --format csv > standing.csv
    """
    from surveillance import anomaly, artefacts, runs
    from surveillance.studies.standing import standings

    place = show.installation(context)
    with place.session() as session:
        judged = runs.load(session, run)
        model = anomaly.segments_of(judged.manifest, lambda name: artefacts.kept(session, name))
    found = [asdict(one) for one in standings(place.lake, judged, model)]
    families = ["manipulation", "front_running", "kyc_aml", "anomaly", "main_reason"]
    show.rows(found, ["trader_id", "owner_id", "segment", *families], how, as_json, "no traders")


def evaluate(
    context: typer.Context,
    run: show.Run,
    labels: Annotated[Path, typer.Option(help="Label file, or the folder that holds it.")],
    venue: Annotated[
        Path | None,
        typer.Option(
            help="Venue file that says what the labels mean; default: the demonstration's.",
            show_default=False,
        ),
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Compare a run with labels: precision, recall, F1, and alerts on clean traders.

    Example: surveillance evaluate 3f9a --labels .surveillance/labels.csv
    """
    from surveillance import runs
    from surveillance.activity.venue import load
    from surveillance.demo import VENUE
    from surveillance.studies.evaluate import evaluate as compare

    place = show.installation(context)
    folder = labels if labels.is_dir() else show.existing(labels).parent
    opened = load(show.existing(venue or VENUE), folder)
    with place.session() as session:
        judged = runs.load(session, run)
    found = compare(place.lake, judged, opened)
    if as_json:
        show.document(found)
        return
    columns = ["typology", "universe", "tp", "fp", "fn", "precision", "recall", "f1"]
    show.rows(found["typologies"], columns, show.Format.TABLE)
    typer.echo(f"alerts per 1,000 clean traders: {found['alerts_per_1000_clean']}")


@segments_app.command("show")
def show_segments(
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
    members = list(model.assignment.values())
    found: list[dict[str, Any]] = [
        {
            "version": version,
            "segment": name,
            "traders": members.count(name),
            **{f"median_{what}": model.quantile(name, what, 0.5) for what in _USUAL},
        }
        for name in sorted(set(members))
    ]
    usual = [f"median_{what}" for what in _USUAL]
    show.rows(found, ["version", "segment", "traders", *usual], how, as_json)


@segments_app.command("calibrate")
def calibrate_segments(
    context: typer.Context,
    until: Annotated[
        str | None, typer.Option(help="Use the activity before this time; default: all.")
    ] = None,
) -> None:
    """Divide traders anew on their latest activity; a new frozen version, in force from now on.

    Example: surveillance segments calibrate --until 2026-04-01
    """
    from surveillance import calibration

    place, now = show.installation(context), datetime.now(UTC)
    spanned = place.lake.span()
    if spanned is None:
        raise SurveillanceError("expected activity in the lake, was none; pull some first")
    version = calibration.calibrate(place, show.moment(until) or spanned.end, now, now)
    typer.echo(f"segment model {version}")
