"""Words for running it: the demonstration, the web, and the scheduler."""

import logging
from typing import Annotated

import typer

from surveillance.cli import show


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (demo, serve, schedule):
        app.command()(command)


def demo(context: typer.Context) -> None:
    """Run everything on a simulated venue week: pull, judge, file, render; then say what next.

    The week is simulated and its abuse is labelled. Running the demo again repeats nothing.
    """
    from surveillance import demo as demonstration
    from surveillance.config import DEFAULT_HOME

    demonstration.furnish(context.obj or DEFAULT_HOME)
    place = show.installation(context)
    with show.progress(demonstration.STEPS, "demo") as step:
        summary = demonstration.demonstrate(place, step)
    typer.echo(summary)


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others need a proxy with TLS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the web pages for officers, auditors and admins."""
    from surveillance.web.app import serve as listen

    place = show.installation(context)
    typer.echo(f"http://{host}:{port}")
    listen(place.settings, host, port)


def schedule(context: typer.Context) -> None:
    """Tick until stopped: pull what is new, judge what is settled, file what is found."""
    from surveillance import schedule as scheduler

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    scheduler.serve(show.installation(context))
