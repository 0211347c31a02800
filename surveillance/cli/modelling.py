"""Words for models under watch: drift, what a proposal would change, and the cards of both."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show
from surveillance.cli.people import officer_of
from surveillance.cli.segmenting import segments_app
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from surveillance.studies.watch.cards import Card
    from surveillance.studies.watch.review import Review

detectors_app = typer.Typer(no_args_is_help=True, help="Detectors fitted for anomaly rules.")
_MOVES = ["what", "who", "before", "after", "why"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(detectors_app, name="detectors")


@segments_app.command("drift")
def show_drift(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Measure how far traders have drifted from the segments in force, feature by feature.

    A feature has drifted where its population stability index (psi) is beyond the limit of
    segments.yml and beyond what chance explains.
    """
    from surveillance.studies.watch import drift

    measured = drift.measured(show.installation(context), datetime.now(UTC))
    if measured is None:
        raise SurveillanceError("expected activity after that of the segments in force, was none")
    rows: list[dict[str, Any]] = [dict(row) for row in measured["features"]]
    columns = ["feature", "psi", "chance", "drifted", "meaning"]
    show.rows(rows, columns, how, as_json, where=where, limit=limit)
    if not as_json:
        show.remark(f"{measured['churn']:.1%} of the traders would fall elsewhere")
        show.remark("; ".join(measured["due"]) or "no other model is due")


@segments_app.command("review")
def show_review(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(help="Version; default: the latest.")] = None,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Show what a proposed model would change: who moves, which lines move, which alerts.

    Example: surveillance segments review 2
    """
    from surveillance.governance import calibration
    from surveillance.studies.watch import review

    with show.installation(context).session() as session:
        latest = max((row.version for row in calibration.versions(session)), default=0)
        ready = review.latest(session, version or latest)
    if ready is None:
        raise SurveillanceError(f"expected a reviewed model, was {version or latest}")
    show.rows(list(_moves(ready)), _MOVES, how, as_json, "nothing moves", where=where, limit=limit)
    if not as_json:
        counts = ", ".join(f"{count} {kind}" for kind, count in ready["alerts"].items())
        show.remark(f"{ready['moved']} of {ready['traders']['of_both']} traders move")
        show.remark(f"alerts of {len(ready['rules'])} rules on which segments have a say: {counts}")


def _moves(ready: "Review") -> Iterator[dict[str, Any]]:
    for move in ready["moves"]:
        yield _row("trader", move["trader"], move)
    for line in ready["lines"]:
        name = f"{line['rule']} {line['parameter']} for {line['segment']}"
        yield _row("threshold", name, {**line, "why": f"{line['follows']}, {line['unit']}"})
    for change in ready["changes"]:
        yield _row(change["kind"], f"{change['rule']} {change['subject']}", change)


def _row(what: str, who: str, move: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "what": what,
        "who": who,
        "before": move["before"],
        "after": move["after"],
        "why": move["why"],
    }


@segments_app.command("refuse")
def refuse_segments(
    context: typer.Context,
    version: Annotated[int, typer.Argument(help="Version that waits.")],
    by: Annotated[str, typer.Option(help="Supervisor, or its proposer.")],
    reason: Annotated[str, typer.Option(help="Why it is not wanted.")],
) -> None:
    """Turn a recalibration down: what is in force stays.

    Example: surveillance segments refuse 2 --by supervisor-1 --reason "A week of one event."
    """
    from surveillance.governance import calibration

    with show.installation(context).session() as session:
        calibration.refuse(session, officer_of(session, by), version, reason, datetime.now(UTC))
    typer.echo(f"segment model {version} is refused")


@segments_app.command("card")
def show_segment_card(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(help="Version; default: in force.")] = None,
    as_json: show.Json = False,
) -> None:
    """Write the card of a segment model, as Markdown: what it is, how good, and who agreed."""
    from surveillance.studies.watch.segment_card import segment_card

    with show.installation(context).session() as session:
        _write(segment_card(session, version), as_json)


@detectors_app.command("card")
def show_detector_card(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="An anomaly rule.")],
    as_json: show.Json = False,
) -> None:
    """Write the card of the detector that was fitted last for a rule, as Markdown.

    Example: surveillance detectors card strange_order_flow
    """
    from surveillance.studies.watch.detector_card import detector_card

    with show.installation(context).session() as session:
        _write(detector_card(session, rule), as_json)


def _write(card: "Card", as_json: bool) -> None:
    from surveillance.studies.watch.cards import markdown

    if as_json:
        show.document(card)
    else:
        typer.echo(markdown(card), nl=False)
