"""The command line: thin words over the pipeline, the studies and the officers' verbs.

Everything heavy is imported inside a command, so that ``--help`` answers at once. A fault that
the product can explain is printed without a traceback and ends with exit code 2.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from surveillance import __version__
from surveillance.cli import activity, casework, judging, rulebook, serving
from surveillance.errors import ReplayMismatch, SurveillanceError

app = typer.Typer(
    name="surveillance",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="""Surveillance for a crypto-derivatives venue.

    Pull what traders did, judge it by versioned rules and anomaly detectors, work the alerts as
    cases, render reports, and prove any alert again.

    Start with: surveillance demo
    """,
)


@app.callback()
def _home(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Folder of this installation; default ./.surveillance", show_default=False
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    context.obj = home


for module in (activity, judging, rulebook, casework, serving):
    module.register(app)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except ReplayMismatch as wrong:
        typer.echo(f"error: {wrong}", err=True)
        sys.exit(1)
    except SurveillanceError as wrong:
        typer.echo(f"error: {wrong}", err=True)
        sys.exit(2)
