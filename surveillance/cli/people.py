"""Words for the officers: who they are, who acts as them here, and their tokens."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from sqlmodel import Session

    from surveillance.installation import Installation
    from surveillance.records.tables import Officer, Role

officers_app = typer.Typer(no_args_is_help=True, help="The people who sign in.")

By = Annotated[
    str, typer.Option("--by", help="Id of the officer who acts: you, as an admin has mapped you.")
]
OfficerId: TypeAlias = Annotated[str, typer.Argument(metavar="OFFICER", help="Id of the officer.")]
OsUser: TypeAlias = Annotated[str, typer.Argument(help="User of the operating system.")]
RoleName: TypeAlias = Annotated[str, typer.Option(help="officer, supervisor, auditor or admin.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(officers_app, name="officers")


def officer_of(session: "Session", name: str) -> "Officer":
    """Return the officer who acts, once whoever is at the keyboard is bound to them."""
    from surveillance.records import identity, officers

    officer = officers.named(session, name)
    identity.bind(session, officer, datetime.now(UTC))
    return officer


def bound(place: "Installation", name: str) -> "Installation":
    """Return an installation for work as an officer, whom whoever is at the keyboard must be.

    Raises:
        SurveillanceError: they are not.
    """
    from surveillance.records import journal

    with place.session() as session:
        officer_of(session, name)
        return replace(place, origin=session.info.get(journal.ORIGIN, ""))


@officers_app.command()
def add(
    context: typer.Context,
    officer: Annotated[str, typer.Argument(help="Id to sign in with.")],
    role: RoleName,
    by: Annotated[
        str | None, typer.Option("--by", help="Admin who adds; none for the first.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name as it stands in reports.")] = "",
    position: Annotated[str, typer.Option(help="Position as it stands in reports.")] = "",
    email: Annotated[str, typer.Option(help="Professional e-mail.")] = "",
) -> None:
    """Add an officer; the password is asked for, or read from standard input.

    Whoever adds the first, an admin, acts as them on this command line from then on.

    Example: surveillance officers add desk-1 --role officer --by admin
    """
    from surveillance.records import identity, officers

    known = _role(role)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    place, now = show.installation(context), datetime.now(UTC)
    with place.session() as session:
        admin = officer_of(session, by) if by else None
        added = officers.enrol(
            session, admin, officer, password, known, at=now,
            name=name, position=position, email=email,
        )  # fmt: skip
        if admin is None and place.keyboard is not None:
            session.flush()
            identity.map_user(session, added, added, place.keyboard.os_user, now)
    typer.echo(f"added {added.id} ({role})")


@officers_app.command()
def role(context: typer.Context, officer: OfficerId, role: RoleName, by: By) -> None:
    """Change what an officer may do, as an admin.

    Example: surveillance officers role desk-1 --role supervisor --by admin
    """
    from surveillance.records import officers

    known = _role(role)
    _do(
        context,
        by,
        lambda session, admin, at: officers.set_role(session, admin, officer, known, at),
    )
    typer.echo(f"{officer} is {role}")


@officers_app.command()
def password(context: typer.Context, officer: OfficerId, by: By) -> None:
    """Set one's own password, or as an admin anybody's, and sign them out everywhere.

    Example: surveillance officers password desk-1 --by admin
    """
    from surveillance.records import officers

    new = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    _do(context, by, lambda session, who, at: officers.set_password(session, who, officer, new, at))
    typer.echo(f"{officer} has a new password")


@officers_app.command()
def deactivate(context: typer.Context, officer: OfficerId, by: By) -> None:
    """Shut an officer out, as an admin; what they did stays.

    Example: surveillance officers deactivate desk-1 --by admin
    """
    from surveillance.records import officers

    _do(context, by, lambda session, admin, at: officers.deactivate(session, admin, officer, at))
    typer.echo(f"{officer} is shut out")


@officers_app.command("map")
def map_user(
    context: typer.Context,
    officer: OfficerId,
    os_user: OsUser,
    by: By,
    demonstration: Annotated[
        bool,
        typer.Option(
            "--demonstration", help="One person plays several officers, who approve one another."
        ),
    ] = False,
) -> None:
    """Let a user of the operating system act as an officer with --by, as an admin.

    An admin who is not mapped yet is asked for their password.

    Example: surveillance officers map desk-1 alice --by admin
    """
    from surveillance.records import identity, officers

    place, now = show.installation(context), datetime.now(UTC)
    _expect_admin(place, by)
    with place.session() as session:
        identity.map_user(
            session, officers.named(session, by), officers.named(session, officer), os_user, now,
            is_demonstration=demonstration,
        )  # fmt: skip
    typer.echo(f"{os_user} acts as {officer}")


@officers_app.command("unmap")
def unmap_user(context: typer.Context, officer: OfficerId, os_user: OsUser, by: By) -> None:
    """Take that leave back, as an admin.

    Example: surveillance officers unmap desk-1 alice --by admin
    """
    from surveillance.records import identity, officers

    def verb(session: "Session", admin: "Officer", at: datetime) -> None:
        identity.unmap_user(session, admin, officers.named(session, officer), os_user, at)

    _do(context, by, verb)
    typer.echo(f"{os_user} acts as {officer} no more")


@officers_app.command()
def token(
    context: typer.Context,
    officer: OfficerId,
    by: By,
    scope: Annotated[
        list[str] | None, typer.Option(help="command, read or write; may be repeated.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    days: Annotated[int, typer.Option(min=1, help="How long it lasts.")] = 90,
) -> None:
    """Make a token for oneself, or as an admin for anybody, and print it once.

    Keep it in the variable SURVEILLANCE_TOKEN, for --by and for the interface under /api/v1.

    Example: surveillance officers token desk-1 --scope read --name dashboard --by admin
    """
    from surveillance.records import officers, tokens

    lasts = timedelta(days=days)
    with show.installation(context).session() as session:
        who, now = officer_of(session, by), datetime.now(UTC)
        whose = officers.named(session, officer)
        typer.echo(tokens.issue(session, who, whose, name, scope or [tokens.READ], lasts, now))


@officers_app.command()
def revoke(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="Beginning of its digest, as tokens lists it.")],
    by: By,
) -> None:
    """End a token of one's own, or as an admin anybody's.

    Example: surveillance officers revoke 3f9a --by admin
    """
    from surveillance.records import tokens

    _do(context, by, lambda session, who, at: tokens.revoke(session, who, token, at))
    typer.echo("the token is revoked")


@officers_app.command("tokens")
def list_tokens(
    context: typer.Context,
    limit: show.Limit = None,
    where: show.Where = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the tokens: whose, what for, and until when; never the tokens themselves."""
    from surveillance.records import tokens

    with show.installation(context).session() as session:
        rows = [row.model_dump() for row in tokens.listed(session)]
    columns = ["id", "officer_id", "name", "scopes", "expires_at", "revoked_at"]
    show.rows(rows, columns, how, as_json, "no tokens", where=where, limit=limit)


