"""Words for filings: what goes to an authority, from the draft to its answer."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show
from surveillance.cli.people import By, officer_of
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

    from surveillance.records.tables import FilingRow, Officer

filings_app = typer.Typer(
    no_args_is_help=True,
    help="""Filings: what goes to an authority.

    One officer drafts, a supervisor approves that very PDF, and who sends it records it here.

    Example: surveillance filings draft 4be1c0ffee12 --kind stor-mar --by desk-1 --reason "Bait."
    """,
)

Filing = Annotated[str, typer.Argument(help="Filing id, such as 4be1c0ffee12.1.")]
Reason = Annotated[str, typer.Option(help="Why; the other officer reads it.")]
At = Annotated[str | None, typer.Option("--at", help="When, UTC; default: now.")]
Answers = Annotated[
    list[str] | None,
    typer.Option("--answer", help="FIELD=TEXT: goes before what the record says; repeatable."),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(filings_app, name="filings")


@filings_app.command("list")
def list_filings(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over too.")] = False,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List what is due and not yet sent, and filings on which something is open.

    Example: surveillance filings list --json
    """
    from surveillance.casework import filings
    from surveillance.records.tables import Case

    place = show.installation(context)
    folder = place.settings.templates / "reports"
    with place.session() as session:
        rows = [_due(case, folder) for case in filings.unreported(session)]
        for filing in filings.listed(session, closed=everything):
            case = session.get_one(Case, filing.case_id)
            rows.append(_due(case, folder, filing.kind) | filing.model_dump(mode="json"))
    columns = ["id", "case_id", "kind", "state", "due", "authority", "reference", "sent_at"]
    show.rows(rows, columns, how, as_json, "no filings", where=where, limit=limit)


def _due(case: Any, folder: "Path", kind: str = "") -> dict[str, Any]:
    """Say until when a case is to be reported; without a kind, by every law that knows a date."""
    from surveillance import reports

    formed_at = case.suspicion_formed_at
    deadlines = reports.deadlines(folder)
    due = {
        name: deadline.due(formed_at) if deadline.days else deadline.text
        for name, deadline in deadlines.items()
        if formed_at and kind in ("", name)
    }
    hours = None if formed_at is None else _hours(datetime.now(UTC) - formed_at)
    return {
        "id": "",
        "case_id": case.id,
        "kind": "",
        "state": "to be filed",
        "suspicion_formed_at": formed_at,
        "hours_since": hours,
        "due": due,
        "authority": "",
        "reference": "",
        "sent_at": None,
    }


def _hours(length: Any) -> float:
    return round(float(length.total_seconds()) / 3600, 1)


@filings_app.command()
def draft(
    context: typer.Context,
    case: Annotated[str, typer.Argument(help="Case id.")],
    by: By,
    reason: Reason,
    kind: Annotated[str, typer.Option(help="stor-mar, stor-mica or sar.")],
    answer: Answers = None,
    as_json: show.Json = False,
) -> None:
    """Render a case for an authority, and ask a supervisor to approve it.

    Example: surveillance filings draft 4be1c0ffee12 --kind stor-mar --by desk-1 --reason "Bait."
    """
    _draft(context, case, kind, by, reason, answer, None, as_json)


@filings_app.command()
def amend(
    context: typer.Context,
    filing: Filing,
    by: By,
    reason: Reason,
    answer: Answers = None,
    as_json: show.Json = False,
) -> None:
    """Draft a filing that corrects one that was sent; approve and send it as any other.

    Example: surveillance filings amend 4be1c0ffee12.1 --by desk-1 --reason "A second account."
    """
    from surveillance.records.tables import FilingRow

    with show.installation(context).session() as session:
        row = session.get(FilingRow, filing)
    if row is None:
        raise SurveillanceError(f"expected the id of a filing, was {filing!r}")
    _draft(context, row.case_id, row.kind, by, reason, answer, row.id, as_json)


def _draft(
    context: typer.Context,
    case: str,
    kind: str,
    by: str,
    reason: str,
    answer: Sequence[str] | None,
    amends: str | None,
    as_json: bool,
) -> None:
    from surveillance import rendering

    filing = rendering.draft(
        show.installation(context), case, kind, by, reason=reason, at=datetime.now(UTC),
        answered=_answers(answer or ()), amends=amends,
    )  # fmt: skip
    _say(filing, as_json)


def _answers(written: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in written]
    if wrong := [number for number, equals, _ in pairs if not (number and equals)]:
        raise SurveillanceError(f"expected FIELD=TEXT, was {wrong[0]!r}")
    return {number: text for number, _, text in pairs}


@filings_app.command()
def approve(context: typer.Context, filing: Filing, by: By, as_json: show.Json = False) -> None:
    """Approve a draft that somebody else prepared, as a supervisor."""
    from surveillance.casework import filings

    _do(context, by, as_json, lambda s, officer, at: filings.approve(s, filing, officer, at))


@filings_app.command()
def refuse(
    context: typer.Context, filing: Filing, by: By, reason: Reason, as_json: show.Json = False
) -> None:
    """Turn down a draft, or take back one's own."""
    from surveillance.casework import filings

    _do(context, by, as_json, lambda s, officer, at: filings.refuse(s, filing, officer, reason, at))


@filings_app.command()
def sent(
    context: typer.Context,
    filing: Filing,
    by: By,
    authority: Annotated[str, typer.Option(help="Who has it now.")],
    reference: Annotated[str, typer.Option(help="Under which reference.")],
    at: At = None,
    as_json: show.Json = False,
) -> None:
    """Record that an approved filing was sent.

    Example: surveillance filings sent 4be1c0ffee12.1 --by desk-1 --authority "Bank of Lithuania"
    --reference STOR-2026-118
    """
    from surveillance.casework import filings

    def verb(session: "Session", officer: "Officer", now: datetime) -> "FilingRow":
        return filings.sent(
            session, filing, officer, authority=authority, reference=reference,
            sent_at=show.moment(at) or now, at=now,
        )  # fmt: skip

    _do(context, by, as_json, verb)


@filings_app.command()
def acknowledged(
    context: typer.Context,
    filing: Filing,
    by: By,
    answer: Annotated[str, typer.Option(help="The receipt: its number, its words.")],
    at: At = None,
    as_json: show.Json = False,
) -> None:
    """Record the receipt of the authority."""
    from surveillance.casework import filings

    def verb(session: "Session", officer: "Officer", now: datetime) -> "FilingRow":
        when = show.moment(at) or now
        return filings.acknowledged(
            session, filing, officer, answer=answer, answered_at=when, at=now
        )

    _do(context, by, as_json, verb)


@filings_app.command()
def returned(
    context: typer.Context,
    filing: Filing,
    by: By,
    answer: Annotated[str, typer.Option(help="Why the authority sent it back.")],
    at: At = None,
    as_json: show.Json = False,
) -> None:
    """Record that the authority sent a filing back; amend it then."""
    from surveillance.casework import filings

    def verb(session: "Session", officer: "Officer", now: datetime) -> "FilingRow":
        when = show.moment(at) or now
        return filings.returned(session, filing, officer, answer=answer, answered_at=when, at=now)

    _do(context, by, as_json, verb)


def _do(context: typer.Context, by: str, as_json: bool, verb: Callable[..., "FilingRow"]) -> None:
    with show.installation(context).session() as session:
        filing = verb(session, officer_of(session, by), datetime.now(UTC))
        _say(filing, as_json)


def _say(filing: "FilingRow", as_json: bool) -> None:
    if as_json:
        show.document(filing.model_dump(mode="json"))
    else:
        typer.echo(f"{filing.id} is {filing.state}")
