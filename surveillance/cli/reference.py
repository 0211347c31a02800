"""Words for the reference: every name that a person may write, and JSON schemas for editors."""

from typing import Annotated

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(reference)


def reference(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(help="A section, table or fact; default: all.", show_default=False),
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(help="Print the JSON schema of a file: rule or venue.", show_default=False),
    ] = None,
) -> None:
    """Print the reference: tables, facts, units, functions, keys of files, features, detectors.

    Example: surveillance reference trades

    Example: surveillance reference --schema rule > rule.schema.json
    """
    from surveillance import reference as printed
    from surveillance.config import load_settings

    if schema is not None:
        if name is not None:
            raise SurveillanceError("expected a name or --schema, was both")
        show.document(printed.schema(schema))
        return
    settings = load_settings(context.obj)
    typer.echo(printed.whole(settings) if name is None else printed.named(name, settings))
