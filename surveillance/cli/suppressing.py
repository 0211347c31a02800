"""Words for suppressions: what is not filed of a rule and a subject, until when, and why."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show
from surveillance.cli.people import By, officer_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from surveillance.records.tables import Officer, Suppression

suppressions_app = typer.Typer(
    no_args_is_help=True, help="Suppressions: hits that are not filed until a date."
)

Number = Annotated[int, typer.Argument(help="Number of the suppression.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the suppression.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(suppressions_app, name="suppressions")


@suppressions_app.command("list")
def list_suppressions(
    context: typer.Context,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List suppressions, expired ones too, and how many hits each hid."""
    from surveillance.casework import suppressions

    with show.installation(context).session() as session:
        summaries = suppressions.listed(session, datetime.now(UTC))
    rows = [
        {
            "id": summary.row.id,
            "state": summary.state,
            "rule_id": summary.row.rule_id,
            "subject": summary.row.subject,
            "until": summary.row.until,
            "hidden": summary.hidden,
            "last_hidden_at": summary.last_hidden_at,
            "proposed_by": summary.row.proposed_by,
            "decided_by": summary.decided_by,
            "reason": summary.row.reason,
        }
        for summary in summaries
    ]
    columns = ["id", "state", "rule_id", "subject", "until", "hidden", "proposed_by"]
    show.rows(
        rows, [*columns, "decided_by"], how, as_json, "no suppressions", where=where, limit=limit
    )


@suppressions_app.command()
def propose(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="Rule id.")],
    subject: Annotated[str, typer.Argument(help="Trader or owner.")],
    until: Annotated[str, typer.Option(help="Date from which hits are filed again.")],
    by: By,
    reason: Reason,
) -> None:
    """Ask that hits of a rule on a trader or owner be hidden until a date; a supervisor decides.

    Example: surveillance suppressions propose quote_stuffing OW0082 --until 2026-07-01
    --by desk-1 --reason "Known fault of its engine; fixed with release 4."
    """
    from surveillance.casework import suppressions
    from surveillance.times import parse_time

    end = parse_time(until)

    def verb(session: "Session", officer: "Officer", at: datetime) -> "Suppression":
        return suppressions.propose(
            session, officer, rule, subject, until=end, reason=reason, at=at
        )

    _do(context, by, verb, "waits for a supervisor")


@suppressions_app.command()
def approve(context: typer.Context, number: Number, by: By) -> None:
    """Agree to a suppression, as a supervisor who did not propose it; it works from now on."""
    from surveillance.casework import suppressions

    _do(
        context, by, lambda session, who, at: suppressions.grant(session, number, who, at),
        "is in force",
    )  # fmt: skip


@suppressions_app.command()
def refuse(context: typer.Context, number: Number, by: By, reason: Reason) -> None:
    """Turn a suppression down, or take back one's own proposal."""
    from surveillance.casework import suppressions

    _do(
        context, by, lambda session, who, at: suppressions.refuse(session, number, who, reason, at),
        "is refused",
    )  # fmt: skip


@suppressions_app.command()
def lift(context: typer.Context, number: Number, by: By, reason: Reason) -> None:
    """End a suppression now; what happens from now on is filed again."""
    from surveillance.casework import suppressions

    _do(
        context, by, lambda session, who, at: suppressions.lift(session, number, who, reason, at),
        "is lifted",
    )  # fmt: skip


def _do(
    context: typer.Context,
    by: str,
    verb: "Callable[[Session, Officer, datetime], Suppression]",
    outcome: str,
) -> None:
    with show.installation(context).session() as session:
        row = verb(session, officer_of(session, by), datetime.now(UTC))
        typer.echo(f"suppression {row.id} of {row.rule_id} on {row.subject} {outcome}")
