"""Words for reports: render a case, render it again, and check a file that somebody holds."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show
from surveillance.cli.people import By, bound, officer_of
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from surveillance.rendering import Verification

report_app = typer.Typer(
    cls=show.Defaulting,
    no_args_is_help=True,
    help="""Reports: a case as a PDF, and the proof that a PDF is one of these.

    Rendering is the plain form: surveillance report CASE --kind stor-mar --by OFFICER

    Examples: surveillance report 4be1c0ffee12 --by desk-1; surveillance report verify stor.pdf
    """,
)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(report_app, name="report")


@report_app.command("case")
def report(
    context: typer.Context,
    case: Annotated[str, typer.Argument(help="Case id.")],
    by: By,
    kind: Annotated[str, typer.Option(help="stor-mar, stor-mica, sar or case-file.")] = "case-file",
) -> None:
    """Render a case as a PDF as of now; the word "case" may be left out.

    What it was rendered from is kept, so that it can be rendered again byte for byte.

    Example: surveillance report 4be1c0ffee12 --kind stor-mar --by desk-1
    """
    from surveillance.rendering import render

    place = bound(show.installation(context), by)
    path, sha256 = render(place, case, kind, by, datetime.now(UTC))
    typer.echo(f"{path} sha256 {sha256}")


@report_app.command()
def again(
    context: typer.Context,
    sha256: Annotated[str, typer.Argument(help="SHA-256 of the report, or the beginning of it.")],
    to: Annotated[Path | None, typer.Option(help="Write the PDF here.")] = None,
    as_json: show.Json = False,
) -> None:
    """Render a report on a case again from what is kept; exit code 1 if its bytes differ.

    Says what sets the pages that is other than then: the code, its templates, libraries.

    Example: surveillance report again 9f2c41 --to again.pdf
    """
    from sqlmodel import col, select

    from surveillance import rendering
    from surveillance.records.tables import Report

    place = show.installation(context)
    with place.session() as session:
        wanted = select(Report).where(col(Report.sha256).startswith(sha256, autoescape=True))
        row = session.exec(wanted.order_by(col(Report.id).desc())).first()
        if row is None:
            raise SurveillanceError(f"expected the SHA-256 of a report, was {sha256!r}")
        rendered = rendering.again(session, place.settings, row.id or 0)
        notes = rendering.changed(session, place.settings, row.id or 0)
        recorded = row.sha256
    if to is not None:
        to.write_bytes(rendered.pdf)
    equal = rendered.sha256 == recorded
    if as_json:
        document = {"equal": equal, "recorded": recorded, "rendered": rendered.sha256}
        show.document(document | {"notes": notes})
    else:
        typer.echo(f"recorded {recorded}\nrendered {rendered.sha256}")
        typer.echo("\n".join([*notes, "equal" if equal else "differs"]))
    if not equal:
        raise typer.Exit(1)


@report_app.command()
def assurance(
    context: typer.Context,
    by: By,
    run: show.Run = "latest",
    as_json: show.Json = False,
) -> None:
    """Render that surveillance runs: per rule canary, silence, changes, what is switched off.

    Example: surveillance report assurance --by desk-1
    """
    from surveillance import rendering, reports
    from surveillance.records import journal
    from surveillance.studies.watch.assurance import assurance as held

    place, now = show.installation(context), datetime.now(UTC)
    settings = place.settings
    with place.session() as session:
        record, head = held(session, settings.rules, run), journal.head(session)
        rendered = reports.render_assurance(
            record,
            institution=settings.institution,
            at=now,
            journal_head=head,
            templates=settings.templates / "reports",
        )
        report = rendering.save(
            session, settings, rendered, subject=f"rulebook:assurance-{record.run_id}",
            officer=officer_of(session, by), at=now, journal_head=head,
        )  # fmt: skip
        path, sha256 = settings.reports / report.path, report.sha256
    if as_json:
        show.document(asdict(record))
    else:
        typer.echo(f"{path} sha256 {sha256}")


@report_app.command()
def team(
    context: typer.Context,
    by: By,
    start: Annotated[
        str | None, typer.Option("--from", help="Start of the period; default: 30 days ago.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="End of the period, not included; default: now.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Render how the work went in a period: backlog, ages, time to decide, what came of rules.

    For supervisors and auditors; of restricted cases it counts what they may know.

    Example: surveillance report team --from 2026-01-01 --to 2026-04-01 --by supervisor
    """
    from surveillance import rendering, reports
    from surveillance.casework import queue
    from surveillance.casework import team as work
    from surveillance.records import journal
    from surveillance.records.tables import Role
    from surveillance.reports.team import record_of

    place, now = show.installation(context), datetime.now(UTC)
    until = show.moment(end) or now
    since = show.moment(start) or until - timedelta(days=30)
    if since >= until:
        raise SurveillanceError(f"expected --from before --to, was {since:%Y-%m-%d}")
    settings = place.settings
    with place.session() as session:
        officer = officer_of(session, by)
        officer.require(Role.SUPERVISOR, Role.AUDITOR)
        period = work.team(session, officer, start=since, end=until)
        backlog = queue.backlog(session, now=now, viewer=officer)
        head = journal.head(session)
        rendered = reports.render_team(
            period, backlog, institution=settings.institution, at=now, journal_head=head,
            templates=settings.templates / "reports",
        )  # fmt: skip
        report = rendering.save(
            session, settings, rendered, subject=work.SUBJECT,
            officer=officer, at=now, journal_head=head,
        )  # fmt: skip
        path, sha256 = settings.reports / report.path, report.sha256
    if as_json:
        show.document(record_of(period, backlog))
    else:
        typer.echo(f"{path} sha256 {sha256}")


@report_app.command()
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A PDF.")],
    as_json: show.Json = False,
) -> None:
    """Check that a PDF is a report of this installation, unchanged, and who signed it.

    Exit code 1 if it is not known, if it was changed, or if its signature does not hold.

    Example: surveillance report verify stor-mar.pdf
    """
    from surveillance import rendering

    pdf = show.existing(file).read_bytes()
    place = show.installation(context)
    with place.session() as session:
        verification = rendering.verify(session, place.settings, pdf)
        if as_json:
            show.document(_plain(verification))
        else:
            typer.echo("\n".join(_lines(verification)))
    if verification.faults:
        raise typer.Exit(1)


def _plain(verification: "Verification") -> dict[str, Any]:
    report, signature = verification.report, verification.signature
    known = None if report is None else report.model_dump(mode="json", exclude={"path", "inputs"})
    signed = None if signature is None else asdict(signature)
    faults = verification.faults
    return {"ok": not faults, "faults": faults, "report": known, "signature": signed}


def _lines(verification: "Verification") -> Iterator[str]:
    report, signature = verification.report, verification.signature
    if report is not None:
        made = f"{report.created_at:%Y-%m-%d %H:%M:%S} UTC by {report.created_by}"
        yield f"{report.kind} on {report.subject}, prepared {made}"
        yield f"sha256 {report.sha256}, of the revision as it was rendered"
    if signature is not None:
        yield f"signed by {signature.signer}, certificate {signature.certificate}"
    elif not verification.faults:
        yield "not signed"
    yield from verification.faults or ("ok",)
