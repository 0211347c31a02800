"""Words for measuring: where traders stand, and how good the alerts are."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from surveillance.installation import Installation


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

    Example: surveillance risk 3f9a --format csv > risks.csv
    """
    from surveillance.detection import anomaly
    from surveillance.proof import runs
    from surveillance.records import artefacts
    from surveillance.studies.watch.trader_risk import trader_risks

    place = show.installation(context)
    with place.session() as session:
        judged = runs.load(session, run)
        model = anomaly.segments_of(judged.manifest, lambda name: artefacts.read(session, name))
    found = [asdict(one) for one in trader_risks(place.lake, judged, model)]
    families = ["manipulation", "front_running", "kyc_aml", "anomaly", "main_reason"]
    show.rows(found, ["trader_id", "owner_id", "segment", *families], how, as_json, "no traders")


def evaluate(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(help="Run id, the beginning of one, or latest.", show_default=False),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Label file, or the folder that holds it.", show_default=False),
    ] = None,
    venue: Annotated[
        Path | None,
        typer.Option(
            help="Venue file that says what the labels mean; default: the demonstration's.",
            show_default=False,
        ),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Instead of a run, judge simulated weeks.")
    ] = False,
    seeds: Annotated[
        str, typer.Option(help="Weeks to simulate; rules are tuned on others than the default.")
    ] = "11-20",
    severities: Annotated[
        str, typer.Option(help="How openly each week is abused, 0 to 1.")
    ] = "0.1,0.3,0.5,0.9",
    days: Annotated[int, typer.Option(help="Days in a week.", min=1)] = 7,
    traders: Annotated[int, typer.Option(help="Honest accounts in a week.", min=1)] = 200,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for JSON, page and PDF; default: measure in that of reports.",
            show_default=False,
        ),
    ] = None,
    rewrite: Annotated[
        bool,
        typer.Option("--rewrite", help="Judge nothing: write page and PDF of --out again."),
    ] = False,
    as_json: show.Json = False,
) -> None:
    """Compare a run with labels, or judge simulated weeks whose abuse is known.

    Of a run: precision, recall and F1 by typology, and alerts on clean traders.

    With --simulated: precision, recall, F1 and delay of every rule, and alerts per 1,000 clean
    owners a day; as measure.json, README.md with pictures, and measure.pdf. A week that was judged
    by the same rules and code is not judged again, so what was interrupted goes on.

    Example: surveillance evaluate 3f9a --labels .surveillance/labels.csv

    Example: surveillance evaluate --simulated --seeds 7 --severities 0.5,0.9
    """
    if simulated or rewrite:
        place = show.installation(context)
        folder = out or place.settings.reports / "measure"
        if not rewrite:
            _measure(place, (seeds, severities, days, traders), folder)
        _write(place, folder, as_json)
        return
    if run is None or labels is None:
        raise SurveillanceError("expected a run and --labels, or --simulated")
    _compare(context, run, labels, venue, as_json)


def _measure(place: "Installation", asked: tuple[str, str, int, int], folder: Path) -> None:
    from surveillance.reports import measure as report
    from surveillance.studies import measure as study

    plan = study.plan(*asked)
    with show.progress(len(plan.weeks), "weeks") as step:
        kept = place.settings.home / "weeks"
        found = study.measure(plan, place.settings.rules, kept, datetime.now(UTC), step)
    report.save(folder, found)


def _write(place: "Installation", folder: Path, as_json: bool) -> None:
    """Write page, pictures and PDF of a measure, and say in short what it found."""
    from surveillance.reports import measure as report
    from surveillance.studies import measure as study

    told = report.read(show.existing(folder))
    report.write(folder, told)
    with place.session() as session:
        said = study.journalled(session, told.measure, datetime.now(UTC))
    made = report.render(told, journal_head=said, templates=place.settings.templates / "reports")
    path = folder / "measure.pdf"
    path.write_bytes(made.pdf)
    if as_json:
        show.document(told.measure)
    else:
        show.rows(report.lines(told), report.COLUMNS, show.Format.TABLE)
        typer.echo("\n".join(report.summary(told)))
    typer.echo(f"{path} sha256 {made.sha256}", err=True)


def _compare(
    context: typer.Context, run: str, labels: Path, venue: Path | None, as_json: bool
) -> None:
    from surveillance.activity.sources import load
    from surveillance.demo import VENUE
    from surveillance.proof import runs
    from surveillance.studies.evaluate import evaluate as compare
    from surveillance.studies.evaluate import related_of

    place = show.installation(context)
    folder = labels if labels.is_dir() else show.existing(labels).parent
    opened = load(show.existing(venue or VENUE), folder)
    with place.session() as session:
        judged = runs.load(session, run)
        related = related_of(runs.rulebook_of(session, judged))
    found = compare(place.lake, judged, opened, related)
    if as_json:
        show.document(found)
        return
    columns = ["typology", "universe", "tp", "fp", "fn", "precision", "recall", "f1"]
    show.rows(found["typologies"], columns, show.Format.TABLE)
    typer.echo(f"alerts per 1,000 clean traders: {found['alerts_per_1000_clean']}")
