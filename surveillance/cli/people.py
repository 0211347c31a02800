"""Words for the officers: add one, list them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from sqlmodel import Session

    from surveillance.records.tables import Officer

officers_app = typer.Typer(no_args_is_help=True, help="The people who sign in.")

By = Annotated[str, typer.Option("--by", help="Id of the officer who acts.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(officers_app, name="officers")


def officer_of(session: "Session", name: str) -> "Officer":
    """Return an officer by id."""
    from surveillance.records import officers

    return officers.named(session, name)


@officers_app.command()
def add(
    context: typer.Context,
    officer: Annotated[str, typer.Argument(help="Id to sign in with.")],
    role: Annotated[str, typer.Option(help="officer, supervisor, auditor or admin.")],
    by: Annotated[
        str | None, typer.Option("--by", help="Admin who adds; none for the first.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name as it stands in reports.")] = "",
    position: Annotated[str, typer.Option(help="Position as it stands in reports.")] = "",
    email: Annotated[str, typer.Option(help="Professional e-mail.")] = "",
) -> None:
    """Add an officer; the password is asked for, or read from standard input.

    Example: surveillance officers add desk-1 --role officer --by admin
    """
    from surveillance.records import officers
    from surveillance.records.tables import Role

    if role not in list(Role):
        raise SurveillanceError(f"expected one of {', '.join(Role)}; was {role!r}")
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with show.installation(context).session() as session:
        admin = officer_of(session, by) if by else None
        officers.enrol(
            session, admin, officer, password, Role(role), at=datetime.now(UTC),
            name=name, position=position, email=email,
        )  # fmt: skip
    typer.echo(f"added {officer} ({role})")


@officers_app.command("list")
def list_officers(
    context: typer.Context, how: show.As = show.Format.TABLE, as_json: show.Json = False
) -> None:
    """List the officers."""
    from sqlmodel import select

    from surveillance.records.tables import Officer

    columns = ["id", "role", "active", "name", "position"]
    with show.installation(context).session() as session:
        people = session.exec(select(Officer).order_by(Officer.id)).all()
        rows = [{column: getattr(officer, column) for column in columns} for officer in people]
    show.rows(rows, columns, how, as_json, "no officers")
