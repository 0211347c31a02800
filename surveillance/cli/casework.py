"""Words for casework: the officers' verbs."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show
from surveillance.cli.people import By, officer_of
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from sqlmodel import Session

    from surveillance.casework.files import CaseFile
    from surveillance.model import Dossier
    from surveillance.records import tables

cases_app = typer.Typer(no_args_is_help=True, help="Cases: what officers work on.")

Case = Annotated[str, typer.Argument(help="Case id.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the case.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(cases_app, name="cases")


@cases_app.command("list")
def list_cases(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    where: show.Where = None,
    limit: show.Limit = None,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the cases in work, the most urgent first.

    Those drawn for today from the lower half are marked: look at them whatever their priority.
    """
    from surveillance.casework.question import IN_WORK, Question
    from surveillance.casework.queue import drawn, queue
    from surveillance.records.tables import CaseState

    states = list(CaseState) if everything else IN_WORK
    with show.installation(context).session() as session:
        now = datetime.now(UTC)
        page = queue(session, Question(states=states), now=now, limit=10_000)
        chosen = {case.id for case in drawn(session, now=now)}
    rows = [
        asdict(case) | {"age": int(case.age.total_seconds()), "drawn": case.id in chosen}
        for case in page.cases
    ]
    shown = ["id", "state", "priority", "subject", "alert_count", "typologies", "assignee"]
    columns = [*shown, "drawn"]
    show.rows(rows, columns, how, as_json, "no cases", where=where, limit=limit)


@cases_app.command("next")
def take_next(context: typer.Context, by: By) -> None:
    """Take the most urgent case that nobody works on.

    Example: surveillance cases next --by desk-1
    """
    from surveillance.casework import cases
    from surveillance.casework.question import Question
    from surveillance.casework.queue import queue

    def verb(session: "Session", officer: "tables.Officer", at: datetime) -> "tables.Case":
        free = queue(session, Question(unassigned=True), now=at, viewer=officer, limit=1).cases
        if not free:
            raise SurveillanceError("expected a case that nobody works on, was none")
        return cases.assign(session, free[0].id, officer, officer, at)

    _do(context, by, verb)


@cases_app.command("show")
def show_case(context: typer.Context, case: Case, by: By, as_json: show.Json = False) -> None:
    """Show a case; reading it is logged.

    Example: surveillance cases show 4be1c0ffee12 --by desk-1
    """
    from surveillance.casework import cases
    from surveillance.casework.files import case_file

    now = datetime.now(UTC)
    with show.installation(context).session() as session:
        cases.read(session, case, officer_of(session, by), now)
        file = case_file(session, case, now=now)
        if as_json:
            show.document(_plain(file))
        else:
            typer.echo("\n".join(_lines(file)))


def _plain(file: "CaseFile") -> dict[str, Any]:
    return {
        "case": file.case.model_dump(mode="json"),
        "alerts": [
            asdict(alert.dossier.hit)
            | {"id": alert.id, "others": {k: asdict(v) for k, v in alert.dossier.others.items()}}
            | ({"counted": [asdict(counted) for counted in alert.counted]} if alert.counted else {})
            for alert in file.alerts
        ],
        "comments": [note.model_dump(mode="json") for note in file.comments],
        "journal": [entry.model_dump(mode="json") for entry in file.journal],
        "reports": [report.model_dump(mode="json") for report in file.reports],
    }


def _lines(file: "CaseFile") -> Iterator[str]:
    case = file.case
    yield f"{case.id}  {case.state}  subject {case.subject}  priority {case.priority:g}"
    for alert in file.alerts:
        hit = alert.dossier.hit
        where = f"  {hit.instrument}" if hit.instrument else ""
        rule = f"{hit.rule_id}@{hit.version}"
        yield f"  {hit.at:%Y-%m-%d %H:%M:%S}  {rule}  score {hit.score:g}{where}"
        yield from (f"    {words}" for words in (hit.sentence, *hit.reasons) if words)
        yield from _others(alert.dossier)
        for counted in alert.counted:
            hit = counted.hit
            at, score = f"{hit.at:%Y-%m-%d %H:%M:%S}", f"score {hit.score:g}"
            own = "  an alert of its own by now" if counted.is_alert else ""
            yield f"    below the line: {at}  {hit.rule_id}@{hit.version}  {score}{own}"
    for note in file.comments:
        yield f"  {note.at:%Y-%m-%d %H:%M} {note.officer_id}: {note.text}"
    if case.disposition:
        yield f"  closed as {case.disposition}: {case.reason}"


def _others(dossier: "Dossier") -> Iterator[str]:
    """Say where the subject stands among all whom the rule weighed in the run."""
    from surveillance.rules.sentence import compared

    for name, others in dossier.others.items():
        yield f"    {name.replace('_', ' ')} among others: {compared(others)}"


