"""Words for measuring: where traders stand, and how good the alerts are."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.installation import Installation


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (risk, evaluate, measure, accused):
        app.command()(command)


def risk(
    context: typer.Context,
    run: show.Run,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Show one risk per trader: scores by family, how closely to watch them, and why.

    Hits, near misses, repeats, anomalies and what a trader took part in, each as likely to be
    productive as officers' decisions on the rule say. JSON and CSV have every part.

    Example: surveillance risk 3f9a --format csv > risks.csv
    """
    from surveillance.casework.decisions import decisions
    from surveillance.detection import anomaly
    from surveillance.proof import rulebooks, runs
    from surveillance.records import artefacts
    from surveillance.studies.watch.trader_risk import trader_risks

    place = show.installation(context)
    with place.session() as session:
        judged = runs.load(session, run)
        book, decided = rulebooks.rulebook_of(session, judged), decisions(session)
        model = anomaly.segments_of(judged.manifest, lambda name: artefacts.read(session, name))
    rows = [asdict(risk) for risk in trader_risks(place.lake, judged, book, model, decided)]
    scores = ["score", "manipulation", "front_running", "kyc_aml", "anomaly"]
    shown = ["trader_id", "owner_id", "segment", *scores, "tier", "main_reason"]
    show.rows(rows, shown, how, as_json, "no traders", where=where, limit=limit)


def evaluate(
    context: typer.Context,
    run: show.Run,
    labels: Annotated[
        Path,
        typer.Option(help="Label file, or the folder that holds it.", show_default=False),
    ],
    venue: Annotated[
        Path | None,
        typer.Option(
            help="Venue file that says what the labels mean; default: the demonstration's.",
            show_default=False,
        ),
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Compare a run with labels: precision, recall and F1 by typology, and alerts on the clean.

    Example: surveillance evaluate 3f9a --labels .surveillance/labels.csv
    """
    from surveillance.activity.sources import load
    from surveillance.demo import VENUE
    from surveillance.proof import rulebooks, runs
    from surveillance.studies.evaluate import apart_of, related_of
    from surveillance.studies.evaluate import evaluate as compare

    place = show.installation(context)
    folder = labels if labels.is_dir() else show.existing(labels).parent
    opened = load(show.existing(venue or VENUE), folder)
    with place.session() as session:
        judged = runs.load(session, run)
        book = rulebooks.rulebook_of(session, judged)
    agreement = compare(place.lake, judged, opened, related_of(book), apart_of(book))
    if as_json:
        show.document(asdict(agreement))
        return
    columns = ["typology", "universe", "tp", "fp", "fn", "precision", "recall", "f1"]
    show.rows(agreement.typologies, columns, show.Format.TABLE)
    typer.echo(f"alerts per 1,000 clean traders: {agreement.alerts_per_1000_clean}")


def measure(
    context: typer.Context,
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
    """Measure the rules on simulated weeks whose abuse is known.

    Precision, recall, F1 and delay of every rule, and alerts per 1,000 clean owners a day; as
    measure.json, README.md with pictures, and measure.pdf. A week that was judged by the same
    rules and code is not judged again, so what was interrupted goes on.

    Example: surveillance measure --seeds 7 --severities 0.5,0.9
    """
    place = show.installation(context)
    folder = out or place.settings.reports / "measure"
    if not rewrite:
        _measure(place, (seeds, severities, days, traders), folder)
    _write(place, folder, as_json)


def _measure(place: "Installation", asked: tuple[str, str, int, int], folder: Path) -> None:
    from surveillance.reports import measure as report
    from surveillance.studies import measure as study

    plan = study.plan(*asked)
    with show.progress(len(plan.weeks), "weeks") as step:
        weeks = place.settings.home / "weeks"
        figures = study.measure(plan, place.settings.rules, weeks, datetime.now(UTC), step)
    report.save(folder, figures)


def _write(place: "Installation", folder: Path, as_json: bool) -> None:
    """Write page, pictures and PDF of a measure, and say in short what it shows."""
    from surveillance.reports import measure as reports
    from surveillance.studies import measure as study

    report = reports.read(show.existing(folder))
    reports.write(folder, report)
    with place.session() as session:
        head = study.journalled(session, report.measure, datetime.now(UTC))
    templates = place.settings.templates / "reports"
    rendered = reports.render(report, journal_head=head, templates=templates)
    path = folder / "measure.pdf"
    path.write_bytes(rendered.pdf)
    if as_json:
        show.document(report.measure)
    else:
        show.rows(reports.rows(report), reports.COLUMNS, show.Format.TABLE)
        typer.echo("\n".join(reports.summary(report)))
    typer.echo(f"{path} sha256 {rendered.sha256}", err=True)


def accused(
    context: typer.Context,
    seeds: Annotated[
        str, typer.Option(help="Weeks to simulate; these are those that rules are tuned on.")
    ] = "7,8,21-23",
    days: Annotated[int, typer.Option(help="Days in a week.", min=1)] = 7,
    traders: Annotated[int, typer.Option(help="Honest accounts in a week.", min=1)] = 200,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Show whom the rules accuse in simulated weeks without abuse: honest traders, and twins.

    A line a rule, subject and instrument, with its strongest sentence; the last line says how many
    there are per 1,000 clean owners a day. A week takes a minute and a half of one core.

    Example: surveillance accused --seeds 7 --where rule_id=ramping
    """
    from surveillance.studies import measure as study

    place = show.installation(context)
    weeks = study.plan(seeds, "0", days, traders).honest_weeks
    with show.progress(len(weeks), "weeks") as step:
        told = study.accused(weeks, place.settings.rules, place.settings.home / "weeks", step)
    shown = ["seed", "rule_id", "kind", "subject", "hits", "score", "words"]
    rows = [asdict(each) for each in told.accusations]
    show.rows(rows, shown, how, as_json, "nobody", where=where, limit=limit)
    typer.echo(told.summary, err=True)
