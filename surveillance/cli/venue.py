"""Words for venue files: propose one, try one, and show those that ship."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show

if TYPE_CHECKING:
    from surveillance.studies.trial import Trial

venue_app = typer.Typer(
    no_args_is_help=True, help="Venue files: propose one, try one, see those that ship."
)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(venue_app, name="venue")


@venue_app.command()
def draft(
    files: Annotated[list[Path], typer.Argument(help="Files that the venue drops.")],
    out: Annotated[
        Path | None, typer.Option(help="Venue file to write; default: print it.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the venue is called.")] = "my-venue",
) -> None:
    """Propose a venue file from headers and the first hundred rows; exit code 1 if one is missing.

    What a person has to decide stands in it as QUESTION, what nothing fills as MISSING.

    Example: surveillance venue draft trades.csv orders.csv --out venue.yml
    """
    from surveillance.activity.venue.draft import draft as drafted
    from surveillance.errors import SurveillanceError

    if out is not None and out.exists():
        raise SurveillanceError(f"expected a file that is not there yet, was {out}")
    paths = [show.existing(path) for path in files]
    proposed = drafted(paths, name, out.parent if out is not None else None)
    if out is None:
        typer.echo(proposed.text, nl=False)
    else:
        out.write_text(proposed.text, encoding="utf-8")
        is_beside = out.parent.resolve() == proposed.folder
        where = "" if is_beside else f" --folder {proposed.folder}"
        show.remark(f"try it: surveillance venue check {out}{where}")
    for column in proposed.missing:
        show.remark(f"nothing fills {column}")
    for path in proposed.strangers:
        show.remark(f"{path} seems to be no table of the catalogue")
    if proposed.missing or proposed.strangers:
        raise typer.Exit(1)


@venue_app.command()
def check(
    context: typer.Context,
    venue: Annotated[Path, typer.Argument(help="Venue file (YAML).")],
    folder: Annotated[
        Path | None, typer.Option(help="Where the files are; default: beside the venue file.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Try a venue file and change nothing: what lands, its worth, which rules it switches on.

    Exit code 1 if nothing lands, or more than 5 % of a table is refused.

    Example: surveillance venue check venue.yml --folder /data/2026-03-02
    """
    from surveillance.activity import sources
    from surveillance.config import load_settings
    from surveillance.studies.trial import tried
    from surveillance.studies.versions import written

    opened = sources.load(show.existing(venue), folder)
    rules = written(load_settings(context.obj).rules)
    trial = tried(opened, rules, datetime.now(UTC))
    if as_json:
        show.document(trial.record())
    else:
        _print(trial)
    if not trial.fits:
        raise typer.Exit(1)


def _print(trial: "Trial") -> None:
    for note in trial.notes:
        show.remark(note)
    counts = ["table", "received", "landed", "quarantined", "remarked", "first", "last", "unit"]
    show.rows(trial.tables, counts, show.Format.TABLE, empty="nothing came")
    for name, count in trial.lines.items():
        typer.echo(f"{name}: {count} lines never became rows")
    if trial.reasons:
        _head("Why rows were refused, or lost a value")
        shown = ["table", "what", "rows", "example", "where"]
        show.rows(trial.reasons, shown, show.Format.TABLE)
    if trial.values:
        _head("What it is worth: hold this against the venue's own figures")
        shown = ["table", "id", "instrument", "price", "quantity", "value", "currency", "usd"]
        show.rows(trial.values, shown, show.Format.TABLE)
    for name, values in trial.unknown.items():
        if values:
            typer.echo(f"{name.replace('_', ' ')}: {', '.join(values[:20])}")
    _print_rules(trial)


def _print_rules(trial: "Trial") -> None:
    rules = trial.rules
    _head(f"Rules that can judge it: {len(rules.on)}")
    typer.echo(", ".join(rules.on) or "none")
    if rules.next:
        _head("One column more switches on")
        following = [
            {"column": column, "count": len(names), "rules": names}
            for column, names in rules.next.items()
        ]
        show.rows(following, ["column", "count", "rules"], show.Format.TABLE)
    if rules.off:
        _head(f"Off: {len(rules.off)}")
        off = [{"rule": rule, "missing": missing} for rule, missing in rules.off.items()]
        show.rows(off, ["rule", "missing"], show.Format.TABLE)
    if rules.untraded:
        _head(f"Not wanted: {len(rules.untraded)}")
        rows = [{"rule": rule, "reason": reason} for rule, reason in rules.untraded.items()]
        show.rows(rows, ["rule", "reason"], show.Format.TABLE)


def _head(title: str) -> None:
    typer.echo(f"\n{title}")


@venue_app.command("list")
def list_shipped(
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the venue files that ship.

    Example: surveillance venue list
    """
    from surveillance.activity.venue import examples

    rows = [{"name": each.name, "about": each.about} for each in examples.shipped()]
    show.rows(rows, ["name", "about"], how, as_json, where=where, limit=limit)


@venue_app.command("show")
def show_shipped(
    name: Annotated[str, typer.Argument(help="Name of a venue file that ships.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder to write it into, with its sample.")
    ] = None,
) -> None:
    """Print a venue file that ships, or write it with its sample into a folder of its own.

    Example: surveillance venue show bitmex --out bitmex
    """
    from surveillance.activity.venue import examples

    example = examples.find(name)
    if out is None:
        typer.echo(example.text, nl=False)
    else:
        example.write(out)
        show.remark(f"try it: surveillance venue check {out / examples.FILE}")
