"""Words for activity: bring it in, and say how complete it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from surveillance.cli import show


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(pull)
    app.command()(completeness)
    app.command()(quarantine)


def pull(
    context: typer.Context,
    venue: Annotated[Path, typer.Argument(help="Venue file (YAML).")],
    folder: Annotated[
        Path | None, typer.Option(help="Where the files are; default: beside the venue file.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Land a venue's activity in the lake.

    What landed before is passed over, so pulling again is safe. Rows that break the contract go
    to quarantine with their reason; see: surveillance quarantine.
    """
    from surveillance import pipeline

    place = show.installation(context)
    with show.progress(None, "pulling") as step:
        landings = pipeline.pull(place, show.existing(venue), folder, datetime.now(UTC), step)
    counts: dict[str, dict[str, int]] = {}
    for landing in landings:
        for table, count in landing.counts.items():
            sums = counts.setdefault(
                table,
                dict.fromkeys(("received", "landed", "quarantined", "repeated", "revised"), 0),
            )
            for name in sums:
                sums[name] += getattr(count, name)
    found = [{"table": table, **count} for table, count in counts.items()]
    columns = ["table", "received", "landed", "quarantined", "repeated", "revised"]
    show.rows(found, columns, show.Format.TABLE, as_json, empty="nothing to land")


def completeness(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="Run id, or the beginning of one.")],
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say what each feed brought in a run's window: rows, gaps, silence."""
    from surveillance import runs

    with show.installation(context).session() as session:
        feeds = runs.load(session, run).manifest["completeness"]
    found = [{"table": name, **feed} for name, feed in feeds.items()]
    columns = [
        "table",
        "rows",
        "first",
        "last",
        "missing_numbers",
        "longest_silence_s",
        "unusual_silence",
    ]
    show.rows(found, columns, how, as_json)


def quarantine(
    context: typer.Context, how: show.As = show.Format.TABLE, as_json: show.Json = False
) -> None:
    """List the rows that broke the contract, with reason and source line."""
    found = show.installation(context).lake.quarantined().to_pylist()
    plain = [{**row, "arrived_at": row["arrived_at"].replace(tzinfo=UTC)} for row in found]
    show.rows(
        plain,
        ["table_name", "reason", "feed", "source_line"],
        how,
        as_json,
        "nothing in quarantine",
    )
