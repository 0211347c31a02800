"""Words for running it: the demonstration, the web, and the scheduler."""

from typing import Annotated, TypeAlias

import typer

from surveillance.cli import logs, show

LogFormat: TypeAlias = Annotated[
    logs.LogFormat, typer.Option("--log-format", help="How each line of the log is written.")
]


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
        str,
        typer.Option(help="Address to listen on; others than loopback need TLS."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    log_format: LogFormat = logs.LogFormat.TEXT,
) -> None:
    """Serve the web pages for officers, auditors and admins.

    /healthz says whether the database answers and when was judged last, and /metrics how far every
    venue was pulled and what every job came to. Both answer without signing in and name no person.
    """
    from surveillance.web.server import serve as listen

    logs.set_up(log_format)
    place = show.installation(context)
    typer.echo(f"http://{host}:{port}")
    listen(place.settings, host, port)


def schedule(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Do every job once and stop; exit code 1 if one failed.")
    ] = False,
    log_format: LogFormat = logs.LogFormat.TEXT,
) -> None:
    """Pull what is new, judge what is settled, and file what is found, until stopped.

    Every venue of the settings has a job of its own, and so have judging, lists, canaries and
    calibration. One that fails is logged, counted and tried again, and stops no other; what each
    came to last: surveillance jobs

    Example: surveillance schedule --once
    """
    from surveillance import schedule as scheduler

    logs.set_up(log_format)
    place = show.installation(context)
    if not once:
        scheduler.serve(place)
    elif any(outcome.message for outcome in scheduler.once(place)):
        raise typer.Exit(1)
