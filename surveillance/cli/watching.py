"""Words for watching ourselves: do the rules still find what they should, and what has none?"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.installation import Installation
    from surveillance.records.coverage import CoverageRecord


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (canaries, remarks, coverage, jobs, outbox):
        app.command()(command)


def canaries(
    context: typer.Context,
    run: show.Run,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say whether every rule of a run found the acts planted for it; exit code 1 if not.

    Example: surveillance canaries 3f9a
    """
    from surveillance.proof import canaries as planted
    from surveillance.proof import runs

    with show.installation(context).session() as session:
        name = runs.load(session, run).id
        acts = planted.listed(session, name)
    rows = [row.model_dump(exclude={"run_id"}) for row in acts]
    columns = ["rule_id", "version", "act", "found", "reason"]
    show.rows(
        rows, columns, how, as_json, "no canary was planted in this run", where=where, limit=limit
    )
    if not acts or any(not row.found for row in acts):
        raise typer.Exit(1)


def remarks(
    context: typer.Context,
    run: show.Run,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say what to know of a run before relying on its silence; exit code 1 if there is a warning.

    Verdicts that could not be given, canaries that were missed, rules that have not hit for
    unusually long, and feeds with gaps.

    Example: surveillance remarks 3f9a
    """
    from surveillance.proof import runs
    from surveillance.studies.watch import health

    with show.installation(context).session() as session:
        run_remarks = health.remarks(session, runs.load(session, run))
    rows = [asdict(remark) for remark in run_remarks]
    show.rows(
        rows,
        ["concern", "subject", "text", "is_warning"],
        how,
        as_json,
        "nothing to remark",
        where=where,
        limit=limit,
    )
    if any(remark.is_warning for remark in run_remarks):
        raise typer.Exit(1)


def coverage(
    context: typer.Context,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also render it as PDF.")] = False,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Show which practice, red flag and product the rules cover, and where there is a gap.

    Example: surveillance coverage --format csv > coverage.csv
    """
    from surveillance.records.trading import trading
    from surveillance.rules import practices
    from surveillance.studies.versions import versions
    from surveillance.studies.watch.coverage import coverage as held
    from surveillance.studies.watch.coverage import record

    place = show.installation(context)
    folder = place.settings.rules
    with place.session() as session:
        answer = record(held(practices.load(folder), versions(session, folder), trading(session)))
    if as_json:
        show.document(answer)
    else:
        columns = ["source", "code", "name", "status", "rules", "products", "reason"]
        show.rows(_lines(answer), columns, how)
    if pdf:
        _render(place, answer)


def jobs(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say what each job of the scheduler came to last; exit code 1 if one failed.

    Example: surveillance jobs
    """
    from surveillance.records import scheduled

    with show.installation(context).session() as session:
        rows = [row.model_dump() for row in scheduled.jobs(session)]
    columns = ["name", "ended_at", "succeeded_at", "runs", "failures", "failing", "message"]
    show.rows(
        rows,
        columns,
        how,
        as_json,
        "no job was ever done; see: surveillance schedule",
        where=where,
        limit=limit,
    )
    if any(row["message"] for row in rows):
        raise typer.Exit(1)


def outbox(
    context: typer.Context,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only what was not delivered, or given up.")
    ] = False,
    limit: show.Limit = None,
    where: show.Where = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List what other systems were told by webhooks, the last first.

    Example: surveillance outbox --waiting
    """
    from sqlmodel import col, select

    from surveillance.records.tables import OutboxRow

    wanted = select(OutboxRow).order_by(col(OutboxRow.id).desc())
    if waiting:
        wanted = wanted.where(col(OutboxRow.delivered_at).is_(None))
    with show.installation(context).session() as session:
        rows = [row.model_dump() for row in session.exec(wanted)]
    columns = ["seq", "event", "url", "tries", "due_at", "delivered_at", "message"]
    show.rows(rows, columns, how, as_json, "nothing was sent", where=where, limit=limit)


def _lines(answer: "CoverageRecord") -> list[dict[str, Any]]:
    return [
        {"source": section["source"]} | row | {"rules": [rule["id"] for rule in row["rules"]]}
        for section in answer["sections"]
        for row in section["lines"]
    ]


def _render(place: "Installation", answer: "CoverageRecord") -> None:
    from surveillance import reports
    from surveillance.records import journal

    with place.session() as session:
        head = journal.head(session)
    rendered = reports.render_coverage(
        answer,
        institution=place.settings.institution,
        at=datetime.now(UTC),
        journal_head=head,
        templates=place.settings.templates / "reports",
    )
    path = place.settings.reports / "rulebook" / f"coverage-{rendered.sha256}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rendered.pdf)
    typer.echo(f"{path} sha256 {rendered.sha256}", err=True)