@officers_app.command("list")
def list_officers(
    context: typer.Context,
    limit: show.Limit = None,
    where: show.Where = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the officers, and who acts as them on this command line."""
    from sqlmodel import select

    from surveillance.records import identity
    from surveillance.records.tables import Officer

    columns = ["id", "role", "active", "name", "position"]
    with show.installation(context).session() as session:
        people = session.exec(select(Officer).order_by(Officer.id)).all()
        users = identity.users(session)
    rows = [
        {column: getattr(officer, column) for column in columns}
        | {"os_users": users.get(officer.id, [])}
        for officer in people
    ]
    show.rows(rows, [*columns, "os_users"], how, as_json, "no officers", where=where, limit=limit)


def _role(name: str) -> "Role":
    from surveillance.records.tables import Role

    if name not in list(Role):
        raise SurveillanceError(f"expected one of {', '.join(Role)}; was {name!r}")
    return Role(name)


def _do(
    context: typer.Context, by: str, verb: "Callable[[Session, Officer, datetime], Any]"
) -> None:
    with show.installation(context).session() as session:
        verb(session, officer_of(session, by), datetime.now(UTC))


def _expect_admin(place: "Installation", by: str) -> None:
    """Expect an admin who maps: bound, or by their password where nobody is mapped to them yet."""
    from surveillance.errors import CaseError
    from surveillance.records import officers

    try:
        bound(place, by)
        return
    except CaseError:
        given = typer.prompt(f"Password of {by}", hide_input=True)
    with place.session() as session:
        known = officers.sign_in(session, by, given, datetime.now(UTC), "command line")
    if known is None:
        raise CaseError(f"expected the password of {by}, was another")
