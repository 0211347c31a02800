"""Words for segments: what is usual there, and a recalibration that a second officer approves."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from surveillance.cli import show
from surveillance.cli.people import officer_of
from surveillance.errors import SurveillanceError

segments_app = typer.Typer(no_args_is_help=True, help="Groups of traders who behave alike.")
_USUAL = ("daily_notional", "orders_per_day", "cancel_ratio")
_EVERYBODY: tuple[tuple[str, str, float | None, bool], ...] = (("everybody", "else", None, True),)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(segments_app, name="segments")


@segments_app.command("show")
def show_segments(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Show the segments in force: how many traders, what is usual there, what sets them apart."""
    from surveillance.governance import calibration

    with show.installation(context).session() as session:
        model, version = calibration.segments_in_force(session)
    if model is None:
        raise SurveillanceError(
            "expected calibrated segments, was none; run: surveillance segments calibrate"
        )
    members = list(model.assignment.values())
    rows: list[dict[str, Any]] = [
        {
            "version": version,
            "segment": name,
            "traders": members.count(name),
            **{f"median_{what}": model.median(name, what) for what in _USUAL},
            "set_apart_by": _apart(model, name),
        }
        for name in sorted(set(members))
    ]
    usual = [f"median_{what}" for what in _USUAL]
    show.rows(
        rows,
        ["version", "segment", "traders", *usual, "set_apart_by"],
        how,
        as_json,
        where=where,
        limit=limit,
    )


def _apart(model: Any, segment: str) -> str:
    from surveillance.chart.traits import plain

    profile = model.profiles.get(segment)
    return ", ".join(
        f"{trait.feature} {plain(trait.here)} (elsewhere {plain(trait.elsewhere)})"
        for trait in (profile.traits[:3] if profile else ())
    )


@segments_app.command("why")
def show_why(
    context: typer.Context,
    trader: Annotated[str, typer.Argument(help="The account.")],
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say why a trader is in a segment: criterion by criterion, until a division takes them.

    All criteria of an alternative must be met, and of a division any alternative.

    Example: surveillance segments why TR0042
    """
    from surveillance.studies.watch import segments

    reasons = segments.why(show.installation(context), trader)
    rows: list[dict[str, Any]] = [
        {
            "division": step.division,
            "alternative": number,
            "criterion": f"{feature} {bound}",
            "value": value,
            "met": is_met,
            "takes": holds,
        }
        for step in reasons.steps
        for number, (holds, criteria) in enumerate(
            [(each.holds, each.criteria) for each in step.alternatives] or [(True, _EVERYBODY)], 1
        )
        for feature, bound, value, is_met in criteria
    ]
    show.rows(
        rows,
        ["division", "alternative", "criterion", "value", "met", "takes"],
        how,
        as_json,
        where=where,
        limit=limit,
    )
    if not as_json:
        typer.echo(f"{trader} is in {reasons.segment}" + _but(reasons.falls_in, reasons.segment))


def _but(falls_in: str, segment: str) -> str:
    stays = "; what they do falls in {}, and they move if it still does at the next fit"
    return "" if falls_in == segment else stays.format(falls_in)


@segments_app.command("changes")
def show_changes(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List what the segments in force changed: born, died, split, merged, and who moved."""
    from surveillance.studies.watch import segments

    shown = segments.shown(show.installation(context))
    if shown is None:
        raise SurveillanceError(segments.NONE)
    overview, _ = shown
    rows: list[dict[str, Any]] = [
        {"what": row.kind, "words": row.words} for row in overview.changes
    ]
    rows += [
        {"what": "moved", "words": f"{trader}: {before} → {after}"}
        for trader, before, after in overview.moved
    ]
    show.rows(rows, ["what", "words"], how, as_json, "nothing changed", where=where, limit=limit)


@segments_app.command("versions")
def list_versions(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List every segment model that was made, and which is in force."""
    from surveillance.governance import calibration

    with show.installation(context).session() as session:
        _, current = calibration.segments_in_force(session)
        rows: list[dict[str, Any]] = [
            {**row.model_dump(mode="json"), "in_force": row.version == current}
            for row in calibration.versions(session)
        ]
    shown = ["version", "in_force", "fitted_from", "fitted_to", "created_at", "digest"]
    show.rows(rows, shown, how, as_json, "no segments yet", where=where, limit=limit)


@segments_app.command("calibrate")
def calibrate_segments(
    context: typer.Context,
    until: Annotated[
        str | None, typer.Option(help="Use the activity before this time; default: all.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Officer who proposes it; needed but for the first.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is due.")] = "Recalibration.",
) -> None:
    """Divide traders anew on their latest activity, as a new frozen version.

    The first version is in force at once. A later one moves thresholds: it waits for
    `surveillance segments approve VERSION --by SUPERVISOR`, who is not its proposer.

    Example: surveillance segments calibrate --until 2026-04-01 --by desk-1
    """
    from surveillance.governance import calibration
    from surveillance.records.permissions import WORKERS
    from surveillance.studies.watch import recalibration

    end, place, now = show.moment(until), show.installation(context), datetime.now(UTC)
    spanned = place.lake.span()
    if spanned is None:
        raise SurveillanceError("expected activity in the lake, was none; pull some first")
    with place.session() as session:
        is_first = not calibration.versions(session)
        if not is_first and by is None:
            raise SurveillanceError("expected --by OFFICER, was none: a second one must approve it")
        if by is not None:
            officer_of(session, by).require(*WORKERS)
    version = calibration.calibrate(place, end or spanned.end, now, now)
    if not is_first:
        recalibration.with_review(place, version, now)
        with place.session() as session:
            calibration.propose(session, officer_of(session, by or ""), version, reason, now)
    typer.echo(f"segment model {version}" + ("" if is_first else " waits for approval"))


@segments_app.command("approve")
def approve_segments(
    context: typer.Context,
    version: Annotated[int, typer.Argument(help="Version that waits.")],
    by: Annotated[str, typer.Option(help="Supervisor who is not its proposer.")],
) -> None:
    """Bring a recalibration into force from the next run on.

    Example: surveillance segments approve 2 --by supervisor-1
    """
    from surveillance.governance import calibration

    with show.installation(context).session() as session:
        calibration.approve(session, officer_of(session, by), version, datetime.now(UTC))
    typer.echo(f"segment model {version} is in force")
