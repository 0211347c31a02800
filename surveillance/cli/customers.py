"""Words for customers: all that is known of one, and decisions on names that stand on lists."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surveillance.cli import show
from surveillance.cli.people import By, officer_of

if TYPE_CHECKING:
    from surveillance.customers.file import CustomerFile
    from surveillance.customers.lists import ListMatch

screening_app = typer.Typer(no_args_is_help=True, help="Names on lists, and who decides on them.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(customer)
    app.add_typer(screening_app, name="screening")


def customer(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Owner, or an account of theirs.")],
    by: By,
    until: Annotated[
        str | None, typer.Option(help="Activity of the thirty days up to this time.")
    ] = None,
    known: Annotated[str | None, typer.Option(help="As the lake knew it at this time.")] = None,
    as_json: show.Json = False,
) -> None:
    """Show all that is known of a customer; reading it is logged.

    Example: surveillance customer OW0042 --by desk-1
    """
    from surveillance.customers import file, identity

    now, place = datetime.now(UTC), show.installation(context)
    found = identity.find(place, name, now)
    with place.session() as session:
        identity.read(session, found.owner_id, "file", officer_of(session, by), now)
    window = identity.shown_window(place, show.moment(until), now)
    shown = file.customer_file(place, found, window, show.moment(known) or now, now)
    if as_json:
        show.document(_plain(shown))
    else:
        typer.echo("\n".join(_lines(shown)))


def _plain(file: "CustomerFile") -> dict[str, Any]:
    return {
        "customer": asdict(file.customer),
        "window": asdict(file.window),
        "known_at": file.known_at,
        "segments": file.segments,
        "accounts": file.accounts,
        "profile": file.profile,
        "credentials": file.credentials,
        "ties": file.ties.rows,
        "group": file.ties.group,
        "flows": [flow._asdict() for flow in file.flows],
        "payments_of_unknown_worth": file.unvalued,
        "counterparties": [share._asdict() for share in file.shares],
        "screening": {
            "gaps": file.screening.gaps,
            "matches": [_match(match) for match in file.screening.matches],
            "decisions": file.screening.decisions,
            "again": file.screening.again,
            "not_screened": file.screening.unscreened,
        },
        "cases": [asdict(case) | {"age": int(case.age.total_seconds())} for case in file.cases],
        "findings": [
            asdict(each.hit) | {"case_id": each.case_id, "alert_id": each.alert_id}
            for each in file.findings
        ],
        "reads": [read.model_dump(mode="json") for read in file.reads],
    }


def _match(match: "ListMatch") -> dict[str, Any]:
    decided = match.decision["decision"] if match.decision else ""
    return {**match.row, "decision": decided, "waits": match.waits, "lapsed": match.lapsed}


def _lines(file: "CustomerFile") -> list[str]:
    latest = file.profile[0] if file.profile else {}
    name = latest.get("name") or "name not known"
    owner, accounts = file.customer.owner_id, ", ".join(file.customer.accounts)
    return [
        f"{owner}  {name}  accounts {accounts}",
        *(f"  segment of {account}: {segment}" for account, segment in file.segments.items()),
        *(f"  tied: {t.one} and {t.other} by {t.kinds}, {t.strength:g}" for t in file.ties.lines),
        *(
            f"  {_WAYS[s.direction]} {s.name}: {s.usd:,.2f} USD in {s.payments}"
            for s in file.shares[:9]
        ),
        *(f"  not screened: {words}" for words in file.screening.gaps),
        *(f"  not screened: {row['trader_id']}, {row['reason']}" for row in _missed(file)),
        *(f"  on a list: {_words(match)}" for match in file.screening.matches),
        *(f"  case {case.id}  {case.state}  priority {case.priority:g}" for case in file.cases),
        *(
            f"  {each.hit.at:%Y-%m-%d %H:%M}  {each.hit.risk}  {each.hit.rule_id}"
            f"  score {each.hit.score:g}  {each.hit.sentence}"
            for each in file.findings
        ),
    ]


_WAYS = {"in": "paid by", "out": "paid to"}


def _missed(file: "CustomerFile") -> tuple[Any, ...]:
    return file.screening.unscreened


def _words(match: "ListMatch") -> str:
    row, decided = match.row, match.decision["decision"] if match.decision else ""
    stands = decided or ("waits" if match.waits else "too little alike")
    lapsed = f"; earlier decision lapsed: {match.lapsed}" if match.lapsed else ""
    return f"{row['name']} may be {row['listed_name']} of {row['list']}: {stands}{lapsed}"


@screening_app.command("list")
def list_matches(
    context: typer.Context,
    by: By,
    everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    how: show.As = show.Format.TABLE,
    as_json: show.Json = False,
) -> None:
    """List names on lists that wait for a decision; reading it is logged.

    What is not screened, because a list is old or a customer has no name, is said beside it.

    Example: surveillance screening list --by desk-1
    """
    from surveillance.customers import deciding, identity

    now, place = datetime.now(UTC), show.installation(context)
    with place.session() as session:
        identity.read(session, "", "screening", officer_of(session, by), now)
    file = deciding.desk(place, now)
    for words in file.gaps:
        show.remark(words)
    if file.unscreened:
        show.remark(f"{len(file.unscreened)} accounts have no name to look for")
    matches = [_match(match) for match in file.matches if everything or match.waits]
    columns = ["trader_id", "pair", "score", "name", "listed_name", "list", "because", "decision",
               "lapsed"]  # fmt: skip
    show.rows(matches, columns, how, as_json, "nothing waits for a decision")


@screening_app.command("changes")
def list_changes(
    context: typer.Context, how: show.As = show.Format.TABLE, as_json: show.Json = False
) -> None:
    """List what each version of a list changed: entries added, removed, changed."""
    from surveillance.customers import deciding

    file = deciding.desk(show.installation(context), datetime.now(UTC))
    columns = ["ts", "list", "entry_id", "change", "names", "names_before"]
    show.rows(list(file.changes), columns, how, as_json, "no list changed")


@screening_app.command("again")
def list_again(
    context: typer.Context, by: By, how: show.As = show.Format.TABLE, as_json: show.Json = False
) -> None:
    """List what screening again changed, and because of what; reading it is logged.

    Who is found now, still or no longer, and whose decision lapsed, because of the list, of the
    customer, or of the algorithm that compares names.

    Example: surveillance screening again --by desk-1
    """
    from surveillance.customers import deciding, identity

    now, place = datetime.now(UTC), show.installation(context)
    with place.session() as session:
        identity.read(session, "", "screening", officer_of(session, by), now)
    columns = ["ts", "trader_id", "name", "listed_name", "list", "entry_id", "became", "because"]
    rows = list(deciding.desk(place, now).again)
    show.rows(rows, columns, how, as_json, "nobody was screened again")


@screening_app.command("decide")
def decide(
    context: typer.Context,
    trader: Annotated[str, typer.Argument(help="The account.")],
    pair: Annotated[str, typer.Argument(help="Pair of the match, or its first characters.")],
    decision: Annotated[str, typer.Argument(help="true or false: the same, or not.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
) -> None:
    """Say whether a party is who stands on a list; it holds for exactly what was compared.

    Example: surveillance screening decide TR0042 9f31c2aa false --by desk-1 --reason "Born 1990."
    """
    from surveillance.customers import deciding

    now, place = datetime.now(UTC), show.installation(context)
    with place.session() as session:
        officer = officer_of(session, by)
    match = deciding.decide(place, trader, pair, officer, decision=decision, reason=reason, at=now)
    typer.echo(f"{match.row['name']} and {match.row['listed_name']}: {decision} match")
