"""Words for activity: bring it in, say how complete it is, and keep its files few."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.activity.batch import Landing

_VALUE = re.compile(r", was [^;]*")
lake_app = typer.Typer(no_args_is_help=True, help="The files that activity is kept in.")
_COUNTS = ("received", "landed", "quarantined", "repeated", "revised", "remarked")


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
    most: Annotated[
        float,
        typer.Option(
            "--most-refused", help="Exit with 1 if more of a table than this share is refused.",
            min=0, max=1,
        ),
    ] = 0.05,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:  # fmt: skip
    """Land a venue's activity in the lake.

    What landed before is passed over, so pulling again is safe. Rows that break the contract go
    to quarantine with their reason; see: surveillance quarantine. Values that made no sense and
    that their rows can do without are left empty and remarked; see: surveillance quarantine
    --remarks

    Example: surveillance pull venue.yml --folder /data/2026-03-02
    """
    from surveillance import pipeline, waiting

    place = show.installation(context)
    with show.progress(None, "pulling") as step:
        landings = pipeline.pull(
            place, show.existing(venue), folder, datetime.now(UTC), step, show.remark
        )
    sums = _summed(landings)
    show.rows(
        sums, ["table", *_COUNTS], how, as_json, empty="nothing to land", where=where, limit=limit
    )
    for day in waiting.late(place):
        typer.echo(
            f"rows of {day.start:%Y-%m-%d} landed after it was judged; "
            "it is judged again by: surveillance run",
            err=True,
        )
    refused = [each["table"] for each in sums if each["quarantined"] > most * each["received"]]
    if refused:
        typer.echo(f"more than {most:.0%} refused of {', '.join(refused)}", err=True)
        raise typer.Exit(1)


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
    where: show.Where = None,
    limit: show.Limit = None,
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
    show.rows(feed_rows, [*columns, "unusual_silence"], how, as_json, where=where, limit=limit)


def quarantine(
    context: typer.Context,
    table: Annotated[str | None, typer.Option(help="Only of this table or relation.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only reasons that hold this text.")] = None,
    each: Annotated[
        bool, typer.Option("--rows", help="Every row, and not one line a reason.")
    ] = False,
    remarks: Annotated[
        bool,
        typer.Option("--remarks", help="Values that were left empty, of rows that landed."),
    ] = False,
    limit: Annotated[int, typer.Option(help="The most lines.", min=1)] = 100,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List why rows broke the contract: by reason, with how many and an example.

    A row that is mended and lands is not listed any more.

    Example: surveillance quarantine --table trades --reason price --rows
    """
    lake = show.installation(context).lake
    refused = (lake.remarks() if remarks else lake.quarantined()).to_pylist()
    wanted = [
        {**row, "arrived_at": row["arrived_at"].replace(tzinfo=UTC)}
        for row in refused
        if (table is None or row["table_name"] == table)
        and (reason is None or reason in row["reason"])
    ]
    columns = ["table_name", "reason", "feed", "source_line"]
    if not each:
        wanted, columns = _by_reason(wanted), ["table_name", "reason", "rows", "example"]
    nothing = "nothing remarked" if remarks else "nothing in quarantine"
    show.rows(wanted[:limit], columns, how, as_json, nothing)
    if len(wanted) > limit:
        typer.echo(f"{len(wanted) - limit} more; see: --limit", err=True)


def _by_reason(refused: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count rows by table and reason, whatever the value was; the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for row in refused:
        key = row["table_name"], _VALUE.sub("", row["reason"])
        counts[key] += row.get("rows", 1)
        first.setdefault(key, row)
    return [
        {
            "table_name": key[0],
            "reason": key[1],
            "rows": count,
            "example": _example(first[key]),
            "feed": first[key]["feed"],
        }
        for key, count in counts.most_common()
    ]


def _example(row: dict[str, Any]) -> str:
    return f"{row['source_line'] or '?'}: {row.get('example') or row['reason']}"


@lake_app.command()
def compact(
    context: typer.Context,
    sweep: Annotated[
        bool,
        typer.Option("--sweep", help="Also delete what was replaced; no run may be under way."),
    ] = False,
    where: show.Where = None,
    limit: show.Limit = None,
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
    show.rows(
        packs,
        ["table", "rows", "replaces", "file"],
        how,
        as_json,
        "nothing to compact",
        where=where,
        limit=limit,
    )
    if sweep:
        typer.echo(f"{swept} files deleted", err=True)


@lake_app.command(name="facts")
def facts_(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the facts that are kept: of which days, how large, and how old the latest is.

    What a day's facts were made of is in their names, so a day that changes is made anew. Facts
    without days are kept for whoever looks at one window again. All of it can be deleted at any
    time; ``surveillance lake compact --sweep`` deletes what is out of use.

    Example: surveillance lake facts
    """
    from surveillance.activity.kept.files import Part, parts_in
    from surveillance.activity.lake.view import KEPT

    by_fact: dict[str, list[Part]] = {}
    for part in parts_in(show.installation(context).lake.root / KEPT):
        by_fact.setdefault(part.fact, []).append(part)
    lines = [
        {
            "fact": fact,
            "days": len(days := {part.day for part in parts if part.day}),
            "first": min(days, default=None),
            "last": max(days, default=None),
            "kilobytes": -(-sum(part.size for part in parts) // 1024),
            "made": max(part.made for part in parts).replace(microsecond=0),
        }
        for fact, parts in by_fact.items()
    ]
    columns = ["fact", "days", "first", "last", "kilobytes", "made"]
    show.rows(lines, columns, how, as_json, "no fact is kept yet", where=where, limit=limit)
