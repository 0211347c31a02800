"""Words for measuring: where traders stand, and how good the alerts are."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from surveillance.cli import show


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (risk, evaluate):
        app.command()(command)


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
