"""Words for casework: the queue, a case, and notes on it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
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
    """List the cases in work, the most urgent first, but for those in which you are named.

    Those drawn for today from the lower half are marked: look at them whatever their priority.
    """
    from surveillance.casework import parties
    from surveillance.casework.question import IN_WORK, Question
    from surveillance.casework.queue import CaseSummary, drawn, queue
    from surveillance.records import identity
    from surveillance.records.tables import CaseState

    states = list(CaseState) if everything else IN_WORK
    with show.installation(context).session() as session:
        now = datetime.now(UTC)
        page = queue(session, Question(states=states), now=now, limit=10_000)
        chosen = {case.id for case in drawn(session, now=now)}
        mine = (parties.hidden_ids(session, officer) for officer in identity.mine(session, now))
        hidden = frozenset[str]().union(*mine)
    # Plain columns as they are: to copy each is a part of the command that is felt.
    names = [each.name for each in fields(CaseSummary)]
    rows = [
        {name: getattr(case, name) for name in names}
        | {"age": int(case.age.total_seconds()), "drawn": case.id in chosen}
        for case in page.cases
        if case.id not in hidden
    ]
    shown = ["id", "state", "priority", "subject", "alert_count", "typologies", "assignee"]
    columns = [*shown, "drawn"]
    show.rows(rows, columns, how, as_json, "no cases", where=where, limit=limit)


@cases_app.command("next")
def take_next(context: typer.Context, by: By, as_json: show.Json = False) -> None:
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

    do(context, by, as_json, verb)


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
def comment(
    context: typer.Context,
    case: Case,
    text: Annotated[str, typer.Argument(help="What to note.")],
    by: By,
    as_json: show.Json = False,
) -> None:
    """Note something on a case."""
    from surveillance.casework import cases

    do(context, by, as_json, lambda s, officer, at: cases.comment(s, case, officer, text, at))


def do(
    context: typer.Context, by: str, as_json: bool, *verbs: Callable[..., "tables.Case"]
) -> None:
    """Do something with each of some cases as an officer: with all of them, or with none."""
    with show.installation(context).session() as session:
        officer, at = officer_of(session, by), datetime.now(UTC)
        changed = [verb(session, officer, at) for verb in verbs]
        if as_json:
            show.document([case.model_dump(mode="json") for case in changed])
        else:
            typer.echo("\n".join(f"{case.id} is {case.state}" for case in changed))
