"""Words for activity: bring it in, say how complete it is, and keep its files few."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.activity.batch import Landing

lake_app = typer.Typer(no_args_is_help=True, help="The files that activity is kept in.")
_COUNTS = ("received", "landed", "quarantined", "repeated", "revised")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (pull, completeness, quarantine):
        app.command()(command)
    app.add_typer(lake_app, name="lake")


def pull(
    context: typer.Context,
    venue: Annotated[Path, typer.Argument(help="Venue file (YAML).")],
    folder: Annotated[
        Path | None, typer.Option(help="Where the files are; default: beside the venue file.")
    ] = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Land a venue's activity in the lake.

    What landed before is passed over, so pulling again is safe. Rows that break the contract go
    to quarantine with their reason; see: surveillance quarantine

    Example: surveillance pull venue.yml --folder /data/2026-03-02
    """
    from surveillance import pipeline

    place = show.installation(context)
    with show.progress(None, "pulling") as step:
        landings = pipeline.pull(
            place, show.existing(venue), folder, datetime.now(UTC), step, show.remark
        )
    sums = _summed(landings)
    show.rows(sums, ["table", *_COUNTS], how, as_json, empty="nothing to land")


def _summed(landings: "Iterable[Landing]") -> list[dict[str, Any]]:
    sums: dict[str, Counter[str]] = {}
    for landing in landings:
        for table, count in landing.counts.items():
            counted = {name: getattr(count, name) for name in _COUNTS}
            sums.setdefault(table, Counter()).update(counted)
    return [
        {"table": table, **{name: counted[name] for name in _COUNTS}}
        for table, counted in sums.items()
    ]


def completeness(
    context: typer.Context,
    run: show.Run,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Say what each feed brought in a run's window: rows, gaps, silence.

    Example: surveillance completeness 3f9a --format csv > feeds.csv
    """
    from surveillance.proof import runs

    with show.installation(context).session() as session:
        feeds = runs.load(session, run).manifest["completeness"]
    feed_rows = [{"table": name, **feed} for name, feed in feeds.items()]
    columns = ["table", "rows", "first", "last", "missing_numbers", "longest_silence_s"]
    show.rows(feed_rows, [*columns, "unusual_silence"], how, as_json)


def quarantine(
    context: typer.Context, how: show.As = show.Format.TABLE, as_json: show.Json = False
) -> None:
    """List the rows that broke the contract, with reason and source line."""
    arrivals = show.installation(context).lake.quarantined().to_pylist()
    plain = [{**row, "arrived_at": row["arrived_at"].replace(tzinfo=UTC)} for row in arrivals]
    columns = ["table_name", "reason", "feed", "source_line"]
    show.rows(plain, columns, how, as_json, "nothing in quarantine")


@lake_app.command()
def compact(
    context: typer.Context,
    sweep: Annotated[
        bool,
        typer.Option("--sweep", help="Also delete what was replaced; no run may be under way."),
    ] = False,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """Write the small files of each table as few large ones, of the same rows.

    Every past run still replays exactly, swept or not.

    Example: surveillance lake compact --sweep
    """
    from surveillance import pipeline

    packed, swept = pipeline.compact(show.installation(context), datetime.now(UTC), sweep=sweep)
    packs = [
        {"table": pack.table, "file": pack.file, "rows": pack.rows, "replaces": len(pack.replaces)}
        for pack in packed
    ]
    show.rows(packs, ["table", "rows", "replaces", "file"], how, as_json, "nothing to compact")
    if sweep:
        typer.echo(f"{swept} files deleted", err=True)
