"""Words for casework: the officers' verbs, reports, the journal, and the officers themselves."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from surveillance.cli import show
from surveillance.errors import SurveillanceError

cases_app = typer.Typer(no_args_is_help=True, help="Cases: what officers work on.")
journal_app = typer.Typer(no_args_is_help=True, help="The append-only, hash-chained journal.")
officers_app = typer.Typer(no_args_is_help=True, help="The people who sign in.")

Case = Annotated[str, typer.Argument(help="Case id.")]
By = Annotated[str, typer.Option("--by", help="Id of the officer who acts.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the case.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(cases_app, name="cases")
    app.add_typer(journal_app, name="journal")
    app.add_typer(officers_app, name="officers")
    app.command()(report)


@cases_app.command("list")
def list_cases(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List the cases in work, the most urgent first."""
    from surveillance.queue import IN_WORK, queue
    from surveillance.tables import State

    states = list(State) if everything else IN_WORK
    with show.installation(context).session() as session:
        page = queue(session, now=datetime.now(UTC), states=states, limit=10_000)
    found = [asdict(line) | {"age": line.age.total_seconds()} for line in page.lines]
    columns = ["id", "state", "priority", "subject", "alert_count", "typologies", "assignee"]
    show.rows(found, columns, how, as_json, "no cases")


@cases_app.command("show")
def show_case(context: typer.Context, case: Case, by: By, as_json: show.Json = False) -> None:
    """Show a case; reading it is logged."""
    from surveillance import cases
    from surveillance.queue import case_file

    now = datetime.now(UTC)
    with show.installation(context).session() as session:
        cases.read(session, case, _officer(session, by), now)
        file = case_file(session, case, now=now)
        if as_json:
            show.document(_plain(file))
            return
        line = file.line
        typer.echo(
            f"{case}  {file.case.state}  subject {file.case.subject}  priority {file.case.priority:g}"
        )
        for alert in file.alerts:
            hit = alert.dossier.hit
            typer.echo(
                f"  {hit.at:%Y-%m-%d %H:%M:%S}  {hit.rule_id}@{hit.version}  score {hit.score:g}  {hit.instrument or ''}"
            )
            for reason in hit.reasons:
                typer.echo(f"    {reason}")
        for note in file.comments:
            typer.echo(f"  {note.at:%Y-%m-%d %H:%M} {note.officer_id}: {note.text}")
        if file.case.disposition:
            typer.echo(f"  closed as {file.case.disposition}: {file.case.reason} ({line.state})")


def _plain(file: Any) -> dict[str, Any]:
    return {
        "case": file.case.model_dump(mode="json"),
        "alerts": [asdict(alert.dossier.hit) | {"id": alert.id} for alert in file.alerts],
        "comments": [note.model_dump(mode="json") for note in file.comments],
        "journal": [entry.model_dump(mode="json") for entry in file.journal],
        "reports": [one.model_dump(mode="json") for one in file.reports],
    }


@cases_app.command()
def assign(
    context: typer.Context,
    case: Case,
    by: By,
    to: Annotated[str | None, typer.Option(help="Officer who takes it; default: --by.")] = None,
) -> None:
    """Give a case to an officer."""
    from surveillance import cases

    def verb(session: Any, officer: Any, at: datetime) -> Any:
        return cases.assign(session, case, officer, _officer(session, to or by), at)

    _do(context, by, verb)


@cases_app.command()
def comment(context: typer.Context, case: Case, text: str, by: By) -> None:
    """Note something on a case."""
    from surveillance import cases

    _do(context, by, lambda session, officer, at: cases.comment(session, case, officer, text, at))


@cases_app.command()
def escalate(context: typer.Context, case: Case, by: By, reason: Reason) -> None:
    """Pass a case to a supervisor; from here suspicion has been formed."""
    from surveillance import cases

    _do(
        context, by, lambda session, officer, at: cases.escalate(session, case, officer, reason, at)
    )


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
    """Close a case with a reason; closing as reported waits for a second officer."""
    from surveillance import cases
    from surveillance.tables import Disposition

    if disposition not in list(Disposition):
        known = ", ".join(Disposition)
        raise SurveillanceError(f"expected one of {known}; was {disposition!r}")

    def verb(session: Any, officer: Any, at: datetime) -> Any:
        return cases.dispose(session, case, officer, Disposition(disposition), reason=reason, at=at)

    _do(context, by, verb)


