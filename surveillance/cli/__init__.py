"""The command line: thin words over the pipeline, the studies and the officers' verbs.

Everything heavy is imported inside a command, so that ``--help`` answers at once. Exit codes: 0
done; 1 the answer is no (a replay differs, a test failed, a chain is broken); 2 something the
product can explain, in one line. What it cannot explain keeps its traceback.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from surveillance import __version__
from surveillance.cli import (
    activity,
    casework,
    customers,
    deciding,
    filing,
    judging,
    measuring,
    modelling,
    people,
    proving,
    reference,
    reporting,
    rule_actions,
    rulebook,
    segmenting,
    serving,
    stressing,
    studies,
    suppressing,
    upkeep,
    venue,
    watching,
)
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


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _home(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Folder of this installation; default ./.surveillance", show_default=False
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    context.obj = home


for module in (
    venue,
    activity,
    judging,
    watching,
    proving,
    measuring,
    stressing,
    studies,
    segmenting,
    modelling,
    rulebook,
    rule_actions,
    casework,
    deciding,
    customers,
    filing,
    reporting,
    suppressing,
    people,
    serving,
    upkeep,
    reference,
):
    module.register(app)


def main() -> None:
    """Run the command line; what it writes, nobody but its user can read."""
    os.umask(0o077)
    # Nearly all that a command makes while it loads stays; to look through it for waste, again and
    # again, is a tenth of what a short one costs.
    gc.set_threshold(50_000)
    # To find plugins pydantic reads what every installed package offers; none is wanted here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        app()
    except ReplayMismatch as wrong:
        sys.exit(_explained(wrong, 1))
    except SurveillanceError as wrong:
        sys.exit(_explained(wrong, 2))
    except OSError as wrong:
        if wrong.errno is None:
            raise
        sys.exit(_explained(wrong, 2))


def _explained(wrong: Exception, code: int) -> int:
    typer.echo(f"error: {wrong}", err=True)
    return code
