"""Words for watching ourselves: do the rules still find what they should, and what has none?"""

from dataclasses import asdict

import typer

from surveillance.cli import show


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (canaries, remarks):
        app.command()(command)


def canaries(
    context: typer.Context,
    run: show.Run,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say whether every rule of a run found the episodes planted for it; exit code 1 if not.

    Example: surveillance canaries 3f9a
    """
    from surveillance import canaries as planted
    from surveillance import runs

    with show.installation(context).session() as session:
        name = runs.load(session, run).id
        rows = planted.listed(session, name)
    found = [row.model_dump(exclude={"run_id"}) for row in rows]
    columns = ["rule_id", "version", "episode", "found", "reason"]
    show.rows(found, columns, how, as_json, "no canary was planted in this run")
    if not rows or any(not row.found for row in rows):
        raise typer.Exit(1)


def remarks(
    context: typer.Context,
    run: show.Run,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say what to know of a run before relying on its silence; exit code 1 if there is a warning.

    Verdicts that could not be given, canaries that were missed, rules that have not hit for
    unusually long, and feeds with gaps.

    Example: surveillance remarks 3f9a
    """
    from surveillance import runs
    from surveillance.studies import health

    with show.installation(context).session() as session:
        found = health.remarks(session, runs.load(session, run))
    rows = [asdict(one) for one in found]
    show.rows(rows, ["concern", "subject", "text", "is_warning"], how, as_json, "nothing to remark")
    if any(one.is_warning for one in found):
        raise typer.Exit(1)