@cases_app.command()
def approve(context: typer.Context, case: Case, by: By) -> None:
    """Approve closing as reported, as a second officer."""
    from surveillance import cases

    _do(context, by, lambda session, officer, at: cases.approve(session, case, officer, at))


@cases_app.command()
def refuse(context: typer.Context, case: Case, by: By, reason: Reason) -> None:
    """Refuse closing as reported."""
    from surveillance import cases

    _do(context, by, lambda session, officer, at: cases.refuse(session, case, officer, reason, at))


@cases_app.command()
def reopen(context: typer.Context, case: Case, by: By, reason: Reason) -> None:
    """Take up a closed case again."""
    from surveillance import cases

    _do(context, by, lambda session, officer, at: cases.reopen(session, case, officer, reason, at))


def _do(context: typer.Context, by: str, verb: Callable[[Any, Any, datetime], Any]) -> None:
    with show.installation(context).session() as session:
        case = verb(session, _officer(session, by), datetime.now(UTC))
        typer.echo(f"{case.id} is {case.state}")


def _officer(session: Any, name: str) -> Any:
    from surveillance.tables import Officer

    found = session.get(Officer, name)
    if found is None:
        raise SurveillanceError(
            f"expected the id of an officer, was {name!r}; see: surveillance officers"
        )
    return found


def report(
    context: typer.Context,
    case: Case,
    by: By,
    kind: Annotated[str, typer.Option(help="stor-mar, stor-mica or case-file.")] = "case-file",
) -> None:
    """Render a case as a PDF; the same case gives the same bytes."""
    from surveillance import cases, reports
    from surveillance.queue import case_file
    from surveillance.reports import shelf

    place, now = show.installation(context), datetime.now(UTC)
    with place.session() as session:
        officer = _officer(session, by)
        cases.read(session, case, officer, now)
        file = case_file(session, case, now=now)
    at, head = reports.moment_of(file)
    rendered = reports.render_case(
        file,
        kind,
        institution=place.settings.institution,
        officer=officer,
        at=at,
        journal_head=head,
        templates=place.settings.templates / "reports",
    )
    with place.session() as session:
        kept = shelf.put_up(
            session, place.settings.reports, rendered,
            subject=f"case:{case}", officer=officer, at=now, journal_head=head,
        )  # fmt: skip
        typer.echo(f"{place.settings.reports / kept.path} sha256 {kept.sha256}")


@journal_app.command()
def verify(
    context: typer.Context,
    anchor: Annotated[
        str | None, typer.Option(help="SEQ:DIGEST from a report; catches a cut tail.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """Check every link of the journal; exit code 1 if one is broken."""
    from surveillance import journal

    with show.installation(context).session() as session:
        check = journal.verify(session, _anchor(anchor))
    if as_json:
        show.document(asdict(check) | {"ok": check.ok})
    else:
        head = f"head {check.head.seq}:{check.head.digest}"
        typer.echo(f"{check.entries} entries, {head}" if check.ok else f"broken: {check.reason}")
    if not check.ok:
        raise typer.Exit(1)


def _anchor(text: str | None) -> Any:
    from surveillance.journal import Anchor

    if text is None:
        return None
    seq, _, name = text.partition(":")
    if not seq.isdecimal() or not name:
        raise SurveillanceError(f"expected SEQ:DIGEST as printed in a report, was {text!r}")
    return Anchor(int(seq), name)


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
    """Add an officer; the password is asked for, or read from standard input."""
    from surveillance import officers
    from surveillance.tables import Role

    if role not in list(Role):
        raise SurveillanceError(f"expected one of {', '.join(Role)}; was {role!r}")
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with show.installation(context).session() as session:
        admin = _officer(session, by) if by else None
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

    from surveillance.tables import Officer

    with show.installation(context).session() as session:
        people = session.exec(select(Officer).order_by(Officer.id)).all()
        found = [
            {
                "id": one.id,
                "role": one.role.value,
                "active": one.active,
                "name": one.name,
                "position": one.position,
            }
            for one in people
        ]
    show.rows(found, ["id", "role", "active", "name", "position"], how, as_json, "no officers")
