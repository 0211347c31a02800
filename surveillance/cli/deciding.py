"""Words for what becomes of cases: whose they are, when they wait, and how they close.

Verbs that the queue has for many cases take many here too, with one reason: all or none.
"""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from surveillance.cli import show
from surveillance.cli.casework import Case, cases_app, do
from surveillance.cli.people import By
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from surveillance.casework.policy import Policy
    from surveillance.records import tables

Cases = Annotated[list[str], typer.Argument(metavar="CASE...", help="Case ids: all or none.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the case.")]


def register(_: typer.Typer) -> None:
    """Add these commands to those of cases."""
    for command in (
        assign, release, snooze, restrict, escalate, dispose, approve, refuse, reopen,
    ):  # fmt: skip
        cases_app.command()(command)


def assign(
    context: typer.Context,
    case: Cases,
    by: By,
    to: Annotated[str | None, typer.Option(help="Officer who takes it; default: --by.")] = None,
    note: Annotated[str, typer.Option(help="What whoever takes it should know.")] = "",
    as_json: show.Json = False,
) -> None:
    """Give cases to an officer."""
    from surveillance.casework import cases
    from surveillance.records import officers

    def verb(name: str, session: "Session", who: "tables.Officer", at: "datetime") -> "tables.Case":
        return cases.assign(session, name, who, officers.named(session, to or by), at, note)

    do(context, by, as_json, *(partial(verb, name) for name in case))


def release(
    context: typer.Context, case: Case, by: By, reason: Reason, as_json: show.Json = False
) -> None:
    """Give a case back to everybody."""
    from surveillance.casework import cases

    do(context, by, as_json, lambda s, officer, at: cases.release(s, case, officer, reason, at))


def snooze(
    context: typer.Context,
    case: Cases,
    by: By,
    until: Annotated[str, typer.Option(help="When they are back in the queue, UTC.")],
    reason: Reason,
    as_json: show.Json = False,
) -> None:
    """Take cases out of the queue until a time; their clocks run on.

    Example: surveillance cases snooze 4be1c0ffee12 --by desk-1 --until 2027-03-02T06:00
    --reason "The bank answers on Monday."
    """
    from surveillance.casework import cases
    from surveillance.times import parse_time

    wake = parse_time(until)

    def verb(name: str, session: "Session", who: "tables.Officer", at: "datetime") -> "tables.Case":
        return cases.snooze(session, name, who, wake, reason, at)

    do(context, by, as_json, *(partial(verb, name) for name in case))


def restrict(
    context: typer.Context,
    case: Case,
    officer: Annotated[str, typer.Argument(help="Officer who must not know of it.")],
    by: By,
    reason: Reason,
    as_json: show.Json = False,
) -> None:
    """Keep a case from an officer, as a supervisor.

    Example: surveillance cases restrict 4be1c0ffee12 desk-2 --by lead-1 --reason "A relative."
    """
    from surveillance.casework import cases
    from surveillance.records import officers

    def verb(session: "Session", who: "tables.Officer", at: "datetime") -> "tables.Case":
        return cases.restrict(session, case, who, officers.named(session, officer), reason, at)

    do(context, by, as_json, verb)


def escalate(
    context: typer.Context,
    case: Case,
    by: By,
    reason: Reason,
    formed: Annotated[
        str | None, typer.Option(help="When suspicion was formed, UTC; default: now.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Say that the suspicion is real; since it was formed the law's clock runs.

    Example: surveillance cases escalate 4be1c0ffee12 --by desk-1 --reason "No hedge." --formed
    2026-03-02T14:30
    """
    from surveillance.casework import cases
    from surveillance.times import parse_time

    moment = None if formed is None else parse_time(formed)
    do(
        context, by, as_json,
        lambda s, officer, at: cases.escalate(s, case, officer, reason, at, moment),
    )  # fmt: skip


def dispose(
    context: typer.Context,
    case: Cases,
    disposition: Annotated[
        str, typer.Argument(help="false_positive, no_further_action, confirmed or reported.")
    ],
    by: By,
    reason: Reason,
    as_json: show.Json = False,
) -> None:
    """Close cases with a reason; as reported only once a filing of each was sent.

    Example: surveillance cases dispose 4be1c0ffee12 false_positive --by desk-1 --reason "A hedge."
    """
    from surveillance.casework import closings
    from surveillance.records.tables import Disposition

    if disposition not in list(Disposition):
        known = ", ".join(Disposition)
        raise SurveillanceError(f"expected one of {known}; was {disposition!r}")
    policy = _policy(context)

    def verb(name: str, session: "Session", who: "tables.Officer", at: "datetime") -> "tables.Case":
        return closings.dispose(
            session, name, who, Disposition(disposition), reason=reason, at=at, policy=policy
        )

    do(context, by, as_json, *(partial(verb, name) for name in case))


def approve(context: typer.Context, case: Case, by: By, as_json: show.Json = False) -> None:
    """Approve closing a case as it was proposed, as a second officer."""
    from surveillance.casework import closings

    policy = _policy(context)
    do(context, by, as_json, lambda s, officer, at: closings.approve(s, case, officer, at, policy))


def refuse(
    context: typer.Context, case: Case, by: By, reason: Reason, as_json: show.Json = False
) -> None:
    """Refuse closing a case as it was proposed."""
    from surveillance.casework import closings

    do(context, by, as_json, lambda s, officer, at: closings.refuse(s, case, officer, reason, at))


def reopen(
    context: typer.Context, case: Case, by: By, reason: Reason, as_json: show.Json = False
) -> None:
    """Take up a closed case again."""
    from surveillance.casework import closings

    do(context, by, as_json, lambda s, officer, at: closings.reopen(s, case, officer, reason, at))


def _policy(context: typer.Context) -> "Policy":
    from surveillance.casework.policy import policy_of

    return policy_of(show.installation(context).settings)