@cases_app.command("book")
def replay_book(
    context: typer.Context,
    case: Case,
    by: By,
    alert: Annotated[str, typer.Option(help="Alert id; default: the highest score.")] = "",
    step: Annotated[int | None, typer.Option(help="Show this step alone.")] = None,
    as_json: show.Json = False,
) -> None:
    """Show the order book around an alert, step by step; reading it is logged.

    Example: surveillance cases book 4be1c0ffee12 --by desk-1
    """
    from surveillance.casework import cases
    from surveillance.casework.files import case_file
    from surveillance.cli import books

    now = datetime.now(UTC)
    with show.installation(context).session() as session:
        cases.read(session, case, officer_of(session, by), now)
        file = case_file(session, case, now=now)
    chosen = next(
        (listed for listed in file.alerts if not alert or listed.id.startswith(alert)), None
    )
    if chosen is None:
        raise SurveillanceError(f"expected the id of an alert of case {case}, was {alert!r}")
    playback = chosen.dossier.playback
    if as_json:
        show.document({"alert": chosen.id, **books.plain(playback)})
    else:
        typer.echo("\n".join(books.lines(chosen, step)))


@cases_app.command()
def assign(
    context: typer.Context,
    case: Case,
    by: By,
    to: Annotated[str | None, typer.Option(help="Officer who takes it; default: --by.")] = None,
) -> None:
    """Give a case to an officer."""
    from surveillance.casework import cases
    from surveillance.records import officers

    def verb(session: "Session", officer: "tables.Officer", at: datetime) -> "tables.Case":
        return cases.assign(session, case, officer, officers.named(session, to or by), at)

    _do(context, by, verb)


@cases_app.command()
def comment(
    context: typer.Context,
    case: Case,
    text: Annotated[str, typer.Argument(help="What to note.")],
    by: By,
) -> None:
    """Note something on a case."""
    from surveillance.casework import cases

    _do(context, by, lambda session, officer, at: cases.comment(session, case, officer, text, at))


@cases_app.command()
def escalate(
    context: typer.Context,
    case: Case,
    by: By,
    reason: Reason,
    formed: Annotated[
        str | None, typer.Option(help="When suspicion was formed, UTC; default: now.")
    ] = None,
) -> None:
    """Say that the suspicion is real; since it was formed the law's clock runs.

    Example: surveillance cases escalate 4be1c0ffee12 --by desk-1 --reason "No hedge." --formed
    2026-03-02T14:30
    """
    from surveillance.casework import cases
    from surveillance.times import parse_time

    moment = None if formed is None else parse_time(formed)

    def verb(session: "Session", officer: "tables.Officer", at: datetime) -> "tables.Case":
        return cases.escalate(session, case, officer, reason, at, moment)

    _do(context, by, verb)


@cases_app.command()
def dispose(
    context: typer.Context,
    case: Case,
    disposition: Annotated[
        str, typer.Argument(help="false_positive, no_further_action, confirmed or reported.")
    ],
    by: By,
    reason: Reason,
) -> None:
    """Close a case with a reason; as reported only once a filing of it was sent.

    Example: surveillance cases dispose 4be1c0ffee12 false_positive --by desk-1 --reason "A hedge."
    """
    from surveillance.casework import closings
    from surveillance.casework.policy import policy_of
    from surveillance.records.tables import Disposition

    if disposition not in list(Disposition):
        known = ", ".join(Disposition)
        raise SurveillanceError(f"expected one of {known}; was {disposition!r}")

    policy = policy_of(show.installation(context).settings)

    def verb(session: "Session", officer: "tables.Officer", at: datetime) -> "tables.Case":
        return closings.dispose(
            session, case, officer, Disposition(disposition), reason=reason, at=at, policy=policy
        )

    _do(context, by, verb)


@cases_app.command()
def approve(context: typer.Context, case: Case, by: By) -> None:
    """Approve closing a case as it was proposed, as a second officer."""
    from surveillance.casework import closings
    from surveillance.casework.policy import policy_of

    policy = policy_of(show.installation(context).settings)
    _do(
        context,
        by,
        lambda session, officer, at: closings.approve(session, case, officer, at, policy),
    )


@cases_app.command()
def refuse(context: typer.Context, case: Case, by: By, reason: Reason) -> None:
    """Refuse closing a case as it was proposed."""
    from surveillance.casework import closings

    _do(
        context,
        by,
        lambda session, officer, at: closings.refuse(session, case, officer, reason, at),
    )


@cases_app.command()
def reopen(context: typer.Context, case: Case, by: By, reason: Reason) -> None:
    """Take up a closed case again."""
    from surveillance.casework import closings

    _do(
        context,
        by,
        lambda session, officer, at: closings.reopen(session, case, officer, reason, at),
    )


def _do(context: typer.Context, by: str, verb: Callable[..., "tables.Case"]) -> None:
    with show.installation(context).session() as session:
        case = verb(session, officer_of(session, by), datetime.now(UTC))
        typer.echo(f"{case.id} is {case.state}")
